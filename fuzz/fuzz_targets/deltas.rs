//! The Python side, with the interpreter inside the fuzzer: deltas rebuild the value, values that
//! are held never change, and all that `check` in `deltas.py` says.

#![no_main]

use std::ffi::{CStr, c_char};
use std::path::Path;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
// For the extension module in it.
use partialjson as _;
use pyo3::ffi::{PyImport_AppendInittab, PyObject};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

const MODULE: &CStr = c"_partialjson";

unsafe extern "C" {
    /// The extension module, which is linked in here.
    fn PyInit__partialjson() -> *mut PyObject;
}

fuzz_target!(|data: &[u8]| {
    static CHECK: OnceLock<Py<PyAny>> = OnceLock::new();
    let check = CHECK.get_or_init(load);
    Python::attach(|py| {
        if let Err(error) = check.bind(py).call1((PyBytes::new(py, data),)) {
            error.print(py);
            std::process::abort();
        }
    });
});

/// The function `check`, from an interpreter that finds the module in this very program.
fn load() -> Py<PyAny> {
    // SAFETY: no interpreter runs yet; the name and the function live as long as the program.
    let status = unsafe {
        PyImport_AppendInittab(MODULE.as_ptr().cast::<c_char>(), Some(PyInit__partialjson))
    };
    assert_eq!(status, 0);
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().expect("the crate lies in the checkout");
    Python::attach(|py| -> PyResult<Py<PyAny>> {
        let sys = py.import("sys")?;
        for directory in [here, root, &root.join("python")] {
            // Not as a `pathlib.Path`, which `sys.path` passes over.
            sys.getattr("path")?.call_method1("insert", (0, directory.as_os_str()))?;
        }
        let module = py.import("_partialjson")?;
        sys.getattr("modules")?.set_item("partialjson._partialjson", module)?;
        Ok(py.import("deltas")?.getattr("check")?.unbind())
    })
    .unwrap_or_else(|error| {
        Python::attach(|py| error.print(py));
        std::process::abort()
    })
}
