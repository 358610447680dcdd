//! The order in which the garbage collector goes through containers.
//!
//! It is the order in which it was told of them, and one that comes before what refers to it has to
//! be moved there and back. But an inner container is whole, and so made, before the one around it
//! is. So that one, once it is made, takes the place in front of the first of those in it.
//!
//! The containers that the collector knows are a list, linked both ways, by a head that each has in
//! front of it. Where that is not so, or [`shortcuts`](super::shortcuts) are off, the order is left
//! as it is, which is the safe twin.

use pyo3::ffi;

use super::{Ref, shortcuts};

/// Whether there is such a list: without a global lock there is none.
pub const KNOWN: bool = cfg!(not(any(Py_GIL_DISABLED, Py_3_16)));

/// What is in front of a container: where the heads are that come after and before its own. A
/// container that the collector does not know has none after it.
#[repr(C)]
struct Head {
    next: Link,
    previous: Link,
}

/// The lowest bits say other things, of the container whose head this is in.
#[repr(transparent)]
struct Link(*mut Head);

impl Link {
    const FLAGS: usize = 0b11;

    #[inline]
    fn get(&self) -> *mut Head {
        self.0.map_addr(|address| address & !Self::FLAGS)
    }

    #[inline]
    fn set(&mut self, head: *mut Head) {
        let flags = self.0.addr() & Self::FLAGS;
        self.0 = head.map_addr(|address| address | flags);
    }
}

/// Whether the order can be changed.
#[inline]
pub fn is_known() -> bool {
    KNOWN && shortcuts::taken()
}

/// Where the head of a container is that the collector knows. Up to 3.13 it knows no dict that has
/// no containers in it.
#[inline]
fn head(value: &Ref) -> Option<*mut Head> {
    // SAFETY: attached; the value lives.
    let is_container = unsafe { ffi::PyType_IS_GC(ffi::Py_TYPE(value.as_ptr())) } == 1;
    if !KNOWN || !is_container {
        return None;
    }
    let head = value.as_ptr().cast::<Head>().wrapping_sub(1);
    // SAFETY: all that are of such a class have a head in front of them.
    let is_known = unsafe { !(*head).next.get().is_null() };
    is_known.then_some(head)
}

/// The first of these that is a container which the collector knows.
#[inline]
pub fn first_known<'a>(values: impl IntoIterator<Item = &'a Ref>) -> Option<Ref> {
    values.into_iter().find(|value| head(value).is_some()).cloned()
}

/// Tells the collector of a container that has others in it, or will: of a dict without any it is
/// not told, up to 3.13.
#[cfg_attr(Py_3_14, expect(unused_variables))]
#[inline]
pub fn track(container: &Ref) {
    // SAFETY: attached; the container lives, whole, and is told of once.
    #[cfg(not(Py_3_14))]
    unsafe {
        if ffi::PyObject_GC_IsTracked(container.as_ptr()) == 0 {
            ffi::PyObject_GC_Track(container.as_ptr().cast());
        }
    }
}

/// Has the collector go through a container right before it goes through the first one of these, if
/// that is known.
///
/// All are new: no collection has come since they were made, so that they are of one list.
#[inline]
pub fn put_before<'a>(container: &Ref, values: impl IntoIterator<Item = &'a Ref>) {
    if let Some(place) = values.into_iter().find_map(head)
        && let Some(moved) = head(container)
    {
        // SAFETY: attached. Heads are linked to two others, or to that of the list itself. Nobody
        // goes through the list meanwhile: nothing is called.
        unsafe {
            link((*moved).previous.get(), (*moved).next.get());
            link((*place).previous.get(), moved);
            link(moved, place);
        }
    }
}

/// Makes one head the next of another.
///
/// # Safety
/// They are heads of one list.
#[inline]
unsafe fn link(before: *mut Head, after: *mut Head) {
    // SAFETY: as the caller says.
    unsafe {
        (*before).next.set(after);
        (*after).previous.set(before);
    }
}

/// Whether the collector goes through these containers one after another.
pub fn is_order(containers: &[&Ref]) -> bool {
    let heads = containers.iter().map(|container| head(container)).collect::<Option<Vec<_>>>();
    heads.is_some_and(|heads| {
        heads.windows(2).all(|pair| {
            let [before, after] = [pair[0], pair[1]];
            // SAFETY: each has something in front of it, which is compared and not followed.
            unsafe { (*before).next.get() == after && (*after).previous.get() == before }
        })
    })
}
