//! `partialjson.Parser`.

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::chunk::{Chunk, Scratch};
use super::core::Core;
use super::ffi::{self, Exclusive, again, direct};
use super::options::Options;

/// A JSON document that is still arriving, and the best-effort value of what has come.
///
/// Feed it chunks of ``str`` or bytes, cut anywhere. Each byte is looked at once. The first byte
/// that no document can have raises `JSONSyntaxError`; what came before stays readable.
///
/// Values handed out never change: containers are copied before they grow, if somebody still holds
/// them. Treat them as read-only: finished parts are shared between successive values.
///
/// ``numbers="eager"`` shows open numbers, ``strings="atomic"`` no open strings.
/// ``duplicate_keys="error"`` refuses repeated keys, of which the last value wins otherwise.
/// ``allow_nan`` takes ``NaN`` and ``Infinity``. With ``values="live"`` one value grows in place;
/// with ``deltas=True``, `take_deltas` tells what changed. ``max_depth`` counts containers within
/// one another, ``max_bytes`` the whole stream, ``max_string_bytes`` one string or key,
/// ``max_digits`` the integer part of a number: by default, as many as the interpreter converts.
/// None is no limit. Raises TypeError or ValueError for a wrong option.
#[pyclass(module = "partialjson", frozen, immutable_type)]
pub struct Parser {
    core: Exclusive<Core>,
}

#[pymethods]
impl Parser {
    #[new]
    #[pyo3(signature = (**options), text_signature = "(*, numbers='atomic', strings='append', duplicate_keys='last', values='snapshot', allow_nan=False, max_depth=1024, max_bytes=None, max_string_bytes=None, max_digits=..., deltas=False)")]
    fn new(py: Python<'_>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        Ok(Self { core: Exclusive::new(Core::new(Options::parse_lazily(py, options)?)) })
    }

    /// The value with this chunk taken in, or ``MISSING`` where nothing shows yet.
    ///
    /// Raises `JSONSyntaxError` at the first impossible byte, `LimitExceededError` past a limit;
    /// feeding again raises the same error. `ValueError` after ``finish()``.
    #[pyo3(signature = (chunk, /))]
    fn feed<'py>(&self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = chunk.py();
        let core = &mut *self.core.alone(py)?;
        core.fetch_for_value();
        core.write(py, Chunk::of(chunk, &mut Scratch::new())?.bytes())?;
        core.value_or_missing(py)
    }

    /// The number of bytes taken: all of the chunk (of a ``str``, its UTF-8 bytes).
    ///
    /// Like ``feed``, but builds nothing that nobody asks for.
    #[pyo3(signature = (chunk, /))]
    fn write<'py>(&self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = chunk.py();
        let core = &mut *self.core.alone(py)?;
        core.fetch();
        let mut scratch = Scratch::new();
        let chunk = Chunk::of(chunk, &mut scratch)?;
        // Made first: once the chunk is taken, nothing may fail any more.
        let count = ffi::bound(py, ffi::count(py, chunk.bytes().len()))?;
        core.write(py, chunk.bytes())?;
        Ok(count)
    }

    /// The best-effort value of everything received, or ``MISSING`` where nothing shows yet.
    #[getter]
    fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core.alone(py)?.value_or_missing(py)
    }

    /// The complete value; nothing more may be fed. Calling it again returns it again.
    ///
    /// Raises `IncompleteJSONError` where the document is not whole.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let core = &mut *self.core.alone(py)?;
        core.finish(py)?;
        core.value_or_missing(py)
    }

    /// Whether ``value`` differs from the one that was last handed out.
    #[getter]
    fn changed(&self, py: Python<'_>) -> PyResult<bool> {
        Ok(self.core.alone(py)?.changed())
    }

    /// ``"empty"``, ``"open"``, ``"complete"`` or ``"error"``.
    #[getter]
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ffi::bound(py, ffi::text(py, self.core.alone(py)?.status()))
    }

    /// The path of the deepest open node, as a tuple of keys and indices; None where none is open.
    #[getter]
    fn open_path<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(path) = self.core.alone(py)?.open_path(py)? else { return Ok(None) };
        ffi::bound(py, ffi::tuple(py, path.into_iter())).map(Some)
    }

    /// ``"missing"``, ``"open"`` or ``"complete"``, for the node at a path of keys and indices.
    #[pyo3(signature = (path, /))]
    fn state<'py>(&self, path: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.core.alone(path.py())?.state(path)
    }

    /// Bytes taken from the start of the stream; those before the refused one, after an error.
    #[getter]
    fn offset<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let offset = self.core.alone(py)?.machine().offset();
        ffi::bound(py, ffi::integer(py, offset.cast_signed()))
    }

    /// A shortest text that would complete the document.
    ///
    /// Where the last chunk ended inside a UTF-8 character, its missing bytes come as surrogate
    /// escapes (PEP 383). Raises the parser's error after one.
    #[getter]
    fn completion<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core.alone(py)?.completion(py)
    }

    /// A list of `Delta`: what changed since this was last called, in the order in which to apply
    /// it.
    ///
    /// Applied to nothing, all deltas since the start give the value. ``ValueError`` unless the
    /// parser was made with ``deltas=True``.
    fn take_deltas<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.core.alone(py)?.take_deltas(py)
    }

    /// Starts anew, with the same options.
    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        self.core.alone(py)?.reset();
        Ok(())
    }

    fn __repr__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let core = self.core.alone(py)?;
        let (status, offset) = (core.status(), core.machine().offset());
        let text = format!("<partialjson.Parser {status} at byte {offset}>");
        ffi::bound(py, ffi::text(py, &text))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Where a call is at work on it, what it holds is in use.
        self.core.take_anywhere().map_or(Ok(()), |core| core.traverse(&visit))
    }

    fn __clear__(&self) {
        if let Some(mut core) = self.core.take_anywhere() {
            core.reset();
        }
    }
}

impl again::Again for Parser {
    fn place() -> &'static again::Place {
        static PLACE: again::Place = again::Place::new();
        &PLACE
    }

    fn begin_again(&self, py: Python<'_>) -> bool {
        self.core.take(py).is_some_and(|mut core| core.is_simplest() && core.begin_again())
    }
}

impl direct::Simple for Parser {
    fn simplest(py: Python<'_>) -> PyResult<Self> {
        Ok(Self { core: Exclusive::new(Core::simplest(py)?) })
    }
}

direct::of_one!(Feed, Parser, feed);
direct::of_one!(Write, Parser, write);

/// Has what is called most called without a detour, if a trial shows that it does what it should.
/// Says whether it does.
pub fn call_directly(py: Python<'_>) -> PyResult<bool> {
    let [write, feed] = [direct::method::<Write>(py)?, direct::method::<Feed>(py)?];
    let class = py.get_type::<Parser>();
    let parser = class.call0()?;
    let written = write.call1((&parser, "[1, "))?.eq(4)?;
    let shown = feed.call1((&parser, "2]"))?.eq([1, 2])?;
    let is_right = written && shown;
    if is_right {
        direct::put::<Write>(&write)?;
        direct::put::<Feed>(&feed)?;
        direct::make_simply::<Parser>(py)?;
        again::keep::<Parser>(py, |parser| parser.call_method1("feed", ("[1]",)).map(drop))?;
    }
    Ok(is_right)
}
