//! Lists. Many elements are put into one at a stroke.
//!
//! CPython has no call that takes over references to many elements. So the memory that a list has
//! for them is taken from where it takes it, and written to, as its own methods do. Where that is
//! not known, or [`shortcuts`](super::shortcuts) are off, elements are set or appended one by one,
//! which is the safe twin.

use pyo3::exceptions::PyRuntimeError;
use pyo3::ffi::{self, compat};
use pyo3::prelude::*;

use super::{Failed, Ref, check, exception, shortcuts, tuple};

/// Whether a list's elements are in memory of `PyMem_Malloc`'s, which the global lock guards.
const KNOWN: bool = cfg!(not(any(Py_GIL_DISABLED, Py_3_16)));

/// What a list is, where that is known.
#[repr(C)]
struct List {
    object: ffi::PyObject,
    length: ffi::Py_ssize_t,
    elements: *mut Ref,
    /// For how many there is memory.
    room: ffi::Py_ssize_t,
}

/// A `list` of exactly these.
#[inline]
pub fn list(py: Python<'_>, values: impl ExactSizeIterator<Item = Ref>) -> Result<Ref, Failed> {
    if cfg!(Py_GIL_DISABLED) && values.len() > 0 {
        // There, a new list that gets no memory for its elements drops those of an older one
        // (CPython 3.14.7).
        let values = tuple(py, values)?;
        // SAFETY: attached; the tuple lives.
        return Ref::from_new(unsafe { ffi::PySequence_List(values.as_ptr()) });
    }
    let length = values.len().cast_signed();
    // SAFETY: attached; every slot of the new list is filled before anything else runs: `values`
    // moves out of a vector, which runs no code of Python's.
    unsafe {
        let list = Ref::from_new(ffi::PyList_New(length))?;
        for (i, value) in (0..length).zip(values) {
            ffi::PyList_SET_ITEM(list.as_ptr(), i, value.into_ptr());
        }
        Ok(list)
    }
}

/// A `list` of what `values` has from `begin` on, and then no longer has.
#[inline]
pub fn list_off(py: Python<'_>, values: &mut Vec<Ref>, begin: usize) -> Result<Ref, Failed> {
    if !(KNOWN && shortcuts::taken()) {
        return list(py, values.drain(begin..));
    }
    let length = values[begin..].len();
    // SAFETY: attached; the list is nobody else's, and has no memory for elements yet. `values`
    // gives away its references, each of which is a pointer to an object, and nothing else.
    unsafe {
        let list = Ref::from_new(ffi::PyList_New(0))?;
        if length > 0 {
            let elements = ffi::PyMem_Malloc(size_of_val(&values[begin..])).cast::<Ref>();
            if elements.is_null() {
                ffi::PyErr_NoMemory();
                return Err(Failed);
            }
            elements.copy_from_nonoverlapping(values.as_ptr().add(begin), length);
            values.set_len(begin);
            let list = list.as_ptr().cast::<List>();
            (*list).elements = elements;
            (*list).room = length.cast_signed();
            (*list).length = length.cast_signed();
        }
        Ok(list)
    }
}

/// Appends all of `values`.
#[inline]
pub fn list_extend(list: &Ref, values: impl ExactSizeIterator<Item = Ref>) -> Result<(), Failed> {
    if !(KNOWN && shortcuts::taken()) {
        let mut values = values;
        return values.try_for_each(|value| list_append(list, &value));
    }
    let length = values.len();
    if length == 0 {
        return Ok(());
    }
    // SAFETY: attached; the list lives, and is one of ours. Between making room and filling it
    // nothing else runs: `values` moves out of a vector, which runs no code of Python's.
    unsafe {
        let room = make_room(list, length)?;
        let mut end = room;
        for value in values.take(length) {
            end.write(value);
            end = end.add(1);
        }
        (*list.as_ptr().cast::<List>()).length += end.offset_from(room);
    }
    Ok(())
}

