//! Tells the crate which interpreter it is built for, above all whether that has a global lock.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(Py_GIL_DISABLED)");
    // PyO3 knows of no such version yet.
    println!("cargo::rustc-check-cfg=cfg(Py_3_16)");
    #[cfg(feature = "python")]
    pyo3_build_config::use_pyo3_cfgs();
}
