//! What will be needed, fetched before it is waited for: of thousands of parsers that take turns,
//! nothing is at hand. Nothing depends on it but time.

use pyo3::PyClass;
use pyo3::prelude::*;

#[cfg(not(Py_GIL_DISABLED))]
use super::Dict;
use super::Ref;

/// Bytes that a processor fetches together.
pub const LINE: usize = 64;

/// Has the processor fetch what is there, for it will be needed; wherever that is.
#[inline]
pub fn fetch<T>(place: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: SSE is part of every x86_64; nothing is read, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// Has the processor fetch all of an object at once.
///
/// Of thousands of objects that take turns, each would be fetched line by line.
#[inline]
pub fn fetch_all<T: PyClass>(object: &Bound<'_, T>) {
    for line in 0..size_of::<T>().div_ceil(LINE) {
        fetch(object.as_ptr().cast::<u8>().wrapping_add(line * LINE));
    }
}

impl Ref {
    /// Has the processor fetch its beginning.
    #[inline]
    pub fn fetch(&self) {
        fetch(self.as_ptr());
    }

    /// Has the processor fetch the keys and values of a dict; not where another thread may change
    /// it while we look where they are.
    #[inline]
    pub fn fetch_members(&self) {
        #[cfg(not(Py_GIL_DISABLED))]
        if let Some(dict) = Dict::exact(self) {
            let table = dict.table().cast::<u8>();
            (0..3).for_each(|line| fetch(table.wrapping_add(line * LINE)));
        }
    }
}
