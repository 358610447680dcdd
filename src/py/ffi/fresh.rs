//! New objects whose head is copied from one that CPython made.
//!
//! To make a short `str` or a `float`, CPython asks for memory and writes the same few words every
//! time, behind calls and choices that cost more than that. Which words these are is learned from
//! an object that it made. Where they are not known, or [`shortcuts`](super::shortcuts) are off, it
//! makes them all, which is the safe twin.

use std::mem::offset_of;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};

use pyo3::ffi;
use pyo3::prelude::*;

use super::strings::max_char;
use super::{Failed, Ref, text, unit_size};
use crate::text::Width;

/// Whether there is nothing to a new object but its memory: not where references are counted all
/// together or objects listed (as builds of CPython for debugging do), where objects belong to
/// threads, or are laid out we do not know how.
const KNOWN: bool = cfg!(not(any(
    Py_GIL_DISABLED,
    Py_3_16,
    py_sys_config = "Py_REF_DEBUG",
    py_sys_config = "Py_TRACE_REFS"
)));

const WORD: usize = size_of::<usize>();
/// Which word is the class. It is 0 where a head is not known.
const CLASS: usize = offset_of!(ffi::PyObject, ob_type) / WORD;
/// How many words there are before the characters of a `str` outside ASCII.
const OTHER_WORDS: usize = size_of::<ffi::PyCompactUnicodeObject>() / WORD;

static ASCII: Head<{ size_of::<ffi::PyASCIIObject>() / WORD }> = Head::unknown();
static LATIN1: Head<OTHER_WORDS> = Head::unknown();
static BMP: Head<OTHER_WORDS> = Head::unknown();
static ASTRAL: Head<OTHER_WORDS> = Head::unknown();
static FLOAT: Head<{ size_of::<ffi::PyObject>() / WORD }> = Head::unknown();

/// The empty `str`, and those of one ASCII character, of which CPython has one each.
static SHORTEST: [AtomicPtr<ffi::PyObject>; 1 + 0x80] =
    [const { AtomicPtr::new(ptr::null_mut()) }; 1 + 0x80];

/// The words that objects of a kind begin with: how often they are referred to, their class, and
/// what else does not depend on their value.
struct Head<const WORDS: usize>([AtomicUsize; WORDS]);

impl<const WORDS: usize> Head<WORDS> {
    const fn unknown() -> Self {
        Self([const { AtomicUsize::new(0) }; WORDS])
    }

    fn learn(&self, fresh: &Ref) {
        for (i, word) in self.0.iter().enumerate() {
            // SAFETY: attached; the object lives, and is at least as long as its kind's head.
            word.store(unsafe { *fresh.as_ptr().cast::<usize>().add(i) }, Relaxed);
        }
    }

    fn forget(&self) {
        self.0[CLASS].store(0, Relaxed);
    }

    #[inline]
    fn is_known(&self) -> bool {
        self.0[CLASS].load(Relaxed) != 0
    }

    /// An object with this head and as many bytes behind it, which are to be filled before anyone
    /// sees it; `None` where the head is not known.
    #[inline]
    fn make(&self, more: usize) -> Option<Result<Ref, Failed>> {
        if !self.is_known() {
            return None;
        }
        // SAFETY: attached; there is room for a head, and the memory is aligned for objects. It has
        // been learned from a new object of a class that lives as long as the interpreter does, so
        // that the reference that it tells of is the one that we return.
        unsafe {
            let object = ffi::PyObject_Malloc(WORDS * WORD + more).cast::<usize>();
            if object.is_null() {
                ffi::PyErr_NoMemory();
                return Some(Err(Failed));
            }
            // Not word by word: nobody learns or forgets a head while we hold the global lock.
            ptr::copy_nonoverlapping(self.0.as_ptr().cast(), object, WORDS);
            Some(Ref::from_new(object.cast()))
        }
    }
}

/// Learns all heads, from now on to be copied.
pub fn learn(py: Python<'_>) -> Result<(), Failed> {
    if KNOWN {
        // SAFETY: attached; the results are new or null. Nothing has read what is in the string,
        // its hash for one, and CPython has no such string or number of its own.
        let (strings, float) = unsafe {
            let new = |width| Ref::from_new(ffi::PyUnicode_New(2, max_char(width)));
            (
                [Width::Ascii, Width::Latin1, Width::Bmp, Width::Astral].map(new),
                Ref::from_new(ffi::PyFloat_FromDouble(0.5)),
            )
        };
        let [ascii, latin1, bmp, astral] = strings;
        ASCII.learn(&ascii?);
        LATIN1.learn(&latin1?);
        BMP.learn(&bmp?);
        ASTRAL.learn(&astral?);
        FLOAT.learn(&float?);
        let shortest = std::iter::once(String::new()).chain(('\0'..='\x7f').map(String::from));
        for (place, shortest) in SHORTEST.iter().zip(shortest) {
            let (string, again) = (text(py, &shortest)?, text(py, &shortest)?);
            if string.is(&again) {
                place.store(string.into_ptr(), Relaxed);
            }
        }
    }
    Ok(())
}

