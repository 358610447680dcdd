//! What changed since it was last asked: deltas, made as the document comes.
//!
//! A node is *known* once it was told. Whatever is put into a known container is an `add`; what is
//! inside a node that is not known yet goes with it. In document order only the containers on the
//! open path can still change, and the known ones of them are the outermost. So it is enough to
//! know how many of them are known, and how much of the open string or number is.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

use super::{Builder, Shown};
use crate::py::ffi::{self, Dict, Failed, Ref};

/// Changes for which there is room, whatever was taken.
const LOG_KEPT: usize = 64;

/// How much of the open string or number was told.
#[derive(Debug, Default)]
enum Known {
    #[default]
    Nothing,
    /// So many code points of the string.
    Text(usize),
    /// The number, as it was shown then.
    Number(Ref),
}

/// Changes that nobody has taken yet.
#[derive(Debug, Default)]
pub struct Changes {
    log: Vec<Delta>,
    /// How many of the open containers, from the root, are known.
    depth: usize,
    scalar: Known,
}

#[derive(Debug)]
struct Delta {
    op: &'static str,
    path: Ref,
    value: Ref,
}

impl Changes {
    /// The container at this depth closes; returns whether it was known.
    pub fn close(&mut self, depth: usize) -> bool {
        let is_known = depth < self.depth;
        self.depth = self.depth.min(depth);
        is_known
    }

    /// The open number ends, and shows as `value`; returns whether that was known.
    pub fn end_number(&mut self, value: &Ref) -> bool {
        match std::mem::take(&mut self.scalar) {
            Known::Number(known) => known.is(value),
            Known::Nothing | Known::Text(_) => false,
        }
    }

    /// Every object that the changes hold.
    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        self.log.iter().flat_map(|delta| [&delta.path, &delta.value])
    }
}

impl Builder {
    /// Records that the next slot of the innermost container holds `value` now, unless the
    /// container itself is still to be told.
    pub(super) fn record_add(&mut self, py: Python<'_>, value: &Ref) -> Result<(), Failed> {
        let depth = self.frames.len();
        if self.changes.as_ref().is_some_and(|changes| depth <= changes.depth) {
            self.record(py, "add", depth, value.clone())?;
        }
        Ok(())
    }

    /// Records what came of the open string since it was told; returns whether it ever was.
    pub(super) fn record_append(&mut self, py: Python<'_>) -> Result<bool, Failed> {
        let Some(changes) = &mut self.changes else { return Ok(false) };
        let Known::Text(chars) = changes.scalar else { return Ok(false) };
        changes.scalar = Known::Nothing;
        if chars < self.text.chars() {
            let more = self.text.to_python_from(py, chars)?;
            self.record(py, "append", self.frames.len(), more)?;
        }
        Ok(true)
    }

    fn record(
        &mut self,
        py: Python<'_>,
        op: &'static str,
        depth: usize,
        value: Ref,
    ) -> Result<(), Failed> {
        let path = ffi::tuple(py, self.path_to(py, depth)?.into_iter())?;
        if let Some(changes) = &mut self.changes {
            changes.log.push(Delta { op, path, value });
        }
        Ok(())
    }

    /// The changes since they were last forgotten, in the order in which they apply.
    pub fn deltas<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let Some(changes) = &self.changes else { return Ok(Vec::new()) };
        coalesce(py, &changes.log)?.into_iter().map(|delta| delta.to_python(py)).collect()
    }

    /// To be called once they were told.
    pub fn forget_deltas(&mut self) {
        if let Some(changes) = &mut self.changes {
            changes.log.clear();
            // As much as a take mostly has; what a large one had is not kept.
            changes.log.shrink_to(LOG_KEPT);
        }
    }

    /// Records what is open and shows, as far as it is not known.
    pub fn record_open(&mut self, py: Python<'_>) -> Result<(), Failed> {
        let (known, depth) =
            (self.changes.as_ref().map_or(0, |changes| changes.depth), self.frames.len());
        let (now, shown) = match &self.shown {
            Shown::Nothing => (Known::Nothing, None),
            Shown::Text(shown) => (Known::Text(self.text.chars()), Some(shown.text().clone())),
            Shown::Integer(_, number) | Shown::Float(_, number) | Shown::Big(_, number) => {
                (Known::Number(number.clone()), Some(number.clone()))
            }
        };
        if known < depth {
            // The outermost unknown container, with all that is in it.
            if let Some(container) = self.frames[known].container.as_deref() {
                self.record(py, "add", known, container.clone())?;
            }
        } else if let Some(shown) = shown
            && !self.record_append(py)?
            && !self.changes.as_mut().is_some_and(|changes| changes.end_number(&shown))
        {
            self.record(py, "add", depth, shown)?;
        }
        if let Some(changes) = &mut self.changes {
            changes.depth = depth;
            changes.scalar = now;
        }
        self.lent = true;
        Ok(())
    }
}

/// At most one change for each node, and none inside a node that is added whole: only a repeated
/// key makes more. It keeps the place of the first, as it does in a `dict`.
///
/// All paths are one step away from the path of the containers that were known at the beginning,
/// and only these close in between. So the first path is the longest, and a later `add` has inside
/// it what was changed deeper down if its key is the one on that path: one look, however deep. And
/// of two paths that are equally long, the last steps tell whether they are the same.
fn coalesce<'a>(py: Python<'_>, log: &'a [Delta]) -> PyResult<Vec<&'a Delta>> {
    if log.len() < 2 {
        return Ok(log.iter().collect());
    }
    let path_of = |delta: &Delta| delta.path.to_bound(py).cast_into::<PyTuple>();
    let first = path_of(&log[0])?;
    let mut kept: Vec<Option<&Delta>> = log.iter().map(Some).collect();
    let fetch = |failed: Failed| failed.fetch(py);
    // The last steps of what is added later, of paths that are as long as the one in hand.
    let later = ffi::bound(py, Dict::new(py))?.cast_into::<PyDict>()?;
    let mut length = usize::MAX;
    // Whatever is deeper than this is inside of what is added later.
    let mut covered = usize::MAX;
    for i in (0..kept.len()).rev() {
        let Some(delta) = kept[i] else { continue };
        let path = path_of(delta)?;
        if path.len() != length {
            later.clear();
            length = path.len();
        }
        // The root has none.
        let step = length.checked_sub(1).map(|last| path.get_item(last)).transpose()?;
        let same = later.get_item(&step)?;
        if length > covered || (same.is_some() && delta.op == "append") {
            kept[i] = None;
            continue;
        }
        if delta.op != "add" {
            continue;
        }
        later.set_item(&step, ffi::count(py, i).map_err(fetch)?.into_bound(py))?;
        if let Some(same) = same {
            let last = kept[same.extract::<usize>()?].take();
            kept[i] = last;
        } else if let Some(step) = step
            && length < first.len()
            && step.eq(first.get_item(length - 1)?)?
        {
            covered = length;
        }
    }
    Ok(kept.into_iter().flatten().collect())
}

impl Delta {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static DELTA: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let import = || ffi::imported(py, c"partialjson._types", c"Delta");
        let class = DELTA.get_or_try_init(py, import)?.bind(py);
        let (path, value) = (self.path.clone(), self.value.clone());
        let op = ffi::text(py, self.op);
        ffi::bound(py, op.and_then(|op| ffi::call(py, class, [op, path, value])))
    }
}
