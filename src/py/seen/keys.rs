//! Keys that have been seen before: one `str` for all objects of one shape.

use pyo3::Python;

use crate::py::ffi::{self, AsciiString, Failed, Ref};
use crate::text::{Text, Width};

/// A power of two; 128 KiB of pointers and hashes, and at most 900 KiB of keys.
const SETS: usize = 4096;
/// Longer keys repeat too rarely to be worth their place.
const MAX_LEN: usize = 64;

/// A bounded table, each key in the set that its hash gives, which holds the last two.
///
/// It keeps at most `2 * SETS` strings of [`MAX_LEN`] bytes, so that what strangers send cannot fill
/// memory, and compares bytes, so that a collision costs time only. Nothing is interned.
#[derive(Debug)]
pub struct Keys {
    sets: [[Slot; 2]; SETS],
}

#[derive(Debug)]
struct Slot {
    hash: u64,
    key: Option<AsciiString>,
}

impl Slot {
    const EMPTY: Self = Self { hash: 0, key: None };

    #[inline]
    fn get(&self, hash: u64, bytes: &[u8]) -> Option<Ref> {
        let key = self.key.as_ref().filter(|_| self.hash == hash)?;
        is_equal(key.bytes(), bytes).then(|| key.object().clone())
    }
}

impl Keys {
    #[expect(clippy::large_stack_arrays, reason = "it is only ever a `static`")]
    pub const fn new() -> Self {
        Self { sets: [const { [Slot::EMPTY; 2] }; SETS] }
    }

    #[inline]
    pub fn get(&mut self, py: Python<'_>, text: Text<'_>) -> Result<Ref, Failed> {
        let bytes = text.bytes();
        if text.width() != Width::Ascii || !(2..=MAX_LEN).contains(&bytes.len()) {
            return ffi::string(py, text);
        }
        let hash = hash(bytes);
        // The highest bits are the best mixed ones of a product.
        let set = usize::try_from(hash >> (64 - SETS.trailing_zeros())).expect("twelve bits");
        let set = &mut self.sets[set];
        match set[0].get(hash, bytes) {
            Some(key) => Ok(key),
            None => get_older(py, set, hash, text),
        }
    }
}

/// The key, as the older of its set or a new one; it is the newer one from here on.
fn get_older(
    py: Python<'_>,
    set: &mut [Slot; 2],
    hash: u64,
    text: Text<'_>,
) -> Result<Ref, Failed> {
    let known = set[1].get(hash, text.bytes());
    let key = if let Some(known) = known {
        known
    } else {
        let new = AsciiString::new(py, text.bytes())?;
        let object = new.object().clone();
        set[1] = Slot { hash, key: Some(new) };
        object
    };
    set.swap(0, 1);
    Ok(key)
}

/// The first and the last so many bytes, which overlap, so that no tail is left.
#[inline]
fn ends<const N: usize>(text: &[u8]) -> Option<([u8; N], [u8; N])> {
    Some((*text.first_chunk()?, *text.last_chunk()?))
}

/// Whether two texts are the same; without a call where they are short.
#[inline]
fn is_equal(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && match a.len() {
            8..=16 => ends::<8>(a) == ends::<8>(b),
            4..8 => ends::<4>(a) == ends::<4>(b),
            _ => a == b,
        }
}

/// A fast hash of a short text of at least two bytes. Not for strangers to defeat: a collision only
/// costs a `str`.
#[inline]
fn hash(bytes: &[u8]) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(MIX);
    let length = bytes.len() as u64;
    if let Some((first, last)) = ends::<8>(bytes) {
        let mut hash = mix(length, u64::from_le_bytes(first));
        for block in bytes[..bytes.len() - 1].chunks_exact(8).skip(1) {
            hash = mix(hash, u64::from_le_bytes(block.try_into().expect("eight bytes")));
        }
        mix(hash, u64::from_le_bytes(last))
    } else if let Some((first, last)) = ends::<4>(bytes) {
        let (first, last) = (u32::from_le_bytes(first), u32::from_le_bytes(last));
        mix(length, u64::from(first) << 32 | u64::from(last))
    } else {
        let word = [bytes[0], bytes[bytes.len() / 2], bytes[bytes.len() - 1], 0];
        mix(length, u64::from(u32::from_le_bytes(word)))
    }
}
