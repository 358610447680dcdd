//! `partialjson.iterparse`.

use pyo3::PyTraverseError;
use pyo3::exceptions::PyException;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator};

use super::chunk::{Chunk, Scratch};
use super::core::Core;
use super::ffi::Exclusive;
use super::options::Options;

/// An iterator over the values of a document whose chunks an iterator gives.
#[pyclass(module = "partialjson", name = "ValueIterator", frozen)]
pub struct ValueIterator {
    values: Exclusive<Values>,
}

struct Values {
    core: Core,
    chunks: Option<Py<PyIterator>>,
}

#[pymethods]
impl ValueIterator {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let values = &mut *self.values.alone(py)?;
        let Some(chunks) = &values.chunks else { return Ok(None) };
        let mut chunks = chunks.clone_ref(py).into_bound(py);
        match values.advance(&mut chunks) {
            Ok(Some(value)) => Ok(Some(value)),
            // An interrupt is not the end: whoever goes on gets what the next chunk makes.
            Err(error) if !error.is_instance_of::<PyException>(py) => Err(error),
            ended => {
                values.chunks = None;
                ended
            }
        }
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Some(values) = self.values.take_anywhere() else { return Ok(()) };
        values.chunks.iter().try_for_each(|chunks| visit.call(chunks))?;
        values.core.traverse(&visit)
    }

    fn __clear__(&self) {
        if let Some(mut values) = self.values.take_anywhere() {
            values.chunks = None;
            values.core.reset();
        }
    }
}

impl Values {
    fn advance<'py>(
        &mut self,
        chunks: &mut Bound<'py, PyIterator>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = chunks.py();
        for chunk in chunks {
            self.core.write(py, Chunk::of(&chunk?, &mut Scratch::new())?.bytes())?;
            if self.core.changed() {
                return self.core.value(py);
            }
        }
        self.core.finish(py)?;
        self.chunks = None;
        if self.core.changed() { self.core.value(py) } else { Ok(None) }
    }
}

/// An iterator of best-effort values: one after every chunk that changed something.
///
/// Raises `JSONSyntaxError` at the first impossible byte, and `IncompleteJSONError` where the
/// chunks end before the document does, each after the values before it.
#[pyfunction]
#[pyo3(signature = (chunks, /, **options), text_signature = "(chunks, /, *, numbers='atomic', strings='append', duplicate_keys='last', values='snapshot', allow_nan=False, max_depth=1024, max_bytes=None, max_string_bytes=None, max_digits=..., deltas=False)")]
pub fn iterparse(
    chunks: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<ValueIterator> {
    let core = Core::new(Options::parse_lazily(chunks.py(), options)?);
    let values = Values { core, chunks: Some(chunks.try_iter()?.unbind()) };
    Ok(ValueIterator { values: Exclusive::new(values) })
}
