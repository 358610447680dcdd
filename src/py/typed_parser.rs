//! `partialjson.ModelParser`, without its types: the parser, with typed values.

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::chunk::{Chunk, Scratch};
use super::ffi::{self, Exclusive, direct};
use super::missing::missing;
use super::options::Options;
use super::typed::{Program, Settings, Validator};
use super::typed_core::TypedCore;

/// A JSON document that is still arriving, and its typed value as far as that has come.
#[pyclass(module = "partialjson._partialjson", subclass, frozen, immutable_type)]
pub struct TypedParser {
    core: Exclusive<TypedCore>,
}

#[pymethods]
impl TypedParser {
    #[new]
    #[expect(clippy::too_many_arguments, reason = "they come from one place")]
    #[pyo3(signature = (program, validator, title, strict, context, fail_fast, options))]
    fn new(
        py: Python<'_>,
        program: Py<Program>,
        validator: &Bound<'_, PyAny>,
        title: &Bound<'_, PyAny>,
        strict: &Bound<'_, PyAny>,
        context: &Bound<'_, PyAny>,
        fail_fast: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        let options = Options::parse(py, Some(options))?;
        let settings = Settings::new(py, strict, context, title, fail_fast, options.style)?;
        let core = TypedCore::new(program, settings, options, Validator::of(validator)?);
        Ok(Self { core: Exclusive::new(core) })
    }

    /// The value with this chunk taken in, or ``MISSING`` where nothing shows yet.
    ///
    /// Raises `JSONSyntaxError` at the first byte that no document can have there,
    /// `LimitExceededError` past a limit, and with ``fail_fast`` Pydantic's ``ValidationError``;
    /// each again at the next call. ``ValueError`` after ``finish()``.
    #[pyo3(signature = (chunk, /))]
    fn feed<'py>(&self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = chunk.py();
        let core = &mut *self.core.alone(py)?;
        core.take(py, Chunk::of(chunk, &mut Scratch::new())?.bytes())?;
        core.look(py)
    }

    /// The number of bytes taken. Raises as ``feed`` does, and builds no value.
    #[pyo3(signature = (chunk, /))]
    fn write<'py>(&self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = chunk.py();
        let mut core = self.core.alone(py)?;
        let mut scratch = Scratch::new();
        let chunk = Chunk::of(chunk, &mut scratch)?;
        // Made first: once the chunk is taken, nothing may fail any more.
        let count = ffi::bound(py, ffi::count(py, chunk.bytes().len()))?;
        core.take(py, chunk.bytes())?;
        Ok(count)
    }

    /// What ``feed`` gives, if that shows more or other things than when this was last asked, or
    /// ``take_changed``; else ``MISSING``. Raises as ``feed`` does.
    #[pyo3(signature = (chunk, /))]
    fn advance<'py>(&self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = chunk.py();
        let core = &mut *self.core.alone(py)?;
        core.take(py, Chunk::of(chunk, &mut Scratch::new())?.bytes())?;
        if core.take_changed(py)? { core.look(py) } else { missing(py) }
    }

    /// The best-effort value of everything received, or ``MISSING`` where nothing shows yet.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core.alone(py)?.look(py)
    }

    /// The validated value: ``TypeAdapter(T).validate_json`` of the whole text.
    ///
    /// Raises `IncompleteJSONError` unless the document is complete, and Pydantic's
    /// ``ValidationError`` where it does not fit T. Called again, it gives or raises the same.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core.alone(py)?.end(py)
    }

    /// ``"empty"``, ``"open"``, ``"complete"`` or ``"error"``; a ``ValidationError`` is one.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ffi::bound(py, ffi::text(py, self.core.alone(py)?.status()))
    }

    /// The keys and indices, as in the JSON, of the deepest open node; None where none is open.
    #[getter]
    fn open_path<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(path) = self.core.alone(py)?.plain(py)?.open_path(py)? else { return Ok(None) };
        ffi::bound(py, ffi::tuple(py, path.into_iter())).map(Some)
    }

    /// ``"missing"``, ``"open"`` or ``"complete"``, for the node at a path of keys and indices as
    /// in the JSON.
    #[pyo3(signature = (path, /))]
    fn state<'py>(&self, path: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = path.py();
        self.core.alone(py)?.plain(py)?.state(path)
    }

    /// Bytes taken from the start of the stream; those up to what was refused, after an error.
    #[getter]
    fn offset<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ffi::bound(py, ffi::count(py, self.core.alone(py)?.offset()))
    }

    /// A shortest text that would complete the JSON; it need not fit T.
    #[getter]
    fn completion<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core.alone(py)?.completion(py)
    }

    /// The changes of the plain value since this was last called: see `Parser.take_deltas`.
    fn take_deltas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core.alone(py)?.plain(py)?.take_deltas(py)
    }

    /// The JSON received so far, without a character of which bytes are still to come.
    #[getter]
    fn text<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ffi::bound(py, ffi::text(py, self.core.alone(py)?.text()))
    }

    /// The bytes received from `offset` on.
    #[pyo3(signature = (offset, /))]
    fn bytes_from<'py>(&self, py: Python<'py>, offset: usize) -> PyResult<Bound<'py, PyAny>> {
        ffi::bound(py, ffi::bytes(py, self.core.alone(py)?.bytes_from(offset)))
    }

    /// After an error, what was refused of the last chunk, and what came behind it; with U+FFFD for
    /// what is no UTF-8.
    #[getter]
    fn rest<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ffi::bound(py, ffi::text(py, &self.core.alone(py)?.rest()))
    }

    /// Whether more or other things show than when this was last asked.
    fn take_changed(&self, py: Python<'_>) -> PyResult<bool> {
        self.core.alone(py)?.take_changed(py)
    }

    /// Starts anew, with the same type and options.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        self.core.alone(py)?.begin_again();
        Ok(())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Where a call is at work on it, what it holds is in use.
        self.core.take_anywhere().map_or(Ok(()), |core| core.traverse(&visit))
    }

    fn __clear__(&self) {
        if let Some(mut core) = self.core.take_anywhere() {
            core.begin_again();
        }
    }
}

direct::of_one!(Feed, TypedParser, feed);
direct::of_one!(Write, TypedParser, write);
direct::of_one!(Advance, TypedParser, advance);

/// Has what is called most called without a detour, as of a plain parser, with which that was
/// tried.
pub fn call_directly(py: Python<'_>) -> PyResult<()> {
    direct::put::<Write>(&direct::method::<Write>(py)?)?;
    direct::put::<Feed>(&direct::method::<Feed>(py)?)?;
    direct::put::<Advance>(&direct::method::<Advance>(py)?)
}
