//! Where in the document the builder is.

use pyo3::Python;

use super::Builder;
use super::frame::{Frame, Kind};
use crate::py::ffi::{self, Failed, Ref};

impl Builder {
    /// The keys and indices down to the innermost container, and to the open child of it or the
    /// slot where one must come, if `slot`.
    pub fn path(&self, py: Python<'_>, slot: bool) -> Result<Vec<Ref>, Failed> {
        self.path_to(py, self.frames.len() - usize::from(!slot).min(self.frames.len()))
    }

    /// The keys and indices down to the open slot at this depth.
    pub(super) fn path_to(&self, py: Python<'_>, depth: usize) -> Result<Vec<Ref>, Failed> {
        let mut path = Vec::with_capacity(depth);
        for (i, frame) in self.frames[..depth].iter().enumerate() {
            let end = self.frames.get(i + 1).map_or(self.stack.len(), Frame::begin);
            path.push(match frame.kind {
                Kind::Dict => self.stack[end - 1].clone(),
                Kind::List => ffi::count(py, frame.settled + (end - frame.begin()))?,
            });
        }
        Ok(path)
    }
}