/// Where the next `more` elements of a list go, for which it has the memory now.
///
/// # Safety
/// Attached; it is a list.
unsafe fn make_room(list: &Ref, more: usize) -> Result<*mut Ref, Failed> {
    let list = list.as_ptr().cast::<List>();
    // SAFETY: as the caller says.
    unsafe {
        let length = (*list).length.cast_unsigned();
        let wanted = length + more;
        // While it is sorted, it has no memory, and says that it has any amount.
        if (*list).elements.is_null() || (*list).room.cast_unsigned() < wanted {
            // As `list.extend` does: some to spare, where it is not lengthened by much.
            let spare = wanted / 8 + 3;
            let room = if more > spare { wanted } else { wanted + spare };
            let elements = ffi::PyMem_Realloc((*list).elements.cast(), room * size_of::<Ref>());
            if elements.is_null() {
                ffi::PyErr_NoMemory();
                return Err(Failed);
            }
            (*list).elements = elements.cast();
            (*list).room = room.cast_signed();
        }
        Ok((*list).elements.add(length))
    }
}

#[inline]
pub fn list_append(list: &Ref, value: &Ref) -> Result<(), Failed> {
    // SAFETY: attached; both live. A list that is none is an error, not a crash.
    check(unsafe { ffi::PyList_Append(list.as_ptr(), value.as_ptr()) })
}

#[inline]
pub fn list_set(py: Python<'_>, list: &Ref, index: usize, value: &Ref) -> Result<(), Failed> {
    // SAFETY: attached; both live; the call takes a reference over and checks type and index.
    let status = unsafe {
        ffi::PyList_SetItem(list.as_ptr(), index.cast_signed(), value.clone().into_ptr())
    };
    if status != 0 {
        // Only a list that somebody else has made shorter has no such slot.
        let message = "a value was changed by the caller while it was still arriving";
        return Err(Failed::set(py, exception::<PyRuntimeError>(py, message)));
    }
    Ok(())
}

#[inline]
pub fn list_copy(list: &Ref) -> Result<Ref, Failed> {
    // SAFETY: attached; the list lives.
    Ref::from_new(unsafe {
        ffi::PyList_GetSlice(list.as_ptr(), 0, ffi::PyList_Size(list.as_ptr()))
    })
}

#[inline]
pub fn list_len(_: Python<'_>, list: &Ref) -> usize {
    // SAFETY: attached; the list lives, and is one.
    #[cfg(not(Py_GIL_DISABLED))]
    let length = unsafe { ffi::PyList_GET_SIZE(list.as_ptr()) };
    // SAFETY: as above; another thread may change it meanwhile.
    #[cfg(Py_GIL_DISABLED)]
    let length = unsafe { ffi::PyList_Size(list.as_ptr()) };
    length.unsigned_abs()
}

/// Whether a list has this very object there: it is not held for that, where a lock makes that
/// needless.
#[inline]
pub fn list_has(py: Python<'_>, list: &Ref, index: usize, value: &Ref) -> bool {
    #[cfg(Py_GIL_DISABLED)]
    return list_get(py, list, index).is_some_and(|found| found.is(value));
    // SAFETY: attached; the list lives, and has that element. It is compared, not followed.
    #[cfg(not(Py_GIL_DISABLED))]
    unsafe {
        index < list_len(py, list)
            && ffi::PyList_GET_ITEM(list.as_ptr(), index.cast_signed()) == value.as_ptr()
    }
}

/// The element there, if there is one.
#[inline]
pub fn list_get(py: Python<'_>, list: &Ref, index: usize) -> Option<Ref> {
    if index >= list_len(py, list) {
        return None;
    }
    // SAFETY: attached; the list lives. Without a global lock it may have become shorter since.
    unsafe {
        let element = compat::PyList_GetItemRef(list.as_ptr(), index.cast_signed());
        if element.is_null() {
            ffi::PyErr_Clear();
        }
        Ref::from_new(element).ok()
    }
}
