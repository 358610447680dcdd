//! The UTF-8 of short strings, as the tokens of a stream are.
//!
//! What CPython makes of a `str`, it keeps with it, for as long as that lives: memory that whoever fed it would
//! not expect, and that takes longer to get than a few characters take.

use std::mem::MaybeUninit;
use std::slice;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// How many characters have room.
const CHARS: usize = 32;
/// How long one is at most.
const LONGEST: usize = 4;

/// Where they are put.
#[derive(Debug)]
pub struct Scratch(MaybeUninit<[u8; CHARS * LONGEST]>);

impl Scratch {
    #[inline]
    pub fn new() -> Self {
        Self(MaybeUninit::uninit())
    }

    /// The UTF-8 of a `str`, of lone surrogates what would be theirs; `None` of a longer one.
    #[inline]
    pub fn utf8(&mut self, text: &Bound<'_, PyString>) -> Option<&[u8]> {
        let object = text.as_ptr();
        // SAFETY: attached; the string lives, does not change, and is ready: so it has as many units there, of its
        // kind, as it says.
        unsafe {
            if ffi::PyUnicode_READY(object) != 0 {
                ffi::PyErr_Clear();
                return None;
            }
            let length = ffi::PyUnicode_GET_LENGTH(object).cast_unsigned();
            if length > CHARS {
                return None;
            }
            let units = ffi::PyUnicode_DATA(object);
            Some(match ffi::PyUnicode_KIND(object) {
                ffi::PyUnicode_1BYTE_KIND => self.encode(units.cast::<u8>(), length),
                ffi::PyUnicode_2BYTE_KIND => self.encode(units.cast::<u16>(), length),
                _ => self.encode(units.cast::<u32>(), length),
            })
        }
    }

    /// # Safety
    /// So many units are there.
    #[inline]
    unsafe fn encode<U: Copy + Into<u32>>(&mut self, units: *const U, length: usize) -> &[u8] {
        let bytes = self.0.write([0; _]);
        let mut end = 0;
        // SAFETY: as the caller says.
        for &unit in unsafe { slice::from_raw_parts(units, length) } {
            let (character, len) = encoded(unit.into());
            bytes[end..][..LONGEST].copy_from_slice(&character);
            end += len;
        }
        &bytes[..end]
    }
}

/// The UTF-8 of a code point, and how many bytes that is (RFC 3629 §3).
#[inline]
fn encoded(code: u32) -> ([u8; LONGEST], usize) {
    let tail = |shift: u32| 0x80 | code >> shift & 0x3f;
    let (word, len) = match code {
        0..0x80 => (code, 1),
        0x80..0x800 => (0xc0 | code >> 6 | tail(0) << 8, 2),
        0x800..0x1_0000 => (0xe0 | code >> 12 | tail(6) << 8 | tail(0) << 16, 3),
        _ => (0xf0 | code >> 18 | tail(12) << 8 | tail(6) << 16 | tail(0) << 24, 4),
    };
    (word.to_le_bytes(), len)
}
