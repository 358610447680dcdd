//! What has been seen before, in whatever document: keys, and the keys of whole objects.
//!
//! One bounded table for all parsers, so that a short document profits from the one before it. What it
//! says is compared with the bytes and keys at hand: if ever a panic left it half changed, it would know
//! less.

mod keys;
mod missed;
mod shapes;

use pyo3::Python;

use self::keys::Keys;
use self::shapes::Shapes;
use super::ffi::{self, Blanks, Exclusive, Failed, Ref, Taken};
use crate::sink::Length;
use crate::text::Text;

#[derive(Debug)]
pub struct Table {
    keys: Keys,
    shapes: Shapes,
    blanks: Blanks,
}

static TABLE: Exclusive<Table> =
    Exclusive::new(Table { keys: Keys::new(), shapes: Shapes::new(), blanks: Blanks::new() });

/// The table, for one call; taken at the first key.
///
/// Where it is in use, by another thread or further up this one's stack, all is made anew.
pub enum Seen {
    Untried,
    Taken(Taken<'static, Table>),
    Busy,
}

impl Seen {
    /// The `str` of a key; `sibling` finds the one in this place of the object before, if there it is the
    /// same.
    #[inline]
    pub fn key(
        &mut self,
        py: Python<'_>,
        text: Text<'_>,
        sibling: impl FnOnce() -> Option<Ref>,
    ) -> Result<Ref, Failed> {
        match self.table(py) {
            Some(table) => table.keys.get(py, text, sibling),
            None => ffi::key(py, text),
        }
    }

    /// The `str` of the key that `rest` begins with, and how long it is, if it is the one that came
    /// last time after the key before it.
    #[inline]
    pub fn next_key(&mut self, py: Python<'_>, rest: &[u8]) -> Option<(Ref, Length)> {
        // In tokens of a few bytes no key is whole. But it may stand at the end of more.
        if rest.len() < Keys::ROOM && !matches!(self, Self::Taken(_)) {
            return None;
        }
        self.table(py)?.keys.next(rest)
    }

    /// A dict of the keys and values, in turn, that end `members`; they are taken from there. It is made
    /// `in_order` for the garbage collector.
    #[inline]
    pub fn dict(
        &mut self,
        py: Python<'_>,
        members: &mut Vec<Ref>,
        from: usize,
        in_order: bool,
    ) -> Result<Ref, Failed> {
        if let Some(table) = self.table(py) {
            if let Some(template) = table.shapes.template(py, &members[from..])? {
                return template.fill(py, members.drain(from..), in_order);
            }
            if let Some(dict) = table.blanks.lay(py, members, from, in_order)? {
                return Ok(dict);
            }
        }
        let first = if in_order { ffi::first_known(&members[from..]) } else { None };
        let dict = ffi::dict_of(py, members.drain(from..))?;
        ffi::put_before(&dict, &first);
        Ok(dict)
    }

    #[inline]
    fn table(&mut self, py: Python<'_>) -> Option<&mut Table> {
        if !matches!(self, Self::Taken(_)) {
            self.take(py);
        }
        match self {
            Self::Taken(table) => Some(table),
            Self::Untried | Self::Busy => None,
        }
    }

    #[inline(never)]
    fn take(&mut self, py: Python<'_>) {
        if let Self::Untried = self {
            *self = TABLE.take(py).map_or(Self::Busy, Self::Taken);
        }
    }
}
