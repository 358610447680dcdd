//! The UTF-8 of short strings, as the tokens of a stream are.
//!
//! What CPython makes of a `str`, it keeps with it, for as long as that lives: memory that whoever
//! fed it would not expect, and that takes longer to get than a few characters take.

use std::mem::MaybeUninit;
use std::slice;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::text;

/// How many characters have room, of four bytes at most.
const CHARS: usize = 32;

/// Where they are put.
#[derive(Debug)]
pub struct Scratch(MaybeUninit<[u8; 4 * CHARS]>);

impl Scratch {
    #[inline]
    pub fn new() -> Self {
        Self(MaybeUninit::uninit())
    }

    /// The UTF-8 of a `str`; `None` of a longer one, and of one with lone surrogates.
    #[inline]
    pub fn utf8(&mut self, text: &Bound<'_, PyString>) -> Option<&[u8]> {
        let object = text.as_ptr();
        // SAFETY: attached; the string lives, does not change, and is ready: so it has as many
        // units there, of its kind, as it says.
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
            match ffi::PyUnicode_KIND(object) {
                ffi::PyUnicode_1BYTE_KIND => self.encode(units.cast::<u8>(), length),
                ffi::PyUnicode_2BYTE_KIND => self.encode(units.cast::<u16>(), length),
                _ => self.encode(units.cast::<u32>(), length),
            }
        }
    }

    /// # Safety
    /// So many units are there, [`CHARS`] at most.
    #[inline]
    unsafe fn encode<U: Copy + Into<u32>>(
        &mut self,
        units: *const U,
        length: usize,
    ) -> Option<&[u8]> {
        let begin = self.0.as_mut_ptr().cast::<u8>();
        let mut end = 0;
        // SAFETY: as the caller says; and for each there is room for four bytes, of which the next
        // one takes those that it has no use for. All before the end are written.
        unsafe {
            for &unit in slice::from_raw_parts(units, length) {
                let (word, len) = text::utf8(char::from_u32(unit.into())?);
                begin.add(end).cast::<[u8; 4]>().write(word.to_le_bytes());
                end += len;
            }
            Some(slice::from_raw_parts(begin, end))
        }
    }
}
