//! Containers: how they begin, and how they end.
//!
//! Mostly one is made when it is whole: at its exact size, or as a copy of the one before. But the garbage
//! collector goes through containers in the order in which they were made, and has to move what comes before
//! its parent there and back. So in long documents those with others in them are made ahead, empty: all but the
//! objects of an array, of which there may be many.

use pyo3::Python;

use super::frame::{Frame, Kind};
use super::{Builder, Change, MANY, NEVER, mark};
use crate::py::ffi::{self, Early, Failed};
use crate::py::seen::Seen;

impl Builder {
    /// The open child is complete, and in its parent as it is.
    pub(super) fn settle(&mut self) {
        if let Some(parent) = self.frames.last_mut() {
            debug_assert!(parent.linked);
            parent.linked = false;
            match parent.kind {
                Kind::List => parent.settled += 1,
                Kind::Dict => {
                    let key = self.stack.pop().expect("an open member has a key");
                    parent.note(key);
                }
            }
        }
    }

    #[inline]
    pub(super) fn begin(&mut self, py: Python<'_>, kind: Kind) -> Result<(), Failed> {
        let depth = self.depth();
        if self.preceding < depth || self.preceding == depth && kind == Kind::Dict {
            self.precede(py, kind)?;
        }
        self.change = Change::Any;
        self.piles = self.changes.is_none();
        self.frames.push(Frame {
            kind,
            container: None,
            pending: mark(&self.stack),
            settled: 0,
            is_ahead: false,
            linked: false,
            moved: true,
            spare: None,
        });
        Ok(())
    }

    /// How many containers are open, or [`MANY`] where as many are.
    #[inline]
    fn depth(&self) -> u8 {
        u8::try_from(self.frames.len()).unwrap_or(MANY).min(MANY)
    }

    /// Has the innermost container made before one of this kind that begins in it, as all around it are; unless
    /// that is one of many.
    #[inline(never)]
    fn precede(&mut self, py: Python<'_>, kind: Kind) -> Result<(), Failed> {
        let is_due = self.preceding < self.depth();
        let Some(parent) = self.frames.last_mut() else { return Ok(()) };
        let is_first = parent.settled == 0 && parent.begin() == self.stack.len();
        let is_one_of_many = (parent.kind, kind) == (Kind::List, Kind::Dict) && !is_first;
        if is_due {
            self.preceding = if parent.make_ahead(py)? { self.preceding + 1 } else { NEVER };
        }
        if is_one_of_many && self.preceding != NEVER {
            self.preceding = MANY;
        }
        Ok(())
    }

    /// A container that begins and ends at once, where nobody is told of its beginning; else false.
    #[inline]
    pub(super) fn put_empty(&mut self, py: Python<'_>, kind: Kind) -> Result<bool, Failed> {
        if !self.piles {
            return Ok(false);
        }
        let value = match kind {
            Kind::List => ffi::list(py, std::iter::empty())?,
            Kind::Dict => ffi::dict(py)?,
        };
        self.put(py, value)?;
        Ok(true)
    }

    #[inline]
    pub(super) fn end(&mut self, py: Python<'_>, seen: &mut Seen) -> Result<(), Failed> {
        let frame = self.frames.pop().expect("brackets match");
        self.piles &= !self.frames.is_empty();
        if frame.container.is_some() {
            return self.end_made(py, seen, frame);
        }
        self.put_whole(py, seen, frame.kind, frame.begin(), None)
    }

    /// A container of what is on the stack for it, which is made unless there is an `early` one.
    #[inline]
    fn put_whole(
        &mut self,
        py: Python<'_>,
        seen: &mut Seen,
        kind: Kind,
        begin: usize,
        early: Option<Early>,
    ) -> Result<(), Failed> {
        let value = match kind {
            Kind::List => ffi::list_off(py, early, &mut self.stack, begin)?,
            Kind::Dict => seen.dict(py, early, &mut self.stack, begin)?,
        };
        self.put(py, value)
    }

    /// Ends a container that was made before: somebody may have seen it, or others are in it.
    #[inline(never)]
    fn end_made(&mut self, py: Python<'_>, seen: &mut Seen, frame: Frame) -> Result<(), Failed> {
        // All that are open are made, as this one is.
        if self.preceding != NEVER {
            self.preceding = self.depth();
        }
        if !frame.is_ahead {
            return self.end_shown(py, frame);
        }
        let (kind, begin) = (frame.kind, frame.begin());
        self.put_whole(py, seen, kind, begin, frame.container.map(Early))
    }

    /// Ends a container that somebody may have seen.
    fn end_shown(&mut self, py: Python<'_>, mut frame: Frame) -> Result<(), Failed> {
        // What came since has changed the value; the bracket itself does not.
        let was_same = self.change == Change::None;
        let frozen = self.frames.len() >= self.frozen_from as usize;
        let values = self.stack.drain(frame.begin()..);
        if values.len() > 0 {
            frame.grow(py, values, frozen)?;
        } else {
            drop(values);
        }
        let container = frame.container.expect("it has one");
        let is_known = self.changes.as_mut().is_none_or(|changes| changes.close(self.frames.len()));
        if !is_known {
            self.record_add(py, &container)?;
        }
        if frame.moved || !self.frames.last().is_some_and(|parent| parent.linked) {
            self.put_known(container);
        } else {
            self.settle();
        }
        self.change = if was_same { Change::None } else { Change::Any };
        Ok(())
    }
}
