//! The container before last, which takes its turn again once its reader has let go of it.
//!
//! Who reads a value after every chunk holds one while the next is made, so that each open
//! container has to be a new object every time. But the one before last is nobody's by then.
//! Instead of copying the last one it is brought up to date, which costs what came since and not
//! what is there, and the two take turns for as long as nobody keeps a value.

use std::ops::Range;

use pyo3::Python;

use crate::py::ffi::{Container, Either, Failed, List, Ref};

/// How many keys may come before a copy is the better choice.
pub const MAX_LATE: usize = 32;

/// What an open container was before it was last handed out and replaced.
#[derive(Debug)]
pub struct Spare {
    pub container: Container,
    /// How many elements of a list were in it for good.
    settled: usize,
    /// Whether it holds the child that was open then.
    linked: bool,
    /// The keys that have come since.
    late: Vec<Ref>,
}

impl Spare {
    pub fn new(container: Container, settled: usize, linked: bool) -> Self {
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
        newer: &mut Container,
        settled: usize,
        linked: &mut bool,
    ) -> Result<bool, Failed> {
        let mut still_linked = self.linked;
        match (self.container.either(), newer.either()) {
            (Either::List(list), Either::List(newer)) => {
                let since = self.settled..settled;
                if !catch_up_list(py, list, newer, since, &mut still_linked)? {
                    return Ok(false);
                }
            }
            (Either::Dict(dict), Either::Dict(newer)) => {
                still_linked &= self.late.is_empty();
                for key in self.late.drain(..) {
                    let Some(value) = newer.get(&key)? else { return Ok(false) };
                    dict.set(&key, &value)?;
                }
            }
            _ => unreachable!("a container stays what it is"),
        }
        std::mem::swap(&mut self.container, newer);
        self.settled = settled;
        self.linked = std::mem::replace(linked, still_linked);
        Ok(true)
    }

    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        std::iter::once(&*self.container).chain(&self.late)
    }
}

/// Gives a list the elements that `newer` has in these places, the first one in place of its open
/// child, if that is still in it. False where it is not as it was left.
pub fn catch_up_list(
    py: Python<'_>,
    list: &List,
    newer: &List,
    places: Range<usize>,
    linked: &mut bool,
) -> Result<bool, Failed> {
    if list.len(py) != places.start + usize::from(*linked) {
        return Ok(false);
    }
    for index in places {
        let Some(value) = newer.get(py, index) else { return Ok(false) };
        if std::mem::take(linked) {
            list.set(py, index, &value)?;
        } else {
            list.append(&value)?;
        }
    }
    Ok(true)
}

/// The place of an open child.
#[derive(Clone, Copy)]
pub struct Slot<'a> {
    pub container: &'a Container,
    pub index: usize,
    pub key: Option<&'a Ref>,
}

impl Slot<'_> {
    /// Whether this is the child that is there.
    #[inline]
    pub fn has(&self, py: Python<'_>, child: &Ref) -> Result<bool, Failed> {
        match (self.container.either(), self.key) {
            (Either::List(list), _) => Ok(list.has(py, self.index, child)),
            (Either::Dict(dict), Some(key)) => dict.has(key, child, None),
            (Either::Dict(_), None) => Ok(false),
        }
    }
}
