//! Dicts that start as copies: of one that has all their keys, or of one with as many made-up ones.
//!
//! To put a key into a dict, CPython looks for it, and now and then moves all to a larger table. Where
//! the same keys came before, a copy has them; and where they are new, how many they are is known, and
//! what their hashes are: so they are put in place of others, in a table of the right size.

use pyo3::ffi;
use pyo3::prelude::*;

use super::places::Places;
use super::{Failed, Ref, dict, dict_copy, dict_set, dict_with_room, none, shortcuts, text};

/// A dict with keys and no values yet, to be copied and filled. Nobody else ever sees it.
#[derive(Debug)]
pub struct Template {
    dict: Ref,
    keys: Box<[Ref]>,
    /// Where the values are in a copy, if that is known.
    places: Option<Places>,
}

impl Template {
    /// Wider ones are not worth their memory.
    pub const MAX_KEYS: usize = 48;
    /// Nor are longer keys, in code points.
    const MAX_LEN: isize = 64;

    /// `None` where a key is repeated, or longer than what is kept.
    pub fn new<'a>(
        py: Python<'_>,
        keys: impl Iterator<Item = &'a Ref>,
    ) -> Result<Option<Self>, Failed> {
        let (dict, none) = (dict(py)?, none(py));
        let keys: Box<[Ref]> = keys.cloned().collect();
        for key in &keys {
            // SAFETY: attached; the key lives. Whatever is no `str` is an error, not a crash.
            match unsafe { ffi::PyUnicode_GetLength(key.as_ptr()) } {
                ..0 => return Err(Failed),
                0..=Self::MAX_LEN => dict_set(&dict, key, &none)?,
                _ => return Ok(None),
            }
        }
        // SAFETY: attached; the dict lives.
        let length = unsafe { ffi::PyDict_Size(dict.as_ptr()) };
        if length.cast_unsigned() != keys.len() {
            return Ok(None);
        }
        let places = if shortcuts::taken() { Places::find(py, &dict, &keys) } else { None };
        Ok(Some(Self { dict, keys, places }))
    }

    /// Whether the values of its copies are found, if that can be at all.
    pub fn is_understood(&self) -> bool {
        self.places.is_some() == Places::KNOWN
    }

    /// Whether its keys are these very objects, in this order, each of them with its value behind it.
    #[inline]
    pub fn has(&self, members: &[Ref]) -> bool {
        let (members, _) = members.as_chunks();
        let same = |(old, [key, _]): (&Ref, &[Ref; 2])| old.is(key);
        self.keys.len() == members.len() && self.keys.iter().zip(members).all(same)
    }

    /// A new dict of its keys, which are in `members` too, and the values that follow each there; `in_order` for the
    /// garbage collector.
    #[inline]
    pub fn fill(
        &self,
        _: Python<'_>,
        members: impl ExactSizeIterator<Item = Ref>,
        in_order: bool,
    ) -> Result<Ref, Failed> {
        debug_assert_eq!(members.len(), 2 * self.keys.len());
        let dict = dict_copy(&self.dict)?;
        match &self.places {
            Some(places) if places.are_in_copies_of(&self.dict) => {
                places.fill(&dict, members, in_order);
            }
            _ => set_all(&dict, members)?,
        }
        Ok(dict)
    }
}

/// A dict of so many made-up keys, to be copied. Nobody else ever sees it.
#[derive(Debug)]
struct Blank {
    dict: Ref,
    places: Places,
}

impl Blank {
    /// `None` where it is not laid out as we think.
    fn new(py: Python<'_>, size: usize) -> Result<Option<Self>, Failed> {
        let (dict, none) = (dict(py)?, none(py));
        let keys = ('0'..).take(size).map(|key| text(py, key.encode_utf8(&mut [0; 4])));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        for key in &keys {
            dict_set(&dict, key, &none)?;
        }
        Ok(Places::find(py, &dict, &keys).map(|places| Self { dict, places }))
    }
}

/// One for each number of keys, made when it is first needed.
#[derive(Debug)]
pub struct Blanks([Option<Blank>; Self::MAX_KEYS + 1]);

impl Blanks {
    /// Wider objects are rare. So many are what a table of 64 places has room for.
    const MAX_KEYS: usize = 42;

    pub const fn new() -> Self {
        Self([const { None }; Self::MAX_KEYS + 1])
    }

    /// Whether so many keys are laid out. All empty dicts share a table; a single key is put in as fast.
    pub fn lays(size: usize) -> bool {
        Places::TAKE_KEYS && (2..=Self::MAX_KEYS).contains(&size)
    }

    /// A new dict of the keys and values, in turn, that end `members`; they are taken from there. It is made
    /// `in_order` for the garbage collector.
    ///
    /// `None`, and nothing taken, where they are too few or too many, or two of the keys may be equal.
    #[inline]
    pub fn lay(
        &mut self,
        py: Python<'_>,
        members: &mut Vec<Ref>,
        from: usize,
        in_order: bool,
    ) -> Result<Option<Ref>, Failed> {
        let size = (members.len() - from) / 2;
        if !Self::lays(size) || !shortcuts::taken() {
            return Ok(None);
        }
        if self.0[size].is_none() {
            self.0[size] = Blank::new(py, size)?;
        }
        let Some(Blank { dict, places }) = &self.0[size] else { return Ok(None) };
        if !places.are_in_copies_of(dict) {
            return Ok(None);
        }
        let dict = dict_copy(dict)?;
        if !places.lay(&dict, &members[from..])? {
            return Ok(None);
        }
        places.fill(&dict, members.drain(from..), in_order);
        Ok(Some(dict))
    }
}

/// A new dict of keys and values, in turn.
pub fn dict_of(py: Python<'_>, members: impl ExactSizeIterator<Item = Ref>) -> Result<Ref, Failed> {
    let dict = dict_with_room(py, members.len() / 2)?;
    set_all(&dict, members)?;
    Ok(dict)
}

/// Puts keys and values, in turn, into a dict.
#[inline]
pub fn set_all(dict: &Ref, mut members: impl Iterator<Item = Ref>) -> Result<(), Failed> {
    while let (Some(key), Some(value)) = (members.next(), members.next()) {
        dict_set(dict, &key, &value)?;
    }
    Ok(())
}