/// Leaves all to CPython again.
pub fn forget() {
    ASCII.forget();
    LATIN1.forget();
    BMP.forget();
    ASTRAL.forget();
    FLOAT.forget();
    for place in &SHORTEST {
        // What is there is a reference of ours, or null.
        drop(Ref::from_new(place.swap(ptr::null_mut(), Relaxed)));
    }
}

/// The `str` of text of one ASCII character at most, if that is known.
#[inline]
pub fn shortest(_: Python<'_>, text: &[u8]) -> Option<Ref> {
    let place = match *text {
        [] => 0,
        [byte] => 1 + usize::from(byte),
        _ => return None,
    };
    let string = NonNull::new(SHORTEST.get(place)?.load(Relaxed))?;
    // SAFETY: attached; the string lives, for we hold it, and the new reference is returned.
    unsafe { ffi::Py_INCREF(string.as_ptr()) };
    Some(Ref(string))
}

/// An ASCII `str` of `len` characters, at least two, which are to be written before anyone sees it.
#[inline]
pub fn ascii(_: Python<'_>, len: usize) -> Result<Ref, Failed> {
    let Some(string) = ASCII.make(len + 1) else {
        // SAFETY: attached; a length that memory has held fits; the result is new or null.
        return Ref::from_new(unsafe { ffi::PyUnicode_New(len.cast_signed(), 0x7f) });
    };
    let string = string?;
    let head = string.as_ptr().cast::<ffi::PyASCIIObject>();
    // SAFETY: it begins with such a head, and has as many bytes behind it, and one for the zero
    // that every string ends with.
    unsafe {
        (*head).length = len.cast_signed();
        head.add(1).cast::<u8>().add(len).write(0);
    }
    Ok(string)
}

/// A `str` of so many characters, the widest of this width, which are to be written before anyone
/// sees it; no ASCII of one, which CPython keeps at hand.
#[inline]
pub fn string(py: Python<'_>, chars: usize, width: Width) -> Result<Ref, Failed> {
    let known = match width {
        Width::Ascii if chars > 1 => return ascii(py, chars),
        Width::Ascii => None,
        Width::Latin1 => Some(&LATIN1),
        Width::Bmp => Some(&BMP),
        Width::Astral => Some(&ASTRAL),
    };
    let unit = unit_size(width);
    let Some(string) = known.and_then(|head| head.make((chars + 1) * unit)) else {
        // SAFETY: attached; a length that memory has held fits; the result is new or null.
        return Ref::from_new(unsafe { ffi::PyUnicode_New(chars.cast_signed(), max_char(width)) });
    };
    let string = string?;
    let head = string.as_ptr().cast::<ffi::PyCompactUnicodeObject>();
    // SAFETY: it begins with such a head, and has as many units behind it, and one for the zero
    // that every string ends with.
    unsafe {
        (*head)._base.length = chars.cast_signed();
        let units = head.add(1).cast::<u8>();
        units.add(chars * unit).write_bytes(0, unit);
        // What is as wide as C's characters is that form of itself.
        #[cfg(not(Py_3_12))]
        if !(*head)._base.wstr.is_null() {
            (*head)._base.wstr = units.cast();
            (*head).wstr_length = chars.cast_signed();
        }
    }
    Ok(string)
}

/// Whether it is known how an ASCII `str` begins.
#[inline]
pub fn is_ascii_known() -> bool {
    ASCII.is_known()
}

/// A `float` that is not taken from those that CPython keeps at hand, a hundred at most.
#[inline]
pub fn float(py: Python<'_>, value: f64) -> Result<Ref, Failed> {
    let Some(float) = FLOAT.make(size_of::<f64>()) else { return super::float(py, value) };
    let float = float?;
    // SAFETY: the value is all that comes after the head, which there is room for.
    unsafe { float.as_ptr().add(1).cast::<f64>().write(value) };
    Ok(float)
}
