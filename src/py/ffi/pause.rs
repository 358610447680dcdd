//! No garbage collection in the middle of a document.

use pyo3::prelude::*;

/// Keeps the garbage collector from starting, for as long as it lives.
///
/// Up to 3.11 a collection starts wherever a container is made, after each 700, and looks at all of
/// them again and again. None of them is garbage, or is part of a cycle yet.
pub struct Pause {
    #[cfg(not(any(Py_3_12, Py_GIL_DISABLED)))]
    was_enabled: bool,
}

impl Pause {
    #[inline]
    pub fn begin(_: Python<'_>) -> Self {
        Self {
            // SAFETY: attached.
            #[cfg(not(any(Py_3_12, Py_GIL_DISABLED)))]
            was_enabled: unsafe { pyo3::ffi::PyGC_Disable() } == 1,
        }
    }
}

#[cfg(not(any(Py_3_12, Py_GIL_DISABLED)))]
impl Drop for Pause {
    #[inline]
    fn drop(&mut self) {
        if self.was_enabled {
            // SAFETY: attached, since a document is only parsed so.
            unsafe { pyo3::ffi::PyGC_Enable() };
        }
    }
}
