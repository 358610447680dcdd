//! What one call at a time has to itself.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::{exception, shortcuts};

/// Nobody waits for it: where another call has it, of another thread or further up this one's
/// stack, that is told at once. After a panic it is free again, as it was left.
#[derive(Debug)]
pub struct Exclusive<T> {
    is_taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `take` gives it to one call at a time, so that it only goes from thread to thread.
unsafe impl<T: Send> Sync for Exclusive<T> {}

impl<T> Exclusive<T> {
    pub const fn new(value: T) -> Self {
        Self { is_taken: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// The value, unless another call has it.
    ///
    /// Of a lock that nobody holds, the atomic exchange is what costs. Whoever is attached to an
    /// interpreter with a global lock holds a lock already, between the look and the note.
    #[inline]
    pub fn take(&self, _: Python<'_>) -> Option<Taken<'_, T>> {
        if cfg!(Py_GIL_DISABLED) || !shortcuts::taken() {
            return self.take_anywhere();
        }
        let is_free = !self.is_taken.load(Acquire);
        self.is_taken.store(true, Relaxed);
        // Not `then_some`: it would make one in any case, and dropping that gives back what is not
        // ours.
        is_free.then(|| Taken(self, PhantomData))
    }

    /// The same with or without a global lock, and for the garbage collector, which has no token
    /// but runs where no other thread does.
    #[inline]
    pub fn take_anywhere(&self) -> Option<Taken<'_, T>> {
        let is_ours = self.is_taken.compare_exchange(false, true, Acquire, Relaxed).is_ok();
        is_ours.then(|| Taken(self, PhantomData))
    }

    /// The value, or an error that says that another call has it.
    #[inline]
    pub fn alone(&self, py: Python<'_>) -> PyResult<Taken<'_, T>> {
        self.take(py).ok_or_else(|| in_use(py))
    }
}

#[cold]
fn in_use(py: Python<'_>) -> PyErr {
    let message = "it is in use by another thread, or by a call that this one comes from";
    exception::<PyRuntimeError>(py, message)
}

/// Has it, for as long as this lives; like the reference that it is, also where it may go.
#[derive(Debug)]
pub struct Taken<'a, T>(&'a Exclusive<T>, PhantomData<&'a mut T>);

impl<T> Drop for Taken<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.0.is_taken.store(false, Release);
    }
}

impl<T> Deref for Taken<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: nobody else has it.
        unsafe { &*self.0.value.get() }
    }
}

impl<T> DerefMut for Taken<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: nobody else has it, and we are borrowed alone.
        unsafe { &mut *self.0.value.get() }
    }
}
