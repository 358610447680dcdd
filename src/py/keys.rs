//! Keys that have been seen before: one `str` for all objects of one shape.

use std::sync::{Mutex, MutexGuard, TryLockError};

use pyo3::Python;

use super::ffi::{self, Failed, Ref};
use crate::text::{Text, Width};

/// A power of two; 8 KiB of pointers and hashes, and at most 56 KiB of keys.
const SLOTS: usize = 512;
/// Longer keys repeat too rarely to be worth their place.
const MAX_LEN: usize = 64;

/// A bounded table, each key in the one slot that its hash gives, where it replaces the last one.
///
/// It keeps at most [`SLOTS`] strings of [`MAX_LEN`] bytes, so that what strangers send cannot fill
/// memory, and compares bytes, so that a collision costs time only. Nothing is interned.
pub struct Table {
    slots: Vec<Option<Slot>>,
}

struct Slot {
    hash: u64,
    key: Ref,
}

static TABLE: Mutex<Table> = Mutex::new(Table { slots: Vec::new() });

/// The table, for one call; locked at the first key.
///
/// Where it is in use, by another thread or further up this one's stack, strings are simply made.
pub enum Keys {
    Untried,
    Locked(MutexGuard<'static, Table>),
    Busy,
}

impl Keys {
    #[inline]
    pub fn get(&mut self, py: Python<'_>, text: Text<'_>) -> Result<Ref, Failed> {
        let bytes = text.bytes();
        if text.width() != Width::Ascii || bytes.len() > MAX_LEN || bytes.len() < 2 {
            return ffi::string(py, text);
        }
        let Some(table) = self.table() else { return ffi::string(py, text) };
        let hash = hash(bytes);
        // The highest bits are the best mixed ones of a product.
        let index = usize::try_from(hash >> (64 - SLOTS.trailing_zeros())).expect("nine bits");
        if let Some(slot) = &table.slots[index]
            && slot.hash == hash
            && ffi::is_ascii_text(&slot.key, bytes)
        {
            return Ok(slot.key.clone());
        }
        let key = ffi::string(py, text)?;
        table.slots[index] = Some(Slot { hash, key: key.clone() });
        Ok(key)
    }

    #[inline]
    fn table(&mut self) -> Option<&mut Table> {
        if let Self::Untried = self {
            *self = match TABLE.try_lock() {
                Ok(guard) => Self::Locked(guard),
                Err(TryLockError::Poisoned(_) | TryLockError::WouldBlock) => Self::Busy,
            };
            if let Self::Locked(table) = self
                && table.slots.is_empty()
            {
                table.slots.resize_with(SLOTS, || None);
            }
        }
        match self {
            Self::Locked(table) => Some(table),
            Self::Untried | Self::Busy => None,
        }
    }
}

/// A fast hash of a short text. Not for strangers to defeat: a collision only costs a `str`.
#[inline]
fn hash(bytes: &[u8]) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut hash = bytes.len() as u64;
    let mut mix = |word: u64| hash = (hash.rotate_left(23) ^ word).wrapping_mul(MIX);
    let mut blocks = bytes.chunks_exact(8);
    for block in &mut blocks {
        mix(u64::from_le_bytes(block.try_into().expect("eight bytes")));
    }
    let mut last = [0; 8];
    last[..blocks.remainder().len()].copy_from_slice(blocks.remainder());
    mix(u64::from_le_bytes(last));
    hash
}
