//! Text in units of fixed width, as a `str` has it.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod short;

use std::mem::MaybeUninit;

#[cfg(target_arch = "x86_64")]
use super::of_four_bytes;
use super::{Text, code_point, copy_short};
#[cfg(target_arch = "x86_64")]
use crate::processor::{has_avx2, has_avx512};

/// Four code points of sixteen bits each, the first one lowest.
type Four = u64;

/// A code point in a fixed number of bytes.
pub trait Unit: Copy {
    /// A code point that fits.
    fn of(code: u32) -> Self;
    /// Writes four.
    fn write_four(codes: Four, room: &mut [MaybeUninit<Self>; 4]);
    /// Writes eight.
    #[cfg(target_arch = "x86_64")]
    fn write_eight(codes: [u16; 8], room: &mut [MaybeUninit<Self>; 8]);
}

impl Unit for u8 {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it fits")]
    fn of(code: u32) -> Self {
        code as Self
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "they fit")]
    fn write_four(codes: Four, room: &mut [MaybeUninit<Self>; 4]) {
        *room = [0, 16, 32, 48].map(|shift| MaybeUninit::new((codes >> shift) as Self));
    }

    #[cfg(target_arch = "x86_64")]
    #[expect(clippy::cast_possible_truncation, reason = "they fit")]
    #[expect(clippy::inline_always, reason = "it may use what its caller may")]
    #[inline(always)]
    fn write_eight(codes: [u16; 8], room: &mut [MaybeUninit<Self>; 8]) {
        *room = codes.map(|code| MaybeUninit::new(code as Self));
    }
}

impl Unit for u16 {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "it fits")]
    fn of(code: u32) -> Self {
        code as Self
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "one after the other")]
    fn write_four(codes: Four, room: &mut [MaybeUninit<Self>; 4]) {
        *room = [0, 16, 32, 48].map(|shift| MaybeUninit::new((codes >> shift) as Self));
    }

    #[cfg(target_arch = "x86_64")]
    #[expect(clippy::inline_always, reason = "it may use what its caller may")]
    #[inline(always)]
    fn write_eight(codes: [u16; 8], room: &mut [MaybeUninit<Self>; 8]) {
        *room = codes.map(MaybeUninit::new);
    }
}

impl Unit for u32 {
    #[inline]
    fn of(code: u32) -> Self {
        code
    }

    #[cfg(target_arch = "x86_64")]
    #[inline]
    fn write_four(codes: Four, room: &mut [MaybeUninit<Self>; 4]) {
        use std::arch::x86_64::{
            _mm_cvtsi64_si128, _mm_setzero_si128, _mm_storeu_si128, _mm_unpacklo_epi16,
        };
        // SAFETY: SSE2 is part of every x86_64, and there is room for sixteen bytes.
        unsafe {
            let codes = _mm_cvtsi64_si128(codes.cast_signed());
            let codes = _mm_unpacklo_epi16(codes, _mm_setzero_si128());
            _mm_storeu_si128(room.as_mut_ptr().cast(), codes);
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    #[inline]
    fn write_four(codes: Four, room: &mut [MaybeUninit<Self>; 4]) {
        *room = [0, 16, 32, 48].map(|shift| MaybeUninit::new((codes >> shift & 0xffff) as Self));
    }

    #[cfg(target_arch = "x86_64")]
    #[expect(clippy::inline_always, reason = "it may use what its caller may")]
    #[inline(always)]
    fn write_eight(codes: [u16; 8], room: &mut [MaybeUninit<Self>; 8]) {
        *room = codes.map(|code| MaybeUninit::new(code.into()));
    }
}

impl Text<'_> {
    /// Writes all code points, each of which must fit a unit.
    ///
    /// # Panics
    /// If there are not as many units as [`Text::chars`]; where there are more, some ways write zeros
    /// behind.
    #[inline]
    pub fn decode<U: Unit>(self, units: &mut [MaybeUninit<U>]) {
        #[cfg(target_arch = "x86_64")]
        if has_avx512() {
            // SAFETY: the processor has it.
            return unsafe { avx512::decode(self.bytes, units) };
        } else if self.bytes.len() <= short::SHORT && has_avx2() {
            // SAFETY: the processor has it.
            return unsafe { short::decode(self.bytes, units) };
        }
        decode_long(self.bytes, units);
    }
}

/// Writes the characters of four bytes among those that begin in a block, one by one, because they
/// are rare: those of the leads in `four` that are in `begins`, too, at the places that they have
/// there.
#[cfg(target_arch = "x86_64")]
#[expect(clippy::inline_always, reason = "it may use what its caller may")]
#[inline(always)]
fn write_astral<U: Unit>(four: u32, begins: u32, bytes: &[u8], units: &mut [MaybeUninit<U>]) {
    let mut four = four & begins;
    while four != 0 {
        let before = (begins & (four ^ (four - 1)) >> 1).count_ones() as usize;
        let at = four.trailing_zeros() as usize;
        let character = bytes[at..].first_chunk().expect("four bytes");
        units[before].write(U::of(of_four_bytes(u32::from_le_bytes(*character))));
        four &= four - 1;
    }
}

/// Writes all code points, of which there may be many.
#[inline(never)]
fn decode_long<U: Unit>(bytes: &[u8], units: &mut [MaybeUninit<U>]) {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has it.
        return unsafe { decode_by_wide_shuffling(bytes, units) };
    } else if is_x86_feature_detected!("ssse3") {
        // SAFETY: the processor has it.
        return unsafe { decode_by_shuffling(bytes, units) };
    }
    #[cfg(target_arch = "aarch64")]
    return decode(bytes, units, aarch64::eight_of_three);
    #[cfg(not(target_arch = "aarch64"))]
    decode(bytes, units, some_of_three_twin);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn decode_by_wide_shuffling<U: Unit>(bytes: &[u8], units: &mut [MaybeUninit<U>]) {
    decode(bytes, units, |block| eight_of_three(block));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "ssse3")]
