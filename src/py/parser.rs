//! `partialjson.Parser`.

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::chunk::Chunk;
use super::core::Core;
use super::ffi::{self, again, direct};
use super::options::Options;

/// A JSON document that is still arriving, and the best-effort value of what has come.
///
/// Feed it chunks of ``str`` or bytes, cut anywhere. Each byte is looked at once. The first byte
/// that no document can have raises `JSONSyntaxError`; what came before stays readable.
///
/// Values handed out never change: containers are copied before they grow, if somebody still holds
/// them. Treat them as read-only: finished parts are shared between successive values.
#[pyclass(module = "partialjson")]
pub struct Parser {
    core: Core,
}

#[pymethods]
impl Parser {
    #[new]
    #[pyo3(signature = (**options), text_signature = "(*, numbers='atomic', strings='append', duplicate_keys='last', values='snapshot', allow_nan=False, max_depth=1024, max_bytes=None, max_string_bytes=None, max_digits=..., deltas=False)")]
    fn new(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Ok(Self { core: Core::new(Options::parse_lazily(py, options)?) })
    }

    /// The value with this chunk taken in, or ``MISSING`` where nothing shows yet.
    ///
    /// Raises `JSONSyntaxError` at the first impossible byte, `LimitExceededError` past a limit;
    /// feeding again raises the same error. `ValueError` after ``finish()``.
    #[pyo3(signature = (chunk, /))]
    fn feed<'py>(
        this: &Bound<'py, Self>,
        chunk: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        ffi::alone(this)?.take_and_show(chunk)
    }

    /// The number of bytes taken: all of the chunk (of a ``str``, its UTF-8 bytes).
    ///
    /// Like ``feed``, but builds nothing that nobody asks for.
    #[pyo3(signature = (chunk, /))]
    fn write<'py>(
        this: &Bound<'py, Self>,
        chunk: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        ffi::alone(this)?.take(chunk)
    }

    /// The best-effort value of everything received, or ``MISSING`` where nothing shows yet.
    #[getter]
    fn value<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        ffi::alone(this)?.core.value_or_missing(this.py())
    }

    /// The complete value; nothing more may be fed. Calling it again returns it again.
    ///
    /// Raises `IncompleteJSONError` where the document is not whole.
    fn finish<'py>(this: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let mut parser = ffi::alone(this)?;
        parser.core.finish(this.py())?;
        parser.core.value_or_missing(this.py())
    }

    /// Whether ``value`` differs from the one that was last handed out.
    #[getter]
    fn changed(&self) -> bool {
        self.core.changed()
    }

    /// ``"empty"``, ``"open"``, ``"complete"`` or ``"error"``.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ffi::bound(py, ffi::text(py, self.core.status()))
    }

    /// The path of the deepest open node, as a tuple of keys and indices; None where none is open.
    #[getter]
    fn open_path<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(path) = self.core.open_path(py)? else { return Ok(None) };
        ffi::bound(py, ffi::tuple(py, path.into_iter())).map(Some)
    }

    /// ``"missing"``, ``"open"`` or ``"complete"``, for the node at a path of keys and indices.
    #[pyo3(signature = (path, /))]
    fn state<'py>(&mut self, path: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.core.state(path)
    }

    /// Bytes taken from the start of the stream; those before the refused one, after an error.
    #[getter]
    fn offset<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ffi::bound(py, ffi::integer(py, self.core.machine().offset().cast_signed()))
    }

    /// A shortest text that would complete the document.
    ///
    /// Where the last chunk ended inside a UTF-8 character, its missing bytes come as surrogate
    /// escapes (PEP 383). Raises the parser's error after one.
    #[getter]
    fn completion<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core.completion(py)
    }

    /// A list of `Delta`: what changed since this was last called, in the order in which to apply it.
    ///
    /// Applied to nothing, all deltas since the start give the value. ``ValueError`` unless the
    /// parser was made with ``deltas=True``.
    fn take_deltas<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core.take_deltas(py)
    }

    /// Starts anew, with the same options.
    fn reset(this: &Bound<'_, Self>) -> PyResult<()> {
        ffi::alone(this)?.core.reset();
        Ok(())
    }

    fn __repr__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (status, offset) = (self.core.status(), self.core.machine().offset());
        let text = format!("<partialjson.Parser {status} at byte {offset}>");
        ffi::bound(py, ffi::text(py, &text))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.core.traverse(&visit)
    }

    fn __clear__(&mut self) {
        self.core.reset();
    }
}

impl Parser {
    #[inline]
    fn take_and_show<'py>(&mut self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = chunk.py();
        self.core.fetch_for_value();
        self.core.write(py, Chunk::of(chunk)?.bytes())?;
        self.core.value_or_missing(py)
    }

    #[inline]
    fn take<'py>(&mut self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = chunk.py();
        self.core.fetch();
        let chunk = Chunk::of(chunk)?;
        // Made first: once the chunk is taken, nothing may fail any more.
        let count = ffi::bound(py, ffi::count(py, chunk.bytes().len()))?;
        self.core.write(py, chunk.bytes())?;
        Ok(count)
    }
}

impl again::Again for Parser {
    fn place() -> &'static again::Place {
        static PLACE: again::Place = again::Place::new();
        &PLACE
    }

    fn begin_again(&mut self, py: Python<'_>) -> bool {
        self.core.is_simplest(py) && self.core.begin_again()
    }
}

impl direct::Simple for Parser {
    fn simplest(py: Python<'_>) -> PyResult<Self> {
        Ok(Self { core: Core::new(Options::lazily(py)?) })
    }
}

struct Feed;

impl direct::OfOne for Feed {
    type Class = Parser;
    const NAME: &str = "feed";

    #[inline]
    fn call<'py>(this: &mut Parser, of: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        this.take_and_show(of)
    }
}

struct Write;

impl direct::OfOne for Write {
    type Class = Parser;
    const NAME: &str = "write";

    #[inline]
    fn call<'py>(this: &mut Parser, of: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        this.take(of)
    }
}

/// Has what is called most called without a detour, if a trial shows that it does what it should.
pub fn call_directly(py: Python<'_>) -> PyResult<()> {
    let [write, feed] = [direct::method::<Write>(py)?, direct::method::<Feed>(py)?];
    let class = py.get_type::<Parser>();
    let parser = class.call0()?;
    let written = write.call1((&parser, "[1, "))?.eq(4)?;
    let shown = feed.call1((&parser, "2]"))?.eq([1, 2])?;
    if written && shown {
        class.setattr("write", write)?;
        class.setattr("feed", feed)?;
        direct::make_simply::<Parser>(py)?;
        again::keep::<Parser>(py, |parser| parser.call_method1("feed", ("[1]",)).map(drop))?;
    }
    Ok(())
}
