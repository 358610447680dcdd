//! Keys that have been seen before: one `str` for all objects of one shape.

use pyo3::Python;

use super::missed::{Advice, Missed};
use crate::py::ffi::{self, Failed, KeptString, Ref};
use crate::sink::Length;
use crate::text::{Text, Width, word};

/// A power of two.
const SETS: usize = 512;
/// For how many keys of one set there may be room, and for how many there is at least, and at
/// first: 512 keys in all, or up to 4,096.
const WAYS: usize = 8;
const LEAST_WAYS: usize = 1;

/// Longer keys repeat too rarely to be worth their place; in bytes. Those outside ASCII take more
/// of it, since their UTF-8 is kept, too.
fn max_len(width: Width) -> usize {
    match width {
        Width::Ascii => 64,
        Width::Latin1 | Width::Bmp => 16,
        Width::Astral => 0,
    }
}

/// A bounded table, each key in the set that its hash gives.
///
/// It keeps at most 61 KiB of strings, or eight times that where as many keys come again and again,
/// so that what strangers send cannot fill memory. It compares bytes, so that a collision costs
/// time only. Nothing is interned.
///
/// Keys come in the same order again and again, so that each knows which one came next: where it
/// comes again, one comparison reads it.
///
/// Where keys rarely come again, remembering them costs more than it gives. So it counts those that
/// are forgotten without having come again, and after a number of them remembers a key only when it
/// comes for the second time. Where then many in a row are new, it does not even look for most.
/// Where keys are wanted again that were forgotten for want of room, there is to be more of it,
/// until mostly others come.
#[derive(Debug)]
pub struct Keys {
    sets: [Set; SETS],
    slots: [Slot; NOWHERE as usize + 1],
    missed: Missed,
    /// For how many more keys of one set there is room than at first.
    more: usize,
    /// Where the key that came last is.
    last: u16,
    /// How many were forgotten in vain, less those that came again.
    in_vain: u16,
    /// How many made room for others.
    gone: u16,
    /// How many were new since one that was not.
    new_in_row: i16,
    /// How many are not looked for, from now on.
    unsought: i16,
}

/// How many keys may be forgotten in vain: as many as there is room for at first.
const PATIENCE: u16 = 512;
const _: () = assert!(PATIENCE as usize == SETS * LEAST_WAYS);

/// How many elements of an array come before its keys, if they are new, are worth remembering:
/// until then they are looked for in the one before.
const SIBLINGS: usize = 3;

/// How many new ones in a row it takes until as many as [`UNSOUGHT`] are not looked for. (So one of
/// eight is, and keys that begin to come again are found.)
const NEW_IN_ROW: i16 = 128;
const UNSOUGHT: i16 = 7 * NEW_IN_ROW;

/// Where there is never a key: behind all others.
#[expect(clippy::cast_possible_truncation, reason = "4,096")]
const NOWHERE: u16 = (SETS * WAYS) as u16;

/// Of each key of a set a byte of its hash, in the lane of its slot; 0 where there is none. Filled
/// from the lowest.
#[derive(Debug)]
struct Set(u64);

#[derive(Debug)]
struct Slot {
    key: Option<KeptString>,
    /// How it begins in documents, up to its closing quote.
    start: Start,
    /// Where the one is that came after it.
    next: u16,
    /// How many bytes it has, once it has come again and if it may stand in documents as it is,
    /// without escapes.
    plain: u8,
    /// How many code points, then.
    chars: u8,
}

/// The first bytes of a text, in two words, the lowest first.
type Start = [u64; 2];
const START: usize = size_of::<Start>();

/// Those of the bytes that a key of so many has, and its closing quote.
#[expect(clippy::cast_possible_truncation, reason = "a half of it at a time")]
const MASKS: [Start; START] = {
    let mut masks = [[0; 2]; START];
    let mut bytes = 0;
    while bytes < START {
        let mask = u128::MAX >> (8 * (START - 1 - bytes));
        masks[bytes] = [mask as u64, (mask >> 64) as u64];
        bytes += 1;
    }
    masks
};

/// Zeros are what is not there.
#[inline]
fn start(bytes: &[u8]) -> Start {
    if let Some((words, _)) = bytes.split_first_chunk::<START>() {
        let (words, _) = words.as_chunks();
        return [u64::from_le_bytes(words[0]), u64::from_le_bytes(words[1])];
    }
    match bytes.split_first_chunk() {
        Some((first, rest)) => [u64::from_le_bytes(*first), word(rest).unwrap_or(0)],
        None => [word(bytes).unwrap_or(0), 0],
    }
}

impl Set {
    /// The highest bit of each lane that has this tag; rarely one of a lane above such a one, too.
    #[inline]
    fn lanes(&self, tag: u64) -> u64 {
        const ONES: u64 = 0x0101_0101_0101_0101;
        let zeros = self.0 ^ (ONES * tag);
        zeros.wrapping_sub(ONES) & !zeros & (ONES << 7)
    }

