//! The keyword options that every entry point takes.

use std::convert::Infallible;

use pyo3::exceptions::{PyAttributeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyString};

use super::build::Style;
use super::ffi;
use crate::machine;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    pub machine: machine::Options,
    pub style: Style,
    /// Whether the interpreter has to be asked before a number is refused as too long.
    pub asks_digits: bool,
}

/// No interpreter can be told to take fewer digits (`sys.int_info.str_digits_check_threshold`).
const DIGITS_NEVER_REFUSED: u64 = 640;

impl Options {
    /// From keywords, with every limit known.
    pub fn parse(py: Python<'_>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut options = Self::parse_lazily(py, keywords)?;
        if options.asks_digits {
            options.machine.max_digits = interpreter_max_digits(py)?;
            options.asks_digits = false;
        }
        Ok(options)
    }

    /// From keywords; the interpreter's own limit of digits is still to be asked for, by whoever
    /// meets a long number.
    pub fn parse_lazily(py: Python<'_>, keywords: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let mut given = Given::default();
        for (name, value) in keywords.into_iter().flatten() {
            given.set(name.cast::<PyString>()?.to_str()?, &value)?;
        }
        given.options(py)
    }

    /// Those of no keywords.
    #[inline]
    pub fn lazily(py: Python<'_>) -> PyResult<Self> {
        Given::default().options(py)
    }

    /// The same, from keywords that were told apart already.
    #[inline]
    pub fn of_keywords<const N: usize>(
        py: Python<'_>,
        keywords: [(&str, Keyword<'_, '_>); N],
    ) -> PyResult<Self> {
        let mut given = Given::default();
        for (name, Keyword(value)) in keywords {
            if let Some(value) = value {
                given.set(name, &value)?;
            }
        }
        given.options(py)
    }
}

/// A keyword argument, if it is given: `None` is a value.
pub struct Keyword<'a, 'py>(pub Option<Borrowed<'a, 'py, PyAny>>);

impl<'a, 'py> FromPyObject<'a, 'py> for Keyword<'a, 'py> {
    type Error = Infallible;

    fn extract(value: Borrowed<'a, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(Some(value)))
    }
}

/// The options that keywords have given so far.
#[derive(Default)]
struct Given {
    machine: machine::Options,
    style: Style,
    max_digits: Option<u64>,
}

impl Given {
    fn set(&mut self, name: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let Self { machine, style, max_digits } = self;
        match name {
            "numbers" => style.eager_numbers = choose(name, value, ["atomic", "eager"])?,
            "strings" => style.atomic_strings = choose(name, value, ["append", "atomic"])?,
            "duplicate_keys" => style.unique_keys = choose(name, value, ["last", "error"])?,
            "values" => style.live = choose(name, value, ["snapshot", "live"])?,
            "allow_nan" => machine.allow_nan = flag(name, value)?,
            "deltas" => style.deltas = flag(name, value)?,
            "max_depth" => {
                let limit = limit(name, value, 0)?;
                machine.max_depth = u32::try_from(limit).unwrap_or(u32::MAX);
            }
            "max_bytes" => machine.max_bytes = limit(name, value, 0)?,
            "max_string_bytes" => machine.max_string_bytes = limit(name, value, 0)?,
            "max_digits" => *max_digits = Some(limit(name, value, 1)?),
            _ => {
                let message = format!("unexpected option {name:?}");
                return Err(ffi::exception::<PyTypeError>(value.py(), &message));
            }
        }
        Ok(())
    }

    #[inline]
    fn options(self, py: Python<'_>) -> PyResult<Options> {
        let Self { mut machine, style, max_digits } = self;
        machine.max_digits = max_digits.unwrap_or(DIGITS_NEVER_REFUSED);
        if style.deltas && style.live {
            let message =
                "deltas=True needs values='snapshot': live values would change inside the deltas";
            return Err(ffi::exception::<PyValueError>(py, message));
        }
        Ok(Options { machine, style, asks_digits: max_digits.is_none() })
    }
}

/// Whether `value` is the second of two words.
fn choose(name: &str, value: &Bound<'_, PyAny>, words: [&str; 2]) -> PyResult<bool> {
    let Ok(word) = value.cast::<PyString>() else {
        let kind = value.get_type().name()?;
        let message = format!("{name} must be a str, not {kind}");
        return Err(ffi::exception::<PyTypeError>(value.py(), &message));
    };
    let word = word.to_cow()?;
    words.iter().position(|known| *known == word).map(|index| index == 1).ok_or_else(|| {
        let [first, second] = words;
        let message = format!("{name} must be {first:?} or {second:?}, not {word:?}");
        ffi::exception::<PyValueError>(value.py(), &message)
    })
}

/// A bool, which the option of that name must be.
pub fn flag(name: &str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    // Not `extract`, which aborts where it finds no memory to ask for the name of another type.
    value.cast::<PyBool>().map(PyBoolMethods::is_true).map_err(|_| {
        ffi::exception::<PyTypeError>(value.py(), &format!("{name} must be True or False"))
    })
}

fn limit(name: &str, value: &Bound<'_, PyAny>, least: u64) -> PyResult<u64> {
    if value.is_none() {
        return Ok(u64::MAX);
    }
    if !value.is_instance_of::<pyo3::types::PyInt>() {
        let kind = value.get_type().name()?;
        let message = format!("{name} must be an int or None, not {kind}");
        return Err(ffi::exception::<PyTypeError>(value.py(), &message));
    }
    if value.lt(least)? {
        let message = format!("{name} must be at least {least}");
        return Err(ffi::exception::<PyValueError>(value.py(), &message));
    }
    // What no document can reach is no limit.
    Ok(value.extract().unwrap_or(u64::MAX))
}

/// `sys.get_int_max_str_digits()`, which older interpreters do not have.
pub fn interpreter_max_digits(py: Python<'_>) -> PyResult<u64> {
    static ASK: PyOnceLock<Option<Py<PyAny>>> = PyOnceLock::new();
    let ask = ASK.get_or_try_init(py, || -> PyResult<_> {
        match ffi::imported(py, c"sys", c"get_int_max_str_digits") {
            Err(error) if error.is_instance_of::<PyAttributeError>(py) => Ok(None),
            ask => ask.map(Some),
        }
    })?;
    let Some(ask) = ask else { return Ok(4300) };
    let digits: u64 = ask.bind(py).call0()?.extract()?;
    Ok(if digits == 0 { u64::MAX } else { digits })
}
