//! `MISSING`: what shows where nothing does. Not `None`, which is JSON's null.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::ffi;

/// The type of `MISSING`: nothing of the document shows yet. False, and not None, which is null.
#[pyclass(module = "partialjson", name = "MissingType", frozen)]
pub struct MissingType;

#[pymethods]
impl MissingType {
    #[new]
    #[expect(clippy::new_ret_no_self, reason = "there is but one")]
    fn new(py: Python<'_>) -> PyResult<Py<PyAny>> {
        missing(py).map(Bound::unbind)
    }

    fn __bool__(&self) -> bool {
        false
    }

    fn __repr__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ffi::bound(py, ffi::text(py, "MISSING"))
    }

    /// By its name, so that copies and pickles are the same object.
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.__repr__(py)
    }
}

/// The one object.
pub fn missing(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static MISSING: PyOnceLock<Py<MissingType>> = PyOnceLock::new();
    let missing = MISSING.get_or_try_init(py, || Py::new(py, MissingType))?;
    Ok(missing.bind(py).clone().into_any())
}
