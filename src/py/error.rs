//! Refusals as Python exceptions.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyTuple, PyType};

use crate::error::{Error, Kind};

/// A class of `partialjson._errors`, looked up once.
macro_rules! class {
    ($py:expr, $name:literal) => {{
        static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        CLASS.import($py, "partialjson._errors", $name)
    }};
}

/// The exception for `error`, at `path`, with the `value` up to it.
pub fn exception<'py>(
    py: Python<'py>,
    error: Error,
    path: Vec<Bound<'py, PyAny>>,
    open_path: Option<Vec<Bound<'py, PyAny>>>,
    value: &Bound<'py, PyAny>,
) -> PyResult<PyErr> {
    let path = PyTuple::new(py, path)?;
    let message = error.to_string();
    let place = (message, error.pos, error.line, error.column, path, value);
    let exception = match error.kind {
        Kind::Syntax { .. } => class!(py, "JSONSyntaxError")?.call1(place)?,
        Kind::Incomplete => {
            let open_path = open_path.map(|path| PyTuple::new(py, path)).transpose()?;
            let (message, pos, line, column, path, value) = place;
            let arguments = (message, pos, line, column, path, value, open_path);
            class!(py, "IncompleteJSONError")?.call1(arguments)?
        }
        Kind::Limit { limit, maximum } => {
            let (message, pos, line, column, path, value) = place;
            let arguments = (message, pos, line, column, path, value, limit.name(), maximum);
            class!(py, "LimitExceededError")?.call1(arguments)?
        }
    };
    Ok(PyErr::from_value(exception))
}
