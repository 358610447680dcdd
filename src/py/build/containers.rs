//! Containers: how they begin, and how they end.
//!
//! Mostly one is made when it is whole, at its exact size. That is, inner ones come first; but the
//! garbage collector should come to them last ([`ffi::put_before`]).

use pyo3::Python;

use super::frame::{Frame, Kind};
use super::{Builder, Change, UNORDERED, mark};
use crate::py::ffi::{self, Dict, Failed, List, Ref};

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
    pub(super) fn begin(&mut self, kind: Kind) {
        self.change = Change::Any;
        self.piles = self.changes.is_none();
        self.frames.push(Frame {
            kind,
            container: None,
            pending: mark(&self.stack),
            settled: 0,
            linked: false,
            nests: false,
            moved: true,
            spare: None,
        });
    }

    /// A container that begins and ends at once, where nobody is told of its beginning; else false.
    #[inline]
    pub(super) fn put_empty(&mut self, py: Python<'_>, kind: Kind) -> Result<bool, Failed> {
        if !self.piles {
            return Ok(false);
        }
        let value = match kind {
            Kind::List => List::of(py, std::iter::empty())?.into(),
            Kind::Dict => Dict::new(py)?.into(),
        };
        if let Some(parent) = self.frames.last_mut() {
            parent.nests = true;
        }
        self.put(py, value)?;
        Ok(true)
    }

    #[inline]
    pub(super) fn end(&mut self, py: Python<'_>) -> Result<(), Failed> {
        let frame = self.frames.last().expect("brackets match");
        if frame.container.is_some() {
            return self.end_shown(py);
        }
        let (kind, begin, nests) = (frame.kind, frame.begin(), frame.nests);
        drop(self.frames.pop());
        self.end_within();
        let first = if nests { self.first_in(kind, begin) } else { None };
        let value = match kind {
            Kind::List => List::off(py, &mut self.stack, begin)?.into(),
            Kind::Dict => {
                let dict = Dict::off(py, &mut self.stack, begin)?;
                if nests {
                    ffi::track(&dict);
                }
                dict.into()
            }
        };
        ffi::put_before(&value, &first);
        self.put(py, value)
    }

    /// Notes in the container around it that there is one in it.
    #[inline]
    fn end_within(&mut self) {
        match self.frames.last_mut() {
            Some(parent) => parent.nests = true,
            None => self.piles = false,
        }
    }

    /// The container that one which has just ended, and has what is on the stack from `begin` on,
    /// is put in front of, if it is put in order. For a list that is its first element, if any: up
    /// to 3.13, all of them may be ones that the collector does not know.
    #[inline]
    fn first_in(&self, kind: Kind, begin: usize) -> Option<Ref> {
        if self.ordered == UNORDERED || self.depth() < self.ordered {
            return None;
        }
        let count = if kind == Kind::List { 1 } else { usize::MAX };
        ffi::first_known(self.stack[begin..].iter().take(count))
    }

    /// Makes the open containers real, in order: so much has piled up, or come.
    #[inline(never)]
    pub(super) fn flush(&mut self, py: Python<'_>) -> Result<(), Failed> {
        let from = match self.ordered {
            UNORDERED => self.frames.len(),
            ordered => self.frames.len().min(ordered.into()),
        };
        // Of each, whether it is made only now, and the first one in it that is whole.
        let mut found = Vec::new();
        let mut end = self.stack.len();
        for frame in self.frames[from..].iter().rev() {
            let first = ffi::first_known(&self.stack[frame.begin()..end]);
            found.push((frame.container.is_none(), first));
            end = frame.begin();
        }
        self.materialise(py, None)?;
        let mut open = None;
        for (frame, (is_new, first)) in self.frames[from..].iter().rev().zip(&found) {
            if let (true, Some(container)) = (is_new, &frame.container) {
                ffi::track(container);
                ffi::put_before(container, first.iter().chain(open));
            }
            open = frame.container.as_deref();
        }
        Ok(())
    }

    /// Ends a container that somebody may have seen.
    fn end_shown(&mut self, py: Python<'_>) -> Result<(), Failed> {
        let mut frame = self.frames.pop().expect("brackets match");
        self.end_within();
        // What came since has changed the value; the bracket itself does not.
        let was_same = self.change == Change::None;
        let frozen = self.frames.len() >= self.frozen_from as usize;
        let values = self.stack.drain(frame.begin()..);
        if values.len() > 0 {
            frame.grow(py, values, frozen)?;
        } else {
            drop(values);
        }
        let container: Ref = frame.container.expect("it has one").into();
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
        if self.ordered != UNORDERED {
            self.ordered = self.ordered.min(self.depth());
        }
        Ok(())
    }
}