fn decode_by_shuffling<U: Unit>(bytes: &[u8], units: &mut [MaybeUninit<U>]) {
    decode(bytes, units, |block| four_of_three(block));
}

/// What a step looks at: eight characters of three bytes, and what a load of the last four takes
/// in.
const BLOCK: usize = 28;
/// How many characters a step may take, and writes.
const STEP: usize = 8;

#[expect(clippy::inline_always, reason = "it may use what its caller may")]
#[inline(always)]
fn decode<U: Unit>(
    mut bytes: &[u8],
    units: &mut [MaybeUninit<U>],
    of_three: impl Fn(&[u8; BLOCK]) -> ([Four; 2], usize),
) {
    let mut room = units;
    while let Some(block) = bytes.first_chunk()
        && let Some(step) = room.first_chunk_mut()
    {
        let (taken, written) = decode_some(block, step, &of_three);
        (bytes, room) = (&bytes[taken..], &mut room[written..]);
    }
    // The same for the last few, with zeros behind them.
    let mut last = [0; 2 * BLOCK];
    copy_short(bytes, &mut last[..bytes.len()]);
    let mut units = [MaybeUninit::new(U::of(0)); BLOCK + STEP];
    let (mut at, mut unit) = (0, 0);
    while at < bytes.len()
        && let Some(block) = last[at..].first_chunk()
        && let Some(step) = units[unit..].first_chunk_mut()
    {
        let (taken, written) = decode_some(block, step, &of_three);
        (at, unit) = (at + taken, unit + written);
    }
    // Zeros may have been taken for characters, too.
    debug_assert_eq!(at - bytes.len(), unit - room.len(), "as many as was said");
    copy_short(&units[..room.len()], room);
}

/// Takes some characters, and writes as many and what is written over: text mostly goes on as it
/// began, with characters of one, two or three bytes. Returns how many bytes, and how many
/// characters.
#[expect(clippy::inline_always, reason = "it may use what its caller may")]
#[inline(always)]
fn decode_some<U: Unit>(
    block: &[u8; BLOCK],
    units: &mut [MaybeUninit<U>; STEP],
    of_three: impl Fn(&[u8; BLOCK]) -> ([Four; 2], usize),
) -> (usize, usize) {
    let (([begin, ..], _), ([low, high], [])) = (block.as_chunks(), units.as_chunks_mut()) else {
        unreachable!("a block has 8 bytes, and a step 8 units")
    };
    let begin = u64::from_le_bytes(*begin);
    match begin & 0xff {
        0xe0..0xf0 => {
            let (codes, count) = of_three(block);
            U::write_four(codes[0], low);
            U::write_four(codes[1], high);
            (3 * count, count)
        }
        0x80..0xe0 => {
            let (codes, count) = four_of_two(begin);
            U::write_four(codes, low);
            (2 * count, count)
        }
        ..0x80 => {
            // What is not ASCII is written over.
            for (unit, byte) in units.iter_mut().zip(begin.to_le_bytes()) {
                unit.write(U::of(byte.into()));
            }
            let len = ascii_len(begin);
            (len, len)
        }
        _ => {
            let (code, len) = code_point(begin);
            units[0].write(U::of(code));
            (len, 1)
        }
    }
}

