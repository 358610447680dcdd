//! Tells the crate which interpreter it is built for, above all whether that has a global lock.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(Py_GIL_DISABLED)");
    // PyO3 knows of no such version yet.
    println!("cargo::rustc-check-cfg=cfg(Py_3_16)");
    #[cfg(feature = "python")]
    for_python();
}

#[cfg(feature = "python")]
fn for_python() {
    use pyo3_build_config::PythonImplementation::CPython;

    pyo3_build_config::use_pyo3_cfgs();
    let implementation = pyo3_build_config::get().implementation();
    if implementation != CPython {
        println!("cargo::error=partialjson needs CPython, and this is {implementation}");
    }
}
