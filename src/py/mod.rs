//! The Python extension: the machine with a sink that builds Python values.

mod build;
mod chunk;
mod core;
mod documents;
mod error;
mod ffi;
mod items;
mod iterate;
mod loads;
mod missing;
mod number;
mod open_text;
mod options;
mod parser;
mod seen;
mod typed;
mod typed_core;
mod typed_parser;

use pyo3::prelude::*;

/// The compiled part of partialjson.
#[pymodule(gil_used = false)]
mod _partialjson {
    use pyo3::exceptions::PyImportError;
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::documents::Documents;
    #[pymodule_export]
    use super::items::Items;
    #[pymodule_export]
    use super::iterate::{ValueIterator, iterparse};
    #[pymodule_export]
    use super::loads::loads;
    #[pymodule_export]
    use super::missing::MissingType;
    #[pymodule_export]
    use super::parser::Parser;
    #[pymodule_export]
    use super::typed::Program;
    #[pymodule_export]
    use super::typed_parser::TypedParser;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        if !super::ffi::is_first_interpreter(module.py()) {
            let message =
                "partialjson works in one interpreter per process, and another has imported it";
            return Err(super::ffi::exception::<PyImportError>(module.py(), message));
        }
        let shortcuts = super::ffi::shortcuts::set_up(module.py())?;
        if shortcuts {
            if super::parser::call_directly(module.py())? {
                super::typed_parser::call_directly(module.py())?;
            }
            super::loads::call_directly(module)?;
        }
        module.add("SHORTCUTS", shortcuts)?;
        module.add("MISSING", super::missing::missing(module.py())?)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