    /// How many keys there are.
    #[inline]
    fn len(&self) -> usize {
        (64 - self.0.leading_zeros() as usize).div_ceil(8)
    }

    /// Puts the tag where that key is, or 0 where there is none any more.
    fn put(&mut self, place: usize, tag: u64) {
        self.0 = self.0 & !(0xff << (8 * place)) | tag << (8 * place);
    }
}

impl Slot {
    const EMPTY: Self = Self { key: None, start: [0; 2], next: 0, plain: 0, chars: 0 };

    #[inline]
    fn get(&mut self, bytes: &[u8]) -> Option<Ref> {
        let key = self.key.as_ref().filter(|key| is_equal(key.bytes(), bytes))?;
        let key = key.object().clone();
        if self.plain == 0 {
            self.look(bytes);
        }
        Some(key)
    }

    /// Takes note of how the key looks, whose bytes these are, if it is always written so.
    fn look(&mut self, bytes: &[u8]) {
        if bytes.iter().any(|&byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
            return;
        }
        let small = |count| u8::try_from(count).expect("no longer key is kept");
        self.start = start(&[bytes, b"\""].concat());
        self.plain = small(bytes.len());
        self.chars = small(self.key.as_ref().map_or(0, KeptString::chars));
    }

    /// The key, if it is known how it looks, and that is what `rest` begins with.
    #[inline]
    fn begins(&self, rest: &[u8]) -> Option<&Ref> {
        let (key, len) = (self.key.as_ref()?, usize::from(self.plain));
        let is_it = if let Some([a, b]) = MASKS.get(len) {
            let [first, second] = start(rest);
            (first ^ self.start[0]) & a | (second ^ self.start[1]) & b == 0
        } else {
            rest.get(len) == Some(&b'"') && is_equal(key.bytes(), &rest[..len])
        };
        (is_it && len > 0).then(|| key.object())
    }
}

impl Keys {
    /// How many bytes must follow where a key may be known from what came before it.
    pub const ROOM: usize = 16;
    /// After so many that made room for others, each new one displaces another than before: if
    /// never, what does not come again would stay beside two that displace one another; if always,
    /// one key too many for a set would cost all of them their place.
    const TURN: u16 = 1024;

    /// All of it is zero, so that a binary is no larger for it, and memory is taken only where it
    /// is used.
    #[expect(clippy::large_stack_arrays, reason = "it is made where it stays, by the compiler")]
    pub const fn new() -> Self {
        Self {
            sets: [const { Set(0) }; SETS],
            slots: [const { Slot::EMPTY }; NOWHERE as usize + 1],
            missed: Missed::new(),
            more: 0,
            last: 0,
            in_vain: 0,
            gone: 0,
            new_in_row: 0,
            unsought: 0,
        }
    }

    /// For how many keys of one set there is room.
    #[inline]
    fn ways(&self) -> usize {
        LEAST_WAYS + self.more
    }

    /// The key that `rest` begins with, and how long it is, if it is the one that came after the
    /// last.
    #[inline]
    pub fn next(&mut self, rest: &[u8]) -> Option<(Ref, Length)> {
        let next = self.slots[usize::from(self.last)].next;
        let slot = &self.slots[usize::from(next)];
        let key = slot.begins(rest)?.clone();
        self.last = next;
        self.new_in_row = 0;
        Some((key, Length { bytes: slot.plain.into(), chars: slot.chars.into() }))
    }

    #[inline]
    pub fn get(
        &mut self,
        py: Python<'_>,
        text: Text<'_>,
        sibling: impl FnOnce(usize) -> Option<Ref>,
    ) -> Result<Ref, Failed> {
        let bytes = text.bytes();
        if !(1..=max_len(text.width())).contains(&bytes.len()) {
            return ffi::key(py, text);
        }
        if self.unsought > 0 {
            return self.unsought_key(py, text, sibling);
        }
        let hash = hash(bytes);
        let (number, tag) = place(hash);
        let (set, first) = (&self.sets[number], number * WAYS);
        let slots = &mut self.slots[first..first + WAYS];
        let mut places = set.lanes(tag);
        while places != 0 {
            let place = places.trailing_zeros() as usize / 8;
            if let Some(key) = slots[place].get(bytes) {
                self.in_vain = self.in_vain.saturating_sub(1);
                self.new_in_row = 0;
                self.follow(first + place);
                return Ok(key);
            }
            places &= places - 1;
        }
        self.new_key(py, text, hash, sibling)
    }

