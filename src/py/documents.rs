//! Many documents in one stream: the core of `iterparse(…, documents="many")`.

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;

use super::chunk::{Chunk, Scratch};
use super::core::{self, Core};
use super::error::Kept;
use super::ffi::{self, Ref};
use super::options::Options;
use crate::machine::{self, Status};

/// Tells apart the documents of a stream: JSON Lines, RFC 7464 sequences, or one after another.
///
/// What an error follows in one chunk is returned first; the error comes with the next call.
#[pyclass(module = "partialjson._partialjson")]
pub struct Documents {
    core: Core,
    index: u64,
    error: Option<Kept>,
}

#[pymethods]
impl Documents {
    #[new]
    #[pyo3(signature = (**options), text_signature = "(**options)")]
    fn new(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut options = Options::parse_lazily(py, options)?;
        options.machine.documents = machine::Documents::Many;
        Ok(Self { core: Core::new(options), index: 0, error: None })
    }

    /// A list of `Document`: those that the chunk completes, and the open one if it changed.
    #[pyo3(signature = (chunk, /))]
    fn feed<'py>(&mut self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = chunk.py();
        self.check(py)?;
        let mut scratch = Scratch::new();
        let chunk = Chunk::of(chunk, &mut scratch)?;
        let mut told = Vec::new();
        let split = self.split(py, chunk.bytes(), &mut told);
        self.error = split.err().map(|error| Kept::new(py, &error));
        // Without a list the documents in it are lost, so nothing may go on as if they were not.
        core::list(py, told).inspect_err(|error| self.error = Some(Kept::new(py, error)))
    }

    /// A list of the last `Document`, if only the end completes it: a bare number.
    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.check(py)?;
        if self.core.machine().is_blank() {
            return core::list(py, Vec::new());
        }
        self.core.finish(py)?;
        let last = self.document(py, true)?;
        core::list(py, vec![last])
    }

    /// Raises the error that the last chunk ended with, if it did; an interrupt only once.
    fn check(&mut self, py: Python<'_>) -> PyResult<()> {
        Kept::raise_once(&mut self.error, py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.error.iter().try_for_each(|error| visit.call(error.held()))?;
        self.core.traverse(&visit)
    }

    fn __clear__(&mut self) {
        self.error = None;
        self.core.reset();
    }
}

impl Documents {
    fn split<'py>(
        &mut self,
        py: Python<'py>,
        bytes: &[u8],
        told: &mut Vec<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        let mut at = 0;
        loop {
            at += self.core.write(py, &bytes[at..])?;
            if self.core.machine().status() != Status::Complete {
                break;
            }
            told.push(self.document(py, true)?);
            self.index += 1;
            self.core.next_document();
        }
        if self.core.changed() {
            told.push(self.document(py, false)?);
        }
        Ok(())
    }

    fn document<'py>(&mut self, py: Python<'py>, complete: bool) -> PyResult<Bound<'py, PyAny>> {
        static DOCUMENT: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let import = || ffi::imported(py, c"partialjson._types", c"Document");
        let document = DOCUMENT.get_or_try_init(py, import)?.bind(py);
        let value = Ref::from_bound(self.core.value_or_missing(py)?);
        let index = ffi::integer(py, self.index.cast_signed());
        let complete = ffi::boolean(py, complete);
        ffi::bound(py, index.and_then(|index| ffi::call(py, document, [index, value, complete])))
    }
}
