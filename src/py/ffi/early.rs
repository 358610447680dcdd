//! Containers that are made before those in them, and filled after.
//!
//! They may be found meanwhile, by way of the garbage collector. One that was is not used: another is made.
//! Where [`shortcuts`](super::shortcuts) are off, all are made when they are whole, which is the safe twin.

use pyo3::ffi;
use pyo3::prelude::*;

use super::{Failed, Ref, dict, list, list_len, shortcuts};

/// A container with nothing in it, which nobody else has unless by way of the garbage collector.
#[derive(Debug)]
pub struct Early(pub Ref);

impl Early {
    /// `None` where shortcuts are off; and without a global lock, where the collector goes through memory.
    #[inline(never)]
    pub fn new(py: Python<'_>, is_list: bool) -> Result<Option<Self>, Failed> {
        if cfg!(Py_GIL_DISABLED) || !shortcuts::taken() {
            return Ok(None);
        }
        if is_list {
            return Ok(Some(Self(list(py, std::iter::empty())?)));
        }
        let dict = dict(py)?;
        track(&dict);
        Ok(Some(Self(dict)))
    }

    /// The list, unless somebody has found it.
    #[inline]
    pub fn into_list(self, py: Python<'_>) -> Option<Ref> {
        let Self(list) = self;
        (!list.is_shared(1) && list_len(py, &list) == 0).then_some(list)
    }

    /// The dict, unless somebody has found it.
    #[inline]
    pub fn into_dict(self) -> Option<Ref> {
        let Self(dict) = self;
        // SAFETY: attached; the dict lives.
        let length = unsafe { ffi::PyDict_Size(dict.as_ptr()) };
        (!dict.is_shared(1) && length == 0).then_some(dict)
    }
}

/// Tells the garbage collector of a dict that has containers in it, or will; of others CPython does not,
/// up to 3.13.
#[cfg_attr(Py_3_14, expect(unused_variables))]
#[inline]
pub fn track(dict: &Ref) {
    // SAFETY: attached; the dict lives, whole, and is told of once.
    #[cfg(not(Py_3_14))]
    unsafe {
        if ffi::PyObject_GC_IsTracked(dict.as_ptr()) == 0 {
            ffi::PyObject_GC_Track(dict.as_ptr().cast());
        }
    }
}
