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

/// A `list`, of no subclass.
#[derive(Debug)]
#[repr(transparent)]
pub struct List(pub(super) Ref);

/// How it is laid out, where that is known.
#[repr(C)]
struct Layout {
    object: ffi::PyObject,
    length: ffi::Py_ssize_t,
    elements: *mut Ref,
    /// For how many there is memory.
    room: ffi::Py_ssize_t,
}

is_a_ref!(List);

impl List {
    /// One of exactly these.
    #[inline]
    pub fn of(py: Python<'_>, values: impl ExactSizeIterator<Item = Ref>) -> Result<Self, Failed> {
        if cfg!(Py_GIL_DISABLED) && values.len() > 0 {
            // There, a new list that gets no memory for its elements drops those of an older one
            // (CPython 3.14.7).
            let values = tuple(py, values)?;
            // SAFETY: attached; the tuple lives.
            return Ref::from_new(unsafe { ffi::PySequence_List(values.as_ptr()) }).map(Self);
        }
        let length = values.len().cast_signed();
        // SAFETY: attached; every slot of the new list is filled before anything else runs:
        // `values` moves out of a vector, which runs no code of Python's.
        unsafe {
            let list = Ref::from_new(ffi::PyList_New(length))?;
            for (i, value) in (0..length).zip(values) {
                ffi::PyList_SET_ITEM(list.as_ptr(), i, value.into_ptr());
            }
            Ok(Self(list))
        }
    }

    /// One of what `values` has from `begin` on, and then no longer has.
    #[inline]
    pub fn off(py: Python<'_>, values: &mut Vec<Ref>, begin: usize) -> Result<Self, Failed> {
        if !(KNOWN && shortcuts::taken()) {
            return Self::of(py, values.drain(begin..));
        }
        let length = values[begin..].len();
        // SAFETY: attached; the list is nobody else's, and has no memory for elements yet. `values`
        // gives away its references, each of which is a pointer to an object, and nothing else.
        unsafe {
            let list = Self(Ref::from_new(ffi::PyList_New(0))?);
            if length > 0 {
                let elements = ffi::PyMem_Malloc(size_of_val(&values[begin..])).cast::<Ref>();
                if elements.is_null() {
                    ffi::PyErr_NoMemory();
                    return Err(Failed);
                }
                elements.copy_from_nonoverlapping(values.as_ptr().add(begin), length);
                values.set_len(begin);
                let layout = list.layout();
                (*layout).elements = elements;
                (*layout).room = length.cast_signed();
                (*layout).length = length.cast_signed();
            }
            Ok(list)
        }
    }

    #[inline]
    fn layout(&self) -> *mut Layout {
        self.as_ptr().cast()
    }

    /// Appends all of `values`.
    #[inline]
    pub fn extend(&self, values: impl ExactSizeIterator<Item = Ref>) -> Result<(), Failed> {
        if !(KNOWN && shortcuts::taken()) {
            let mut values = values;
            return values.try_for_each(|value| self.append(&value));
        }
        let length = values.len();
        if length == 0 {
            return Ok(());
        }
        let room = self.make_room(length)?;
        // SAFETY: attached; there is room for so many. Since it was made, nothing else has run:
        // `values` moves out of a vector, which runs no code of Python's.
        unsafe {
            let mut end = room;
            for value in values.take(length) {
                end.write(value);
                end = end.add(1);
            }
            (*self.layout()).length += end.offset_from(room);
        }
        Ok(())
    }

    /// Where the next `more` elements go, for which it has the memory now.
    fn make_room(&self, more: usize) -> Result<*mut Ref, Failed> {
        let list = self.layout();
        // SAFETY: attached; it lives, and is a list, which is laid out so.
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
    pub fn append(&self, value: &Ref) -> Result<(), Failed> {
        // SAFETY: attached; both live.
        check(unsafe { ffi::PyList_Append(self.as_ptr(), value.as_ptr()) })
    }

    #[inline]
    pub fn set(&self, py: Python<'_>, index: usize, value: &Ref) -> Result<(), Failed> {
        // SAFETY: attached; both live; the call takes a reference over and checks the index.
        let status = unsafe {
            ffi::PyList_SetItem(self.as_ptr(), index.cast_signed(), value.clone().into_ptr())
        };
        if status != 0 {
            // Only a list that somebody else has made shorter has no such slot.
            let message = "a value was changed by the caller while it was still arriving";
            return Err(Failed::set(py, exception::<PyRuntimeError>(py, message)));
        }
        Ok(())
    }

    #[inline]
    pub fn copy(&self) -> Result<Self, Failed> {
        // SAFETY: attached; it lives. What is cut out of a list is one.
        Ref::from_new(unsafe {
            ffi::PyList_GetSlice(self.as_ptr(), 0, ffi::PyList_Size(self.as_ptr()))
        })
        .map(Self)
    }

    #[inline]
    pub fn len(&self, _: Python<'_>) -> usize {
        // SAFETY: attached; it lives, and is a list.
        #[cfg(not(Py_GIL_DISABLED))]
        let length = unsafe { ffi::PyList_GET_SIZE(self.as_ptr()) };
        // SAFETY: as above; another thread may change it meanwhile.
        #[cfg(Py_GIL_DISABLED)]
        let length = unsafe { ffi::PyList_Size(self.as_ptr()) };
        length.unsigned_abs()
    }

    /// Whether it has this very object there: that is not held for it, where a lock makes that
    /// needless.
    #[inline]
    pub fn has(&self, py: Python<'_>, index: usize, value: &Ref) -> bool {
        #[cfg(Py_GIL_DISABLED)]
        return self.get(py, index).is_some_and(|found| found.is(value));
        // SAFETY: attached; it lives, and has that element. That is compared, not followed.
        #[cfg(not(Py_GIL_DISABLED))]
        unsafe {
            index < self.len(py)
                && ffi::PyList_GET_ITEM(self.as_ptr(), index.cast_signed()) == value.as_ptr()
        }
    }

    /// The element there, if there is one.
    #[inline]
    pub fn get(&self, py: Python<'_>, index: usize) -> Option<Ref> {
        if index >= self.len(py) {
            return None;
        }
        // SAFETY: attached; it lives. Without a global lock it may have become shorter since.
        unsafe {
            let element = compat::PyList_GetItemRef(self.as_ptr(), index.cast_signed());
            if element.is_null() {
                ffi::PyErr_Clear();
            }
            Ref::from_new(element).ok()
        }
    }
}