/// How many bytes from the first on are ASCII.
#[inline]
fn ascii_len(bytes: u64) -> usize {
    (bytes & 0x8080_8080_8080_8080).trailing_zeros() as usize / 8
}

/// The characters of two bytes each that some text begins with, as in Russian, and how many they
/// are: at least one, at most four. Behind them is anything.
#[inline]
fn four_of_two(bytes: u64) -> (Four, usize) {
    let others = bytes & 0x00e0_00e0_00e0_00e0 ^ 0x00c0_00c0_00c0_00c0;
    let codes = (bytes & 0x001f_001f_001f_001f) << 6 | bytes >> 8 & 0x003f_003f_003f_003f;
    (codes, others.trailing_zeros() as usize / 16)
}

/// The characters of three bytes each that some text begins with, as in Chinese, and how many they
/// are: at least one, at most four. Behind them is anything.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "ssse3")]
#[inline]
fn four_of_three(block: &[u8; BLOCK]) -> ([Four; 2], usize) {
    use std::arch::x86_64::{
        _mm_and_si128, _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_loadu_si128, _mm_movemask_epi8,
        _mm_or_si128, _mm_set1_epi8, _mm_set1_epi16, _mm_shuffle_epi8, _mm_slli_epi16,
        _mm_srli_epi16,
    };
    // SAFETY: the unaligned load reads the first 16 bytes of `block`.
    let block = unsafe { _mm_loadu_si128(block.as_ptr().cast()) };
    let halves = _mm_and_si128(block, _mm_set1_epi8(0xf0_u8.cast_signed()));
    let leads = _mm_cmpeq_epi8(halves, _mm_set1_epi8(0xe0_u8.cast_signed()));
    let leads = _mm_movemask_epi8(leads).cast_unsigned();
    let (first, other) = (_mm_shuffle_epi8(block, firsts()), _mm_shuffle_epi8(block, others()));
    // What is shifted out says that there are three bytes.
    let first = _mm_slli_epi16::<12>(first);
    let second = _mm_srli_epi16::<2>(_mm_and_si128(other, _mm_set1_epi16(0x3f00)));
    let third = _mm_and_si128(other, _mm_set1_epi16(0x003f));
    let codes = _mm_or_si128(first, _mm_or_si128(second, third));
    ([_mm_cvtsi128_si64(codes).cast_unsigned(), 0], count_of_three((leads & 0x0fff).into()))
}

/// The same of at most eight.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn eight_of_three(block: &[u8; BLOCK]) -> ([Four; 2], usize) {
    use std::arch::x86_64::{
        _mm_loadu_si128, _mm256_and_si256, _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8,
        _mm256_extract_epi64, _mm256_movemask_epi8, _mm256_or_si256, _mm256_set_m128i,
        _mm256_set1_epi8, _mm256_set1_epi16, _mm256_shuffle_epi8, _mm256_slli_epi16,
        _mm256_srli_epi16,
    };
    // SAFETY: the unaligned loads read bytes 0 to 16 and 12 to 28 of `block`.
    let block = unsafe {
        let low = _mm_loadu_si128(block.as_ptr().cast());
        let high = _mm_loadu_si128(block.as_ptr().add(12).cast());
        _mm256_set_m128i(high, low)
    };
    let halves = _mm256_and_si256(block, _mm256_set1_epi8(0xf0_u8.cast_signed()));
    let leads = _mm256_cmpeq_epi8(halves, _mm256_set1_epi8(0xe0_u8.cast_signed()));
    let leads = u64::from(_mm256_movemask_epi8(leads).cast_unsigned());
    let first = _mm256_shuffle_epi8(block, _mm256_broadcastsi128_si256(firsts()));
    let other = _mm256_shuffle_epi8(block, _mm256_broadcastsi128_si256(others()));
    let first = _mm256_slli_epi16::<12>(first);
    let second = _mm256_srli_epi16::<2>(_mm256_and_si256(other, _mm256_set1_epi16(0x3f00)));
    let third = _mm256_and_si256(other, _mm256_set1_epi16(0x003f));
    let codes = _mm256_or_si256(first, _mm256_or_si256(second, third));
    let codes = [_mm256_extract_epi64::<0>(codes), _mm256_extract_epi64::<2>(codes)];
    // The two halves have four bytes in common.
    (codes.map(i64::cast_unsigned), count_of_three(leads & 0x0fff | leads >> 16 << 12))
}

