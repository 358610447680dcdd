//! `str` and its bytes.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::slice;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::{Failed, Ref, fresh};
use crate::text::{Text, Unit, Width, copy_short};

/// The largest code point that a string of this width is made for.
#[inline]
pub(super) fn max_char(width: Width) -> ffi::Py_UCS4 {
    match width {
        Width::Ascii => 0x7f,
        Width::Latin1 => 0xff,
        Width::Bmp => 0xffff,
        Width::Astral => 0x10_ffff,
    }
}

/// Where the units of a new string begin, which was made for this width.
///
/// What CPython would read to tell, it has just written, in other parts: a processor waits for
/// that.
///
/// # Safety
/// So it was made, by CPython, which makes compact ones.
#[inline]
pub(super) unsafe fn units_of(string: &Ref, width: Width) -> *mut c_void {
    let head = string.as_ptr();
    // SAFETY: as the caller says.
    unsafe {
        let units = match width {
            Width::Ascii => head.cast::<ffi::PyASCIIObject>().add(1).cast(),
            _ => head.cast::<ffi::PyCompactUnicodeObject>().add(1).cast(),
        };
        debug_assert_eq!(units, ffi::PyUnicode_DATA(head));
        units
    }
}

/// A `str` of `chars` code points in fixed width, as `units` holds them in native byte order.
#[inline]
pub fn string_of_units(
    py: Python<'_>,
    units: &[u8],
    chars: usize,
    width: Width,
) -> Result<Ref, Failed> {
    debug_assert_eq!(units.len(), chars * unit_size(width));
    let string = fresh::string(py, chars, width)?;
    // SAFETY: the new string has room for `chars` units of its kind, nobody else has seen it, and
    // nothing overlaps it.
    unsafe {
        let data = units_of(&string, width).cast::<u8>();
        std::ptr::copy_nonoverlapping(units.as_ptr(), data, units.len());
        Ok(string)
    }
}

