//! Refusals as Python exceptions.

use pyo3::exceptions::PyBaseException;
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

/// An exception that is raised again and again, as law 8 wants it.
#[derive(Debug)]
pub struct Kept(Py<PyBaseException>);

impl Kept {
    pub fn new(py: Python<'_>, error: &PyErr) -> Self {
        Self(error.value(py).clone().unbind())
    }

    /// The exception, to be raised; its traceback begins anew, lest it grow each time.
    pub fn raise(&self, py: Python<'_>) -> PyErr {
        let error = PyErr::from_value(self.0.bind(py).clone().into_any());
        error.set_traceback(py, None);
        error
    }

    /// The object, for the garbage collector: its traceback may lead back to the parser.
    pub fn held(&self) -> &Py<PyBaseException> {
        &self.0
    }
}
