//! Refusals as Python exceptions.

use pyo3::exceptions::{
    PyBaseException, PyException, PyMemoryError, PyRecursionError, PyRuntimeError, PyValueError,
};
use pyo3::prelude::*;

use super::ffi::{self, Failed, Ref};
use crate::error::{Error, Kind};

/// The exception for `error`, at `path`, with the `value` up to it.
pub fn exception(
    py: Python<'_>,
    error: Error,
    path: Vec<Ref>,
    open_path: Option<Vec<Ref>>,
    value: &Bound<'_, PyAny>,
) -> PyResult<PyErr> {
    let name = match error.kind {
        Kind::Syntax { .. } => c"JSONSyntaxError",
        Kind::Incomplete => c"IncompleteJSONError",
        Kind::Limit { .. } => c"LimitExceededError",
    };
    // Each time, because tests take modules out of `sys.modules` and import them again. A class of
    // the module that is there no more would be caught by nobody.
    let class = ffi::imported(py, c"partialjson._errors", name)?;
    let class = class.bind(py);
    let make = || {
        let number = |value: u64| ffi::integer(py, i64::try_from(value).unwrap_or(i64::MAX));
        let message = ffi::text(py, &error.to_string())?;
        let (pos, line, column) = (number(error.pos)?, number(error.line)?, number(error.column)?);
        let path = ffi::tuple(py, path.into_iter())?;
        let value = Ref::from_bound(value.clone());
        match error.kind {
            Kind::Syntax { .. } => ffi::call(py, class, [message, pos, line, column, path, value]),
            Kind::Incomplete => {
                let open_path = match open_path {
                    Some(open_path) => ffi::tuple(py, open_path.into_iter())?,
                    None => ffi::none(py),
                };
                ffi::call(py, class, [message, pos, line, column, path, value, open_path])
            }
            Kind::Limit { limit, maximum } => {
                let (limit, maximum) = (ffi::text(py, limit.name())?, number(maximum)?);
                ffi::call(py, class, [message, pos, line, column, path, value, limit, maximum])
            }
        }
    };
    let exception = make().map_err(|failed: Failed| failed.fetch(py))?;
    Ok(PyErr::from_value(exception.into_bound(py)))
}

/// Whether the same document would give the same error again, as far as can be told.
pub fn is_of_the_document(py: Python<'_>, error: &PyErr) -> bool {
    error.is_instance_of::<PyException>(py)
        && !error.is_instance_of::<PyMemoryError>(py)
        && !error.is_instance_of::<PyRecursionError>(py)
}

/// An exception that is raised again and again, as law 8 wants it.
#[derive(Debug)]
pub struct Kept(Py<PyBaseException>);

impl Kept {
    pub fn new(py: Python<'_>, error: &PyErr) -> Self {
        Self(error.value(py).clone().unbind())
    }

    /// The same for what has broken building off; an interrupt is not raised again for those who
    /// had no part in it.
    pub fn broken(py: Python<'_>, error: &PyErr) -> Self {
        if error.is_instance_of::<PyException>(py) {
            return Self::new(py, error);
        }
        let message =
            "building the value was interrupted and cannot be resumed: reset() starts over";
        let broken = ffi::exception::<PyRuntimeError>(py, message);
        broken.set_cause(py, Some(error.clone_ref(py)));
        Self::new(py, &broken)
    }

    /// The exception, to be raised; its traceback begins anew, lest it grow each time.
    pub fn raise(&self, py: Python<'_>) -> PyErr {
        let error = PyErr::from_value(self.0.bind(py).clone().into_any());
        error.set_traceback(py, None);
        error
    }

    /// Raises the exception, if one is kept; an interrupt only once.
    pub fn raise_once(kept: &mut Option<Self>, py: Python<'_>) -> PyResult<()> {
        let Some(error) = kept else { return Ok(()) };
        let error = error.raise(py);
        *kept = Some(Self::broken(py, &error));
        Err(error)
    }

    /// The object, for the garbage collector: its traceback may lead back to the parser.
    pub fn held(&self) -> &Py<PyBaseException> {
        &self.0
    }
}

/// How a document ended.
#[derive(Debug)]
pub enum End {
    NotYet,
    Finished,
    /// It was refused; what came before can be read.
    Refused(Kept),
    /// Building failed halfway; nothing can be read.
    Broken(Kept),
}

impl End {
    /// The error that it ended with, if it did.
    pub fn error(&self) -> Option<&Kept> {
        match self {
            Self::NotYet | Self::Finished => None,
            Self::Refused(error) | Self::Broken(error) => Some(error),
        }
    }

    /// Raises what keeps more from being taken.
    #[inline]
    pub fn check_open(&self, py: Python<'_>) -> PyResult<()> {
        match self {
            Self::NotYet => Ok(()),
            Self::Finished => Err(ffi::exception::<PyValueError>(py, "the document is finished")),
            Self::Refused(error) | Self::Broken(error) => Err(error.raise(py)),
        }
    }

    /// Raises what keeps the value from being read.
    #[inline]
    pub fn check_whole(&self, py: Python<'_>) -> PyResult<()> {
        if let Self::Broken(error) = self { Err(error.raise(py)) } else { Ok(()) }
    }
}
