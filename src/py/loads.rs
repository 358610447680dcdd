//! `partialjson.loads`.

use std::cell::Cell;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::chunk::{Chunk, Scratch};
use super::core::Core;
use super::ffi::direct;
use super::options::{Keyword, Options};

/// The best-effort value of a document, whole or cut off; ``MISSING`` where nothing shows.
///
/// Raises `JSONSyntaxError` at the first impossible byte, `LimitExceededError` past a limit. That
/// the document is cut off is no error: ``loads("[1, 2")`` is ``[1]``.
#[pyfunction]
#[pyo3(
    signature = (data, /, *, numbers=Keyword(None), strings=Keyword(None), duplicate_keys=Keyword(None), values=Keyword(None), allow_nan=Keyword(None), max_depth=Keyword(None), max_bytes=Keyword(None), max_string_bytes=Keyword(None), max_digits=Keyword(None), deltas=Keyword(None)),
    text_signature = "(data, /, *, numbers='atomic', strings='append', duplicate_keys='last', values='snapshot', allow_nan=False, max_depth=1024, max_bytes=None, max_string_bytes=None, max_digits=..., deltas=False)"
)]
#[expect(clippy::too_many_arguments, reason = "a call with keywords of any name makes a dict")]
pub fn loads<'py>(
    data: &Bound<'py, PyAny>,
    numbers: Keyword<'_, '_>,
    strings: Keyword<'_, '_>,
    duplicate_keys: Keyword<'_, '_>,
    values: Keyword<'_, '_>,
    allow_nan: Keyword<'_, '_>,
    max_depth: Keyword<'_, '_>,
    max_bytes: Keyword<'_, '_>,
    max_string_bytes: Keyword<'_, '_>,
    max_digits: Keyword<'_, '_>,
    deltas: Keyword<'_, '_>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let options = [
        ("numbers", numbers),
        ("strings", strings),
        ("duplicate_keys", duplicate_keys),
        ("values", values),
        ("allow_nan", allow_nan),
        ("max_depth", max_depth),
        ("max_bytes", max_bytes),
        ("max_string_bytes", max_string_bytes),
        ("max_digits", max_digits),
        ("deltas", deltas),
    ];
    let mut core = Core::new(Options::of_keywords(py, options)?);
    core.write(py, Chunk::of(data, &mut Scratch::new())?.bytes())?;
    core.end_value(py)
}

thread_local! {
    /// What the last whole document of this thread was parsed with, if it is small: another one is
    /// not made for each.
    static CORE: Cell<Option<Box<Core>>> = const { Cell::new(None) };
}

/// The same without keywords.
#[inline]
fn load<'py>(data: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = data.py();
    let mut scratch = Scratch::new();
    let chunk = Chunk::of(data, &mut scratch)?;
    // Taken from its place, so that whoever calls us from within finds none and makes one.
    let mut core = match CORE.try_with(Cell::take) {
        Ok(Some(core)) => core,
        _ => Box::new(Core::simplest(py)?),
    };
    core.write(py, chunk.bytes())?;
    let value = core.end_value(py)?;
    if core.is_simplest() && core.begin_again() {
        // Where the thread is at its end, there is no such place any more, and no need of one.
        let _ = CORE.try_with(|place| place.set(Some(core)));
    }
    Ok(value)
}

struct Loads;

impl direct::Function for Loads {
    #[inline]
    fn call<'py>(of: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        load(of)
    }

    fn twin(py: Python<'_>) -> PyResult<&Py<PyAny>> {
        static TWIN: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        TWIN.get_or_try_init(py, || Ok(wrap_pyfunction!(loads, py)?.into_any().unbind()))
    }
}

/// Has it called without a detour, if a trial shows that it does what it should.
pub fn call_directly(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let loads = direct::function::<Loads>(module)?;
    if loads.call1(("[1, 2]",))?.eq([1, 2])? {
        module.setattr("loads", loads)?;
    }
    Ok(())
}
