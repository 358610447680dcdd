//! A `str` that grows where it is.
//!
//! Who asks for an open string after every chunk would get a new one each time, which costs all
//! that has come. So there is room behind it, and what comes is put there, for as long as only
//! those have it of whom we know, and nobody has asked for its hash. CPython does the same in
//! `PyUnicode_Resize`, where there is but one reference.
//!
//! Where [`shortcuts`](super::shortcuts) are off, or other threads could look at it meanwhile,
//! there is no room, which is the safe twin.

use pyo3::ffi;
use pyo3::prelude::*;

use super::strings::{chars_in, max_char, unit_size, units_of};
use super::{Failed, Ref, fresh, shortcuts};
use crate::text::Width;

/// Whether a `str` begins as we think, and nobody looks at it while we change it.
const KNOWN: bool = cfg!(not(any(Py_GIL_DISABLED, Py_3_16)));

/// Of how many units a string takes a multiple, with its head; a short one, and a long one.
const STEP: usize = 32;
const LONG_STEP: usize = 256;

/// A `str` that may have room behind it.
#[derive(Debug)]
pub struct GrowingStr {
    string: Ref,
    /// In code points.
    room: u16,
    width: Width,
}

impl GrowingStr {
    /// A new one of all `units`, in native byte order.
    pub fn new(py: Python<'_>, units: &[u8], width: Width) -> Result<Self, Failed> {
        let length = length(units, width);
        let string = if width == Width::Ascii && length > 1 {
            fresh::ascii(py, length)?
        } else {
            // SAFETY: attached; a length that memory has held, and a little more, fits; the result
            // is new or null.
            Ref::from_new(unsafe { ffi::PyUnicode_New(length.cast_signed(), max_char(width)) })?
        };
        let mut growing = Self { string, room: 0, width };
        growing.fill(units, 0, length);
        Ok(growing)
    }

    /// The same, with room again; a new one, if anybody has it but us.
    pub fn lengthen(self, _: Python<'_>, units: &[u8]) -> Result<Self, Failed> {
        let (chars, width) = (self.chars(), self.width);
        let length = length(units, width);
        let mut pointer = self.string.into_ptr();
        // SAFETY: attached; the call takes over the reference in `pointer` and puts a new one
        // there, or leaves it where it fails.
        let (resized, string) = unsafe {
            let resized = ffi::PyUnicode_Resize(&raw mut pointer, length.cast_signed());
            (resized, Ref::from_new(pointer)?)
        };
        if resized != 0 {
            return Err(Failed);
        }
        let mut growing = Self { string, room: 0, width };
        growing.fill(units, chars, length);
        Ok(growing)
    }

    /// Puts what has come behind it, of all `units`, if there is room, nobody has it but `own`
    /// references that the caller knows of, and nobody knows more of it than they can see.
    #[inline]
    pub fn grow(&mut self, units: &[u8], width: Width, own: isize) -> bool {
        let chars = self.chars();
        let length = chars + usize::from(self.room);
        let can_grow = width == self.width
            && chars_in(units, width) <= length
            && !self.string.is_shared(own)
            && !self.is_known();
        if can_grow {
            self.fill(units, chars, length);
        }
        can_grow
    }

    /// How many code points it has.
    #[inline]
    pub fn chars(&self) -> usize {
        // SAFETY: attached; it lives, for we hold it, and is a `str`.
        unsafe { ffi::PyUnicode_GET_LENGTH(self.string.as_ptr()) }.cast_unsigned()
    }

    #[inline]
    pub fn string(&self) -> &Ref {
        &self.string
    }

    #[inline]
    pub fn into_string(self) -> Ref {
        self.string
    }

    #[inline]
    pub fn width(&self) -> Width {
        self.width
    }

    /// Has the processor fetch its head, and where it ends, if it has so many bytes.
    #[inline]
    pub fn fetch(&self, bytes: usize) {
        self.string.fetch();
        super::fetch(self.string.as_ptr().cast::<u8>().wrapping_add(head(self.width) + bytes));
    }

    /// Whether its hash was asked for, or its text in another form, which it has since.
    #[inline]
    fn is_known(&self) -> bool {
        let head = self.string.as_ptr().cast::<ffi::PyASCIIObject>();
        // SAFETY: attached; it lives, for we hold it, and is compact, as all are that CPython
        // makes: it begins with such a head, and with a longer one where it is no ASCII.
        unsafe {
            let has_utf8 = self.width != Width::Ascii
                && !(*head.cast::<ffi::PyCompactUnicodeObject>()).utf8.is_null();
            // What it has where it is as wide as C's characters are no other form.
            #[cfg(not(Py_3_12))]
            let has_wide = {
                let wide = (*head).wstr.cast::<std::ffi::c_void>();
                !wide.is_null() && wide != units_of(&self.string, self.width)
            };
            #[cfg(Py_3_12)]
            let has_wide = false;
            (*head).hash != -1 || has_utf8 || has_wide
        }
    }

    /// Writes all `units` but the first `before` code points, which it has, and that it ends there;
    /// it was made for `length` of them.
    #[inline]
    fn fill(&mut self, units: &[u8], before: usize, length: usize) {
        let (size, chars) = (unit_size(self.width), chars_in(units, self.width));
        self.room = u16::try_from(length - chars).expect("less than a step");
        // SAFETY: attached. It has room for so many units, and for one that is zero behind them,
        // and nobody looks at it meanwhile. Nothing overlaps it.
        unsafe {
            let data = units_of(&self.string, self.width).cast::<u8>();
            let more = &units[before * size..];
            std::ptr::copy_nonoverlapping(more.as_ptr(), data.add(before * size), more.len());
            if KNOWN && length > 0 {
                data.add(units.len()).write_bytes(0, size);
                let head = self.string.as_ptr().cast::<ffi::PyASCIIObject>();
                (*head).length = chars.cast_signed();
                // What is as wide as C's characters is that form of itself.
                #[cfg(not(Py_3_12))]
                if !(*head).wstr.is_null() {
                    (*head.cast::<ffi::PyCompactUnicodeObject>()).wstr_length = chars.cast_signed();
                }
            }
        }
    }
}

/// For how many code points such a string is made, so that it takes a multiple of so many bytes, of
/// which some would be lost to rounding anyway.
fn length(units: &[u8], width: Width) -> usize {
    if units.is_empty() || !KNOWN || !shortcuts::taken() {
        return chars_in(units, width);
    }
    let size = unit_size(width);
    let step = (units.len() / 8).next_power_of_two().clamp(STEP * size, LONG_STEP * size);
    let around = head(width) + size;
    ((around + units.len()).next_multiple_of(step) - around) / size
}

/// Bytes in front of the first of them.
#[inline]
fn head(width: Width) -> usize {
    match width {
        Width::Ascii => size_of::<ffi::PyASCIIObject>(),
        Width::Latin1 | Width::Bmp | Width::Astral => size_of::<ffi::PyCompactUnicodeObject>(),
    }
}
