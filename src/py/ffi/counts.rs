//! How many references there are to an object.

use super::Ref;

/// Whether there are no more than so many.
///
/// Under the global lock nobody changes a count but us.
#[cfg(not(Py_GIL_DISABLED))]
#[inline]
pub fn are_at_most(count: isize, object: &Ref) -> bool {
    // SAFETY: attached; the object lives, for we hold it.
    unsafe { pyo3::ffi::Py_REFCNT(object.as_ptr()) <= count }
}

#[cfg(Py_GIL_DISABLED)]
pub use self::without_lock::are_at_most;

/// Without a global lock an object belongs to the thread that made it. That one counts in one
/// place, and all others in another, atomically (PEP 703).
#[cfg(Py_GIL_DISABLED)]
mod without_lock {
    use std::cell::Cell;
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::{Acquire, Relaxed};

    use pyo3::ffi;

    use super::Ref;

    thread_local! {
        /// What is in objects that belong to this thread; 0 is in those that belong to none.
        static ME: Cell<usize> = const { Cell::new(0) };
    }

    /// Whether there are no more than so many; that is not known, and so not said, of objects that
    /// are another thread's, or that one refers to. If all are ours, nobody else can get at it any
    /// more.
    #[inline]
    pub fn are_at_most(count: isize, object: &Ref) -> bool {
        let me = match ME.get() {
            0 => learn(),
            me => me,
        };
        let is_mine = me != 0 && owner(object) == me;
        // SAFETY: attached; the object lives, for we hold it. What others have read in it before
        // they let go of it was read before we go on.
        let (mine, others) = unsafe {
            let object = object.as_ptr();
            ((*object).ob_ref_local.load(Relaxed), (*object).ob_ref_shared.load(Acquire))
        };
        is_mine && others == 0 && isize::try_from(mine).is_ok_and(|mine| mine <= count)
    }

    #[cold]
    fn learn() -> usize {
        // SAFETY: attached; the result is new or null, and then an error is set, which is nobody's.
        let me = Ref::from_new(unsafe { ffi::PyList_New(0) }).map(|fresh| owner(&fresh));
        let me = me.unwrap_or_else(|_| {
            // SAFETY: attached.
            unsafe { ffi::PyErr_Clear() };
            0
        });
        ME.set(me);
        me
    }

    #[inline]
    fn owner(object: &Ref) -> usize {
        // SAFETY: attached; the object lives. Another thread may have it belong to none meanwhile,
        // by an atomic write.
        unsafe { AtomicUsize::from_ptr(&raw mut (*object.as_ptr()).ob_tid) }.load(Relaxed)
    }
}
