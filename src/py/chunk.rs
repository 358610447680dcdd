//! What a caller feeds, as bytes.

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyBufferError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyMemoryView, PyString};

use super::ffi::{self, Failed, Ref};

pub use super::ffi::Scratch;

/// The bytes of a chunk: a `str`'s as UTF-8.
pub enum Chunk<'a> {
    Borrowed(&'a [u8]),
    /// Of an object that could change while we read.
    Copied(Bound<'a, PyBytes>),
}

impl<'a> Chunk<'a> {
    /// A short `str`'s are put into `scratch`.
    ///
    /// # Errors
    /// `TypeError` where `object` is no `str`, `bytes`, `bytearray` or `memoryview` (or other
    /// buffer) of bytes.
    #[inline]
    pub fn of(object: &'a Bound<'a, PyAny>, scratch: &'a mut Scratch) -> PyResult<Self> {
        if let Ok(text) = object.cast::<PyString>() {
            if let Some(ascii) = ffi::ascii_bytes(text) {
                return Ok(Self::Borrowed(ascii));
            }
            if let Some(utf8) = scratch.utf8(text) {
                return Ok(Self::Borrowed(utf8));
            }
            return match text.to_str() {
                Ok(text) => Ok(Self::Borrowed(text.as_bytes())),
                // A lone surrogate: as the bytes that the machine will refuse.
                Err(_) => Self::with_surrogates(text),
            };
        }
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Ok(Self::Borrowed(bytes.as_bytes()));
        }
        if object.is_instance_of::<PyByteArray>() {
            return Self::copied(object.py(), ffi::bytes_of_buffer(object));
        }
        // By a view, which knows what a buffer may leave out: those of ctypes tell no strides.
        match PyMemoryView::from(object).and_then(|view| PyUntypedBuffer::get(&view)) {
            Ok(buffer) if has_bytes(&buffer) => {
                return Self::copied(object.py(), ffi::bytes_of_buffer(object));
            }
            Ok(_) => {}
            // It has none, or gives it to nobody.
            Err(error) if error.is_instance_of::<PyTypeError>(object.py()) => {}
            Err(error) if error.is_instance_of::<PyBufferError>(object.py()) => {}
            Err(error) => return Err(error),
        }
        let kind = object.get_type().name()?;
        let message =
            format!("a chunk must be str, bytes, bytearray or a memoryview of bytes, not {kind}");
        Err(ffi::exception::<PyTypeError>(object.py(), &message))
    }

    #[cold]
    fn with_surrogates(text: &Bound<'a, PyString>) -> PyResult<Self> {
        Self::copied(text.py(), ffi::utf8_with_surrogates(text))
    }

    fn copied(py: Python<'a>, bytes: Result<Ref, Failed>) -> PyResult<Self> {
        Ok(Self::Copied(ffi::bound(py, bytes)?.cast_into()?))
    }

    #[inline]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Copied(bytes) => bytes.as_bytes(),
        }
    }
}

/// Whether the elements of a buffer are unsigned bytes, or characters of C; in whichever order
/// bytes of one have, which ctypes names. (`struct` has the formats.)
fn has_bytes(buffer: &PyUntypedBuffer) -> bool {
    let format = buffer.format().to_bytes();
    matches!(format, [b'B' | b'c'] | [b'@' | b'=' | b'<' | b'>' | b'!', b'B' | b'c'])
}