    /// A key that is not looked for, but in the object before.
    #[inline(never)]
    fn unsought_key(
        &mut self,
        py: Python<'_>,
        text: Text<'_>,
        sibling: impl FnOnce(usize) -> Option<Ref>,
    ) -> Result<Ref, Failed> {
        self.unsought -= 1;
        sibling(usize::MAX).map_or_else(|| ffi::key(py, text), Ok)
    }

    /// A key that is not remembered.
    #[inline(never)]
    fn new_key(
        &mut self,
        py: Python<'_>,
        text: Text<'_>,
        hash: u64,
        sibling: impl FnOnce(usize) -> Option<Ref>,
    ) -> Result<Ref, Failed> {
        let set = &self.sets[place(hash).0];
        if set.len() < self.ways() {
            return self.add(py, text, hash, set.len());
        }
        if self.in_vain > PATIENCE / 2
            && let Some(key) = sibling(SIBLINGS)
        {
            return Ok(key);
        }
        match self.missed.came(hash) {
            Advice::Pass if self.in_vain >= PATIENCE => {
                self.new_in_row += 1;
                if self.new_in_row == NEW_IN_ROW {
                    self.seek_less();
                }
                ffi::key(py, text)
            }
            Advice::Shrink => {
                self.shrink();
                ffi::key(py, text)
            }
            Advice::Grow if self.ways() < WAYS => {
                self.more += 1;
                self.add(py, text, hash, self.ways() - 1)
            }
            // One of them has to go.
            Advice::Pass | Advice::Take | Advice::Grow => {
                self.new_in_row = 0;
                self.gone = self.gone.wrapping_add(1);
                let turn = self.gone / Self::TURN;
                self.add(py, text, hash, usize::from((hash >> 48) as u16 ^ turn) % self.ways())
            }
        }
    }

    /// That most keys are not looked for, for a while.
    #[cold]
    fn seek_less(&mut self) {
        self.new_in_row = 0;
        self.unsought = UNSOUGHT;
        // So that none is known from what came before it.
        self.last = NOWHERE;
        self.slots[usize::from(NOWHERE)].next = NOWHERE;
        if let Advice::Shrink = self.missed.new_ones(UNSOUGHT) {
            self.shrink();
        }
    }

    /// That the key in this slot came after the last.
    #[inline]
    fn follow(&mut self, slot: usize) {
        let here = u16::try_from(slot).expect("fewer keys than that");
        self.slots[usize::from(self.last)].next = here;
        self.last = here;
    }

    /// A new key, in this place of its set.
    #[inline(never)]
    fn add(
        &mut self,
        py: Python<'_>,
        text: Text<'_>,
        hash: u64,
        way: usize,
    ) -> Result<Ref, Failed> {
        let (number, tag) = place(hash);
        let slot = number * WAYS + way;
        let new = KeptString::new(py, text)?;
        let key = new.object().clone();
        let old = std::mem::replace(&mut self.slots[slot], Slot { key: Some(new), ..Slot::EMPTY });
        if let Some(key) = &old.key {
            self.missed.forget(self::hash(key.bytes()));
            self.in_vain = PATIENCE.min(self.in_vain + u16::from(old.plain == 0));
        }
        self.sets[number].put(way, tag);
        self.follow(slot);
        Ok(key)
    }

    /// Less room: one key of each set that is full goes.
    #[cold]
    fn shrink(&mut self) {
        if self.more > 0 {
            self.more -= 1;
            let ways = self.ways();
            for (set, slots) in self.sets.iter_mut().zip(self.slots.chunks_mut(WAYS)) {
                set.put(ways, 0);
                slots[ways] = Slot::EMPTY;
            }
        }
    }
}

/// In which set a key is, and its tag there.
#[inline]
fn place(hash: u64) -> (usize, u64) {
    // The highest bits are the best mixed ones of a product.
    let set = usize::try_from(hash >> (64 - SETS.trailing_zeros())).expect("nine bits");
    (set, (hash >> 44 & 0xff).max(1))
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
            17..=32 => ends::<16>(a) == ends::<16>(b),
            4..8 => ends::<4>(a) == ends::<4>(b),
            2..4 => ends::<2>(a) == ends::<2>(b),
            1 => a[0] == b[0],
            _ => a == b,
        }
}

/// A fast hash of a short text of at least one byte. Not for strangers to defeat: a collision only
/// costs a `str`.
///
/// In a product a bit tells only on those above it: so the last byte, in which keys differ most, is
/// the lowest one.
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
        mix(hash, u64::from_be_bytes(last))
    } else if let Some((first, last)) = ends::<4>(bytes) {
        let (first, last) = (u32::from_le_bytes(first), u32::from_be_bytes(last));
        mix(length, u64::from(first) << 32 | u64::from(last))
    } else {
        let word = [bytes[0], bytes[bytes.len() / 2], bytes[bytes.len() - 1], 0];
        mix(length, u64::from(u32::from_le_bytes(word)))
    }
}