/// Where the first bytes of four characters go.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn firsts() -> std::arch::x86_64::__m128i {
    let [a, b, c, d] = [0, 3, 6, 9];
    std::arch::x86_64::_mm_setr_epi8(a, -1, b, -1, c, -1, d, -1, -1, -1, -1, -1, -1, -1, -1, -1)
}

/// Where the third and second bytes go.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
#[inline]
fn others() -> std::arch::x86_64::__m128i {
    std::arch::x86_64::_mm_setr_epi8(2, 1, 5, 4, 8, 7, 11, 10, -1, -1, -1, -1, -1, -1, -1, -1)
}

/// How many characters of three bytes there are up to the first other one, of eight, if there is a
/// bit for each lead.
#[cfg(target_arch = "x86_64")]
#[inline]
fn count_of_three(leads: u64) -> usize {
    const LEADS: u64 = 0b0010_0100_1001_0010_0100_1001;
    if leads & LEADS == LEADS {
        return 8;
    }
    (!leads & LEADS).trailing_zeros() as usize / 3
}

/// The same, one by one, of at most four.
#[cfg(any(test, not(target_arch = "aarch64")))]
fn some_of_three_twin(block: &[u8; BLOCK]) -> ([Four; 2], usize) {
    let (characters, _) = block.as_chunks();
    let mut codes = 0;
    for (i, &[lead, second, third]) in characters[..4].iter().enumerate() {
        if lead & 0xf0 != 0xe0 {
            return ([codes, 0], i);
        }
        let [lead, second, third] = [lead & 0xf, second & 0x3f, third & 0x3f].map(u64::from);
        codes |= (lead << 12 | second << 6 | third) << (16 * i);
    }
    ([codes, 0], 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded<U: Unit>(text: &str, way: impl FnOnce(&[u8], &mut [MaybeUninit<U>])) -> Vec<U> {
        let chars = text.chars().count();
        let mut units = Vec::with_capacity(chars);
        way(text.as_bytes(), &mut units.spare_capacity_mut()[..chars]);
        // SAFETY: each is written, or it would have panicked.
        unsafe { units.set_len(chars) };
        units
    }

    /// In all ways that there are on this processor.
    fn decode_all<U: Unit>(text: &str) -> Vec<Vec<U>> {
        vec![
            decoded(text, |_, units| Text::of_str(text).decode(units)),
            decoded(text, decode_long),
            decoded(text, |bytes, units| decode(bytes, units, some_of_three_twin)),
            #[cfg(target_arch = "x86_64")]
            decoded(text, |bytes, units| {
                if !has_avx2() || bytes.len() > short::SHORT {
                    return decode_long(bytes, units);
                }
                // SAFETY: the processor has it.
                unsafe { short::decode(bytes, units) }
            }),
        ]
    }

    proptest! {
        #[test]
        fn units_are_code_points(text in "([a-z]{0,40}|[é÷ÿa]{0,40}|[дядя]{0,40}|[中文字]{0,40}|[中文字,。😀é]{0,40}|\\PC{0,10}){0,5}") {
            let codes: Vec<u32> = text.chars().map(u32::from).collect();
            for units in decode_all::<u32>(&text) {
                prop_assert_eq!(&units, &codes);
            }
            if codes.iter().all(|&code| code < 0x1_0000) {
                let codes: Vec<u16> = text.encode_utf16().collect();
                for units in decode_all::<u16>(&text) {
                    prop_assert_eq!(&units, &codes);
                }
            }
            if codes.iter().all(|&code| code < 0x100) {
                let codes: Vec<u8> = text.chars().map(|char| char as u8).collect();
                for units in decode_all::<u8>(&text) {
                    prop_assert_eq!(&units, &codes);
                }
            }
        }
    }
}
