//! An instance that nobody holds any more, kept as if it were new for whoever wants the next one.
//!
//! CPython does so with its own tuples and floats: what is freed is mostly wanted again at once.
//! What is kept is memory, not an object: no reference leads there, and the garbage collector does
//! not know of it.

use std::ptr::null_mut;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};

use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::{PyClass, ffi};

/// A class of which one instance mostly follows another.
pub trait Again: PyClass<Frozen = True> + Sync {
    fn place() -> &'static Place;
    /// Makes it as if it were new, made without arguments; `false` where it cannot be, and is to be
    /// freed.
    fn begin_again(&self, py: Python<'_>) -> bool;
}

/// Where one instance is kept. The global lock is what guards it.
#[derive(Debug)]
pub struct Place {
    object: AtomicPtr<ffi::PyObject>,
    free: OnceLock<ffi::destructor>,
}

impl Place {
    pub const fn new() -> Self {
        Self { object: AtomicPtr::new(null_mut()), free: OnceLock::new() }
    }

    fn is_empty(&self) -> bool {
        self.object.load(Relaxed).is_null()
    }
}

/// The instance that is kept, if there is one, as a new object.
///
/// # Safety
/// Attached; `class` is `T`.
#[inline]
pub unsafe fn take<T: Again>(class: *mut ffi::PyObject) -> Option<*mut ffi::PyObject> {
    let place = &T::place().object;
    let object = place.load(Relaxed);
    if object.is_null() {
        return None;
    }
    place.store(null_mut(), Relaxed);
    // SAFETY: as the caller says. The memory is that of an instance, which is nobody's, untracked,
    // and counted no more among those of its class.
    unsafe {
        ffi::PyObject_Init(object, class.cast());
        ffi::PyObject_GC_Track(object.cast());
    }
    Some(object)
}

/// What CPython calls when nobody holds an instance any more.
///
/// # Safety
/// Attached; `object` is an instance of `T` to which no reference leads.
unsafe extern "C" fn free<T: Again>(object: *mut ffi::PyObject) {
    let place = T::place();
    // SAFETY: as the caller says. Freed for good by what PyO3 has for that, where it is not kept;
    // that may untrack it once more.
    unsafe {
        ffi::PyObject_GC_UnTrack(object.cast());
        // Looked at again: what it held may have been the last to hold another instance.
        if place.is_empty() && begins_again::<T>(object) && place.is_empty() {
            place.object.store(object, Relaxed);
            // Each object holds its class.
            ffi::Py_DECREF(ffi::Py_TYPE(object).cast());
        } else if let Some(free) = place.free.get() {
            free(object);
        }
    }
}

/// # Safety
/// As of [`free`].
unsafe fn begins_again<T: Again>(object: *mut ffi::PyObject) -> bool {
    // SAFETY: as the caller says; no references are counted.
    let (py, object) = unsafe {
        let py = Python::assume_attached();
        (py, Borrowed::from_ptr(py, object).cast_unchecked::<T>())
    };
    object.get().begin_again(py)
}

/// Has instances kept from here on, unless a trial shows that one that was used and let go of does
/// not come again as a new one does; not where threads could take them at once.
pub fn keep<T: Again>(
    py: Python<'_>,
    use_it: impl FnOnce(&Bound<'_, PyAny>) -> PyResult<()>,
) -> PyResult<()> {
    if cfg!(Py_GIL_DISABLED) {
        return Ok(());
    }
    let class = py.get_type::<T>();
    // SAFETY: attached. The class lives for ever and has no subclasses, and nobody else uses it
    // while it is being imported.
    let place = unsafe { &raw mut (*class.as_type_ptr()).tp_dealloc };
    // SAFETY: as above; what is there is what PyO3 has put there.
    let Some(by_pyo3) = (unsafe { *place }) else { return Ok(()) };
    if T::place().free.set(by_pyo3).is_err() {
        return Ok(());
    }
    // SAFETY: as above.
    unsafe { *place = Some(free::<T>) };
    let used = class.call0()?;
    use_it(&used)?;
    let before = used.as_ptr();
    drop(used);
    let next = class.call0()?;
    // SAFETY: attached; the object lives.
    let (count, is_tracked) = unsafe {
        let next = next.as_ptr();
        (ffi::Py_REFCNT(next), ffi::PyObject_GC_IsTracked(next) == 1)
    };
    if next.as_ptr() != before || count != 1 || !is_tracked {
        // SAFETY: as above; what is kept, if anything, stays where it is.
        unsafe { *place = Some(by_pyo3) };
    }
    Ok(())
}