/// A `str` of so many characters, the widest of this width, which `tell` tells in parts.
#[inline]
pub fn string_of_parts(
    py: Python<'_>,
    chars: usize,
    width: Width,
    tell: impl FnOnce(&mut dyn FnMut(Text<'_>)),
) -> Result<Ref, Failed> {
    /// Each with units of one size.
    #[inline]
    fn filled<U: Unit>(
        string: Result<Ref, Failed>,
        chars: usize,
        width: Width,
        tell: impl FnOnce(&mut dyn FnMut(Text<'_>)),
    ) -> Result<Ref, Failed> {
        let string = string?;
        // SAFETY: the new string has room for `chars` units of its kind, nobody else has seen it,
        // and each of them is written.
        let units = unsafe {
            let units = units_of(&string, width).cast::<MaybeUninit<U>>();
            slice::from_raw_parts_mut(units, chars)
        };
        let mut written = 0;
        tell(&mut |part| {
            let end = written + part.chars();
            part.decode(&mut units[written..end]);
            written = end;
        });
        assert_eq!(written, chars, "there are as many characters as was said");
        Ok(string)
    }
    let string = |width| fresh::string(py, chars, width);
    match width {
        Width::Ascii => filled::<u8>(string(Width::Ascii), chars, width, tell),
        Width::Latin1 => filled::<u8>(string(Width::Latin1), chars, width, tell),
        Width::Bmp => filled::<u16>(string(Width::Bmp), chars, width, tell),
        Width::Astral => filled::<u32>(string(Width::Astral), chars, width, tell),
    }
}

/// A `str` of units that may be wider than it needs.
pub fn string_narrowed(_: Python<'_>, units: &[u8], width: Width) -> Result<Ref, Failed> {
    let kind = std::ffi::c_int::try_from(unit_size(width)).expect("a few bytes");
    let length = chars_in(units, width).cast_signed();
    // SAFETY: attached; `length` units of so many bytes, a kind of CPython's, are read, which no
    // alignment is asked of on the machines that CPython runs on, and `Vec` gives anyway.
    Ref::from_new(unsafe { ffi::PyUnicode_FromKindAndData(kind, units.as_ptr().cast(), length) })
}

/// Bytes of one code point in a string of this width.
#[inline]
pub fn unit_size(width: Width) -> usize {
    match width {
        Width::Ascii | Width::Latin1 => 1,
        Width::Bmp => 2,
        Width::Astral => 4,
    }
}

/// How many code points there are in units of this width.
#[inline]
pub fn chars_in(units: &[u8], width: Width) -> usize {
    // They are 1, 2 or 4 bytes.
    units.len() >> unit_size(width).trailing_zeros()
}

/// A `str`.
#[inline]
pub fn string(py: Python<'_>, text: Text<'_>) -> Result<Ref, Failed> {
    if text.width() == Width::Ascii && text.chars() > 1 {
        return ascii_string(py, text.bytes());
    }
    other_string(py, text)
}

/// A `str` that will be a key; of ASCII with its hash, for which a dict would have to ask.
#[inline]
pub fn key(py: Python<'_>, text: Text<'_>) -> Result<Ref, Failed> {
    if text.width() == Width::Ascii && text.chars() > 1 {
        return ascii_key(py, text.bytes());
    }
    other_string(py, text)
}

#[inline]
fn ascii_key(py: Python<'_>, text: &[u8]) -> Result<Ref, Failed> {
    let key = ascii_string(py, text)?;
    if fresh::is_ascii_known() {
        let head = key.as_ptr().cast::<ffi::PyASCIIObject>();
        let (data, length) = (text.as_ptr().cast(), text.len().cast_signed());
        // SAFETY: attached; it begins with such a head, and nobody else has seen it. The pointer
        // and the length are a slice's, of the bytes that it has.
        unsafe { (*head).hash = ffi::compat::Py_HashBuffer(data, length) };
    }
    Ok(key)
}

#[inline(never)]
fn other_string(py: Python<'_>, text: Text<'_>) -> Result<Ref, Failed> {
    if let Some(string) = fresh::shortest(py, text.bytes()) {
        return Ok(string);
    }
    if text.width() > Width::Latin1 || text.width() == Width::Latin1 && text.chars() > 1 {
        return string_of_parts(py, text.chars(), text.width(), |tell| tell(text));
    }
    let bytes = text.bytes();
    // SAFETY: attached; the pointer and the length are a slice's. Short strings come from the
    // interpreter's own cache.
    Ref::from_new(unsafe {
        ffi::PyUnicode_FromStringAndSize(bytes.as_ptr().cast(), bytes.len().cast_signed())
    })
}

/// A `str` of ASCII text, of more than one character.
#[inline]
fn ascii_string(py: Python<'_>, text: &[u8]) -> Result<Ref, Failed> {
    debug_assert!(text.is_ascii());
    let string = fresh::ascii(py, text.len())?;
    // SAFETY: the new string is an ASCII one, whose head is a `PyASCIIObject` with as many bytes
    // behind it; nobody else has seen it, and nothing overlaps it.
    unsafe {
        let data = string.as_ptr().cast::<ffi::PyASCIIObject>().add(1).cast::<MaybeUninit<u8>>();
        let text = slice::from_raw_parts(text.as_ptr().cast(), text.len());
        copy_short(text, slice::from_raw_parts_mut(data, text.len()));
    }
    Ok(string)
}

/// A `str` made here, not an empty one, whose UTF-8 is at hand: behind its head, where it is ASCII,
/// else beside it.
#[derive(Debug)]
pub struct KeptString {
    string: Ref,
    /// In bytes.
    len: u32,
}

impl KeptString {
    pub fn new(py: Python<'_>, text: Text<'_>) -> Result<Self, Failed> {
        debug_assert!(!text.bytes().is_empty());
        let len = u32::try_from(text.bytes().len()).expect("no longer string is kept");
        let kept = Self { string: key(py, text)?, len };
        if !kept.is_ascii() {
            let string = kept.string.as_ptr();
            // SAFETY: attached; the string lives, and is a `str`.
            let utf8 = unsafe { ffi::PyUnicode_AsUTF8AndSize(string, std::ptr::null_mut()) };
            if utf8.is_null() {
                return Err(Failed);
            }
        }
        debug_assert_eq!(kept.bytes(), text.bytes());
        Ok(kept)
    }

    #[inline]
    fn is_ascii(&self) -> bool {
        self.chars() == self.len as usize
    }

    /// The object.
    #[inline]
    pub fn object(&self) -> &Ref {
        &self.string
    }

    /// How many code points it has.
    #[inline]
    pub fn chars(&self) -> usize {
        let head = self.string.as_ptr().cast::<ffi::PyASCIIObject>();
        // SAFETY: it lives, for we hold it, and every `str` begins so.
        unsafe { (*head).length.cast_unsigned() }
    }

    /// Its UTF-8.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: attached; it lives, for we hold it, and strings do not change. It is compact, as
        // all are that CPython makes; and if it is no ASCII, it has its UTF-8, which stays as long
        // as it does.
        unsafe {
            let utf8 = if self.is_ascii() {
                self.string.as_ptr().cast::<ffi::PyASCIIObject>().add(1).cast()
            } else {
                ffi::PyUnicode_AsUTF8AndSize(self.string.as_ptr(), std::ptr::null_mut()).cast()
            };
            slice::from_raw_parts(utf8, self.len as usize)
        }
    }
}

/// The bytes of a `str` that is ASCII, if they lie in it as they are; `None` of anything else.
#[inline]
pub fn ascii_bytes<'a>(text: &'a Bound<'_, PyString>) -> Option<&'a [u8]> {
    let head = text.as_ptr().cast::<ffi::PyASCIIObject>();
    // SAFETY: attached; the string lives for as long as it is lent. Of one that is compact and
    // ASCII, the head has as many bytes behind it as it says, and strings do not change. All others
    // have more in front of their units, if these are there at all.
    unsafe {
        let behind = head.add(1).cast::<u8>();
        #[cfg(Py_3_14)]
        let is_ascii = ffi::PyUnicode_DATA(text.as_ptr()) == behind.cast();
        #[cfg(not(Py_3_14))]
        let is_ascii = ffi::PyUnicode_IS_COMPACT_ASCII(text.as_ptr()) != 0;
        is_ascii.then(|| slice::from_raw_parts(behind, (*head).length.cast_unsigned()))
    }
}

/// Whether an object is a `str` of this text; up to CPython 3.12 only where that is ASCII.
pub fn has_text(py: Python<'_>, object: &Ref, text: Text<'_>) -> bool {
    let object = object.to_bound(py);
    let Ok(object) = object.cast_exact::<PyString>() else { return false };
    let bytes = text.bytes();
    #[cfg(Py_3_13)]
    {
        let (data, length) = (bytes.as_ptr().cast(), bytes.len().cast_signed());
        // SAFETY: attached; the string lives; the pointer and the length are a slice's.
        unsafe { ffi::PyUnicode_EqualToUTF8AndSize(object.as_ptr(), data, length) == 1 }
    }
    #[cfg(not(Py_3_13))]
    {
        ascii_bytes(object) == Some(bytes)
    }
}

/// Whether both are `str`, no subclass of it, and equal.
pub fn is_equal_text(a: &Ref, b: &Ref) -> bool {
    // SAFETY: attached; both live, and are checked to be what the comparison takes, which cannot
    // fail for them.
    unsafe {
        ffi::PyUnicode_CheckExact(a.as_ptr()) == 1
            && ffi::PyUnicode_CheckExact(b.as_ptr()) == 1
            && ffi::PyUnicode_Compare(a.as_ptr(), b.as_ptr()) == 0
    }
}

/// A `str` of ours. (`PyO3`'s own conversions panic where there is no memory.)
pub fn text(_: Python<'_>, text: &str) -> Result<Ref, Failed> {
    // SAFETY: attached; the pointer and the length are a slice's, of UTF-8.
    Ref::from_new(unsafe {
        ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len().cast_signed())
    })
}

/// A copy of what is in a buffer, as `bytes`.
pub fn bytes_of_buffer(object: &Bound<'_, PyAny>) -> Result<Ref, Failed> {
    // SAFETY: attached; the object lives, and the call checks that it has a buffer.
    Ref::from_new(unsafe { ffi::PyBytes_FromObject(object.as_ptr()) })
}

/// The UTF-8 of a `str`, and of lone surrogates what would be theirs.
pub fn utf8_with_surrogates(text: &Bound<'_, PyAny>) -> Result<Ref, Failed> {
    let (encoding, errors) = (c"utf-8".as_ptr(), c"surrogatepass".as_ptr());
    // SAFETY: attached; the object lives, and the call checks that it is a `str`.
    Ref::from_new(unsafe { ffi::PyUnicode_AsEncodedString(text.as_ptr(), encoding, errors) })
}

/// A `str` of UTF-8 that may be cut: what is none comes as surrogate escapes (PEP 383).
pub fn escaped_text(_: Python<'_>, bytes: &[u8]) -> Result<Ref, Failed> {
    let (data, length) = (bytes.as_ptr().cast(), bytes.len().cast_signed());
    // SAFETY: attached; the pointer and the length are a slice's, the name ends with a zero byte.
    Ref::from_new(unsafe { ffi::PyUnicode_DecodeUTF8(data, length, c"surrogateescape".as_ptr()) })
}
