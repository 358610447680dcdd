//! The container before last, which takes its turn again once its reader has let go of it.
//!
//! Who reads a value after every chunk holds one while the next is made, so that each open
//! container has to be a new object every time. But the one before last is nobody's by then.
//! Instead of copying the last one it is brought up to date, which costs what came since and not
//! what is there, and the two take turns for as long as nobody keeps a value.

use std::ops::Range;

use pyo3::Python;

use super::frame::Kind;
use crate::py::ffi::{self, Failed, Ref};

/// How many keys may come before a copy is the better choice.
pub const MAX_LATE: usize = 32;

/// What an open container was before it was last handed out and replaced.
#[derive(Debug)]
pub struct Spare {
    pub container: Ref,
    /// How many elements of a list were in it for good.
    settled: usize,
    /// Whether it holds the child that was open then.
    linked: bool,
    /// The keys that have come since.
    late: Vec<Ref>,
}

impl Spare {
    pub fn new(container: Ref, settled: usize, linked: bool) -> Self {
        Self { container, settled, linked, late: Vec::new() }
    }

    /// Notes a key that a dict gets for good. False where there are too many of them.
    pub fn note(&mut self, key: Ref) -> bool {
        self.late.push(key);
        self.late.len() <= MAX_LATE
    }

    /// Whether this is the child in that slot.
    pub fn is_in(&self, py: Python<'_>, parent: Option<Slot<'_>>) -> Result<bool, Failed> {
        parent.map_or(Ok(false), |slot| slot.has(py, &self.container))
    }

    /// Gives it what `newer` got since, and lets them change places. False where it is not as it
    /// was left, because its reader has changed it; it is of no use then.
    pub fn take_turns(
        &mut self,
        py: Python<'_>,
        kind: Kind,
        newer: &mut Ref,
        settled: usize,
        linked: &mut bool,
    ) -> Result<bool, Failed> {
        let mut still_linked = self.linked;
        match kind {
            Kind::List => {
                let since = self.settled..settled;
                if !catch_up_list(py, &self.container, newer, since, &mut still_linked)? {
                    return Ok(false);
                }
            }
            Kind::Dict => {
                still_linked &= self.late.is_empty();
                for key in self.late.drain(..) {
                    let Some(value) = ffi::dict_get(newer, &key)? else { return Ok(false) };
                    ffi::dict_set(&self.container, &key, &value)?;
                }
            }
        }
        std::mem::swap(&mut self.container, newer);
        self.settled = settled;
        self.linked = std::mem::replace(linked, still_linked);
        Ok(true)
    }

    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        std::iter::once(&self.container).chain(&self.late)
    }
}

/// Gives a list the elements that `newer` has in these places, the first one in place of its open
/// child, if that is still in it. False where it is not as it was left.
pub fn catch_up_list(
    py: Python<'_>,
    list: &Ref,
    newer: &Ref,
    places: Range<usize>,
    linked: &mut bool,
) -> Result<bool, Failed> {
    if ffi::list_len(py, list) != places.start + usize::from(*linked) {
        return Ok(false);
    }
    for index in places {
        let Some(value) = ffi::list_get(py, newer, index) else { return Ok(false) };
        if std::mem::take(linked) {
            ffi::list_set(py, list, index, &value)?;
        } else {
            ffi::list_append(list, &value)?;
        }
    }
    Ok(true)
}

/// The place of an open child.
#[derive(Clone, Copy)]
pub struct Slot<'a> {
    pub container: &'a Ref,
    pub kind: Kind,
    pub index: usize,
    pub key: Option<&'a Ref>,
}

impl Slot<'_> {
    /// Whether this is the child that is there.
    #[inline]
    pub fn has(&self, py: Python<'_>, child: &Ref) -> Result<bool, Failed> {
        match (self.kind, self.key) {
            (Kind::List, _) => Ok(ffi::list_has(py, self.container, self.index, child)),
            (Kind::Dict, Some(key)) => ffi::dict_has(self.container, key, child, None),
            (Kind::Dict, None) => Ok(false),
        }
    }
}
