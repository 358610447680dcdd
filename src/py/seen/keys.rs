//! Keys that have been seen before: one `str` for all objects of one shape.

use pyo3::Python;

use crate::py::ffi::{self, Failed, KeptString, Ref};
use crate::sink::Length;
use crate::text::{Text, Width};

/// A power of two.
const SETS: usize = 128;
/// How many keys of one set are remembered: 512 in all, of 12 KiB of pointers and hashes.
const WAYS: u8 = 4;

/// Longer keys repeat too rarely to be worth their place; in bytes. Those outside ASCII take more
/// of it, since their UTF-8 is kept, too.
fn max_len(width: Width) -> usize {
    match width {
        Width::Ascii => 64,
        Width::Latin1 | Width::Bmp => 16,
        Width::Astral => 0,
    }
}

/// A bounded table, each key in the set that its hash gives, which holds the last few that were new.
///
/// It keeps at most 61 KiB of strings, so that what strangers send cannot fill memory, and compares
/// bytes, so that a collision costs time only. Nothing is interned.
///
/// Keys come in the same order again and again, so that each knows which one came next: where it
/// comes again, one comparison reads it.
///
/// Where keys rarely come again, remembering them costs more than it gives. So it counts those that
/// are forgotten without having come again, and after a number of them remembers a key only when it
/// comes for the second time.
#[derive(Debug)]
pub struct Keys {
    slots: [Slot; SETS * WAYS as usize],
    /// Where the key that came last is.
    last: u16,
    /// How many were forgotten in vain, less those that came again.
    in_vain: u16,
    /// Of each set, the part of its hash of a key that was not remembered.
    passed_over: [u32; SETS],
}

/// How many keys may be forgotten in vain: as many as there is room for.
const PATIENCE: u16 = 512;
const _: () = assert!(PATIENCE as usize == SETS * WAYS as usize);

#[derive(Debug)]
struct Slot {
    /// A part of the key's hash.
    tag: u32,
    /// Where the one is that came after it.
    next: u16,
    /// How many bytes it has, once it has come again and if it may stand in documents as it is, without
    /// escapes.
    plain: u8,
    /// Of a set's first slot: which of the set is the oldest.
    oldest: u8,
    key: Option<KeptString>,
}

impl Slot {
    const EMPTY: Self = Self { tag: 0, next: 0, plain: 0, oldest: 0, key: None };

    #[inline]
    fn get(&mut self, tag: u32, bytes: &[u8]) -> Option<Ref> {
        if self.tag != tag {
            return None;
        }
        let key = self.key.as_ref().filter(|key| is_equal(key.bytes(), bytes))?;
        if self.plain == 0
            && bytes.iter().all(|&byte| byte >= b' ' && !matches!(byte, b'"' | b'\\'))
        {
            self.plain = u8::try_from(bytes.len()).expect("no longer key is kept");
        }
        Some(key.object().clone())
    }
}

impl Keys {
    /// How many bytes must follow where a key may be known from what came before it.
    pub const ROOM: usize = 16;

    pub const fn new() -> Self {
        Self {
            slots: [const { Slot::EMPTY }; SETS * WAYS as usize],
            last: 0,
            in_vain: 0,
            passed_over: [0; SETS],
        }
    }

    /// The key that `rest` begins with, and how long it is, if it is the one that came after the last.
    #[inline]
    pub fn next(&mut self, rest: &[u8]) -> Option<(Ref, Length)> {
        let next = self.slots[usize::from(self.last)].next;
        let slot = &self.slots[usize::from(next)];
        let len = usize::from(slot.plain);
        if len == 0 || rest.get(len) != Some(&b'"') {
            return None;
        }
        let key = slot.key.as_ref().filter(|key| is_equal(key.bytes(), &rest[..len]))?;
        self.last = next;
        Some((key.object().clone(), Length { bytes: len, chars: key.chars() }))
    }

    #[inline]
    pub fn get(&mut self, py: Python<'_>, text: Text<'_>) -> Result<Ref, Failed> {
        let bytes = text.bytes();
        if !(2..=max_len(text.width())).contains(&bytes.len()) {
            return ffi::key(py, text);
        }
        let hash = hash(bytes);
        // The highest bits are the best mixed ones of a product.
        let set = hash >> (64 - SETS.trailing_zeros());
        #[expect(clippy::cast_possible_truncation, reason = "other bits than those of the set")]
        let (set, tag) = (set as u16, (hash >> 16) as u32);
        let first = set * u16::from(WAYS);
        let begin = usize::from(first);
        let ways = &mut self.slots[begin..begin + usize::from(WAYS)];
        let found =
            ways.iter_mut().zip(0..).find_map(|(slot, way)| Some((slot.get(tag, bytes)?, way)));
        let (key, way) = match found {
            Some(found) => {
                self.in_vain = self.in_vain.saturating_sub(1);
                found
            }
            None if self.in_vain >= PATIENCE
                && std::mem::replace(&mut self.passed_over[usize::from(set)], tag) != tag =>
            {
                return ffi::key(py, text);
            }
            None => {
                let (key, way, in_vain) = add(py, ways, tag, text)?;
                self.in_vain = PATIENCE.min(self.in_vain + u16::from(in_vain));
                (key, way)
            }
        };
        self.slots[usize::from(self.last)].next = first + way;
        self.last = first + way;
        Ok(key)
    }
}

/// A new key, in the place of the oldest of its set; and whether that one had not come again.
fn add(
    py: Python<'_>,
    set: &mut [Slot],
    tag: u32,
    text: Text<'_>,
) -> Result<(Ref, u16, bool), Failed> {
    let key = KeptString::new(py, text)?;
    let object = key.object().clone();
    let way = set[0].oldest;
    set[0].oldest = (way + 1) % WAYS;
    let slot = &mut set[usize::from(way)];
    let in_vain = slot.plain == 0 && slot.key.is_some();
    (slot.tag, slot.next, slot.plain, slot.key) = (tag, 0, 0, Some(key));
    Ok((object, way.into(), in_vain))
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
            2..4 => ends::<2>(a) == ends::<2>(b),
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
