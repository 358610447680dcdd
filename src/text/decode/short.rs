//! Short text, by AVX2: as many characters at once as begin in sixteen bytes, of whatever lengths.

use std::arch::x86_64::{
    __m128i, __m256i, _mm_cmpeq_epi8, _mm_cmpgt_epi8, _mm_loadu_si128, _mm_max_epu8,
    _mm_movemask_epi8, _mm_set_epi64x, _mm_set1_epi8, _mm_shuffle_epi8, _mm_srli_si128,
    _mm256_and_si256, _mm256_blendv_epi8, _mm256_castsi256_si128, _mm256_cmpgt_epi16,
    _mm256_cvtepu8_epi16, _mm256_extracti128_si256, _mm256_or_si256, _mm256_set1_epi16,
    _mm256_slli_epi16,
};
use std::mem::MaybeUninit;

use super::{Unit, write_astral};
use crate::text::{copy_short, word};

/// The longest text that is short, in bytes.
pub const SHORT: usize = 64;
/// How many bytes are looked at together.
const BLOCK: usize = size_of::<__m128i>();
/// How far it is to the next block: the last two bytes may begin a character that ends there.
const STEP: usize = BLOCK - 2;
/// How many units are written together.
const EIGHT: usize = 8;

/// Writes all code points.
///
/// # Panics
/// If the text is not short, or there are not as many units as characters.
#[target_feature(enable = "avx2,popcnt")]
pub fn decode<U: Unit>(bytes: &[u8], units: &mut [MaybeUninit<U>]) {
    let mut room = [MaybeUninit::uninit(); SHORT + EIGHT];
    let (mut at, mut len) = (0, 0);
    while bytes.len() > at + BLOCK
        && let Some(block) = bytes[at..].first_chunk()
    {
        len += decode_some(load(block), (1 << STEP) - 1, &bytes[at..], &mut room[len..]);
        at += STEP;
    }
    // The last bytes, behind some that are done, or before zeros.
    let (last, keep, from) = match bytes.last_chunk() {
        Some(last) => {
            let from = bytes.len() - BLOCK;
            (load(last), u32::MAX << (at - from), from)
        }
        None => (few(bytes), (1 << bytes.len()) - 1, 0),
    };
    len += decode_some(last, keep, &bytes[from..], &mut room[len..]);
    assert_eq!(len, units.len(), "as many as was said");
    copy_short(&room[..len], units);
}

/// Writes the characters that begin at the bytes to keep of a block, and behind them what is
/// written over. Returns how many they are.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn decode_some<U: Unit>(
    block: __m128i,
    keep: u32,
    bytes: &[u8],
    room: &mut [MaybeUninit<U>],
) -> usize {
    let codes = codes::<U>(block);
    let (low, high) = (_mm256_castsi256_si128(codes), _mm256_extracti128_si256::<1>(codes));
    let begins = _mm_cmpgt_epi8(block, _mm_set1_epi8(0xbf_u8.cast_signed()));
    let begins = _mm_movemask_epi8(begins).cast_unsigned() & keep;
    let lows = (begins & 0xff).count_ones() as usize;
    write(together(low, begins), &mut room[..EIGHT]);
    write(together(high, begins >> EIGHT), &mut room[lows..][..EIGHT]);
    if size_of::<U>() == size_of::<char>() {
        let four = _mm_set1_epi8(0xf0_u8.cast_signed());
        let four = _mm_cmpeq_epi8(_mm_max_epu8(block, four), block);
        write_astral(_mm_movemask_epi8(four).cast_unsigned(), begins, bytes, room);
    }
    begins.count_ones() as usize
}

/// The code point of each character that begins in a block, if it has up to three bytes that are
/// all there, and is below U+0100 where units are that small.
#[target_feature(enable = "avx2")]
#[inline]
fn codes<U: Unit>(block: __m128i) -> __m256i {
    let more = |bytes| _mm256_and_si256(_mm256_cvtepu8_epi16(bytes), _mm256_set1_epi16(0x3f));
    let (first, second) = (_mm256_cvtepu8_epi16(block), more(_mm_srli_si128::<1>(block)));
    let two = _mm256_and_si256(first, _mm256_set1_epi16(0x1f));
    let two = _mm256_or_si256(_mm256_slli_epi16::<6>(two), second);
    let is_more = _mm256_cmpgt_epi16(first, _mm256_set1_epi16(0xbf));
    let codes = _mm256_blendv_epi8(first, two, is_more);
    if size_of::<U>() == 1 {
        return codes;
    }
    let third = more(_mm_srli_si128::<2>(block));
    // What is shifted out says that there are three bytes.
    let three = _mm256_or_si256(_mm256_slli_epi16::<12>(first), third);
    let three = _mm256_or_si256(three, _mm256_slli_epi16::<6>(second));
    let is_more = _mm256_cmpgt_epi16(first, _mm256_set1_epi16(0xdf));
    _mm256_blendv_epi8(codes, three, is_more)
}

/// Moves the codes for which there is a bit, of the lowest eight, to the front.
#[target_feature(enable = "avx2")]
#[inline]
fn together(codes: __m128i, bits: u32) -> __m128i {
    _mm_shuffle_epi8(codes, load(&PLACES[bits as usize & 0xff]))
}

/// Of each set of codes, a bit for each, where their bytes come from when they are moved to the
/// front.
#[expect(clippy::cast_possible_truncation, reason = "sixteen")]
static PLACES: [[u8; BLOCK]; 1 << EIGHT] = {
    let mut places = [[0; BLOCK]; 1 << EIGHT];
    let mut bits = 0;
    while bits < places.len() {
        let (mut from, mut to) = (0, 0);
        while from < BLOCK as u8 {
            if bits >> (from / 2) & 1 == 1 {
                places[bits][to] = from;
                to += 1;
            }
            from += 1;
        }
        bits += 1;
    }
    places
};

#[target_feature(enable = "avx2")]
#[inline]
fn write<U: Unit>(codes: __m128i, room: &mut [MaybeUninit<U>]) {
    // SAFETY: both are sixteen bytes, of which any are numbers.
    let codes = unsafe { std::mem::transmute::<__m128i, [u16; EIGHT]>(codes) };
    U::write_eight(codes, room.first_chunk_mut().expect("room for eight"));
}

#[inline]
fn load(block: &[u8; BLOCK]) -> __m128i {
    // SAFETY: SSE2 is part of every x86_64, and the unaligned load reads the bytes of `block`.
    unsafe { _mm_loadu_si128(block.as_ptr().cast()) }
}

/// Fewer bytes than a block, and zeros behind them.
#[inline]
fn few(bytes: &[u8]) -> __m128i {
    let (low, high) = match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            // They overlap, but for what comes behind the first eight.
            let behind = u64::from_le_bytes(*last) >> (8 * (BLOCK - 1 - bytes.len())) >> 8;
            (u64::from_le_bytes(*first), behind)
        }
        _ => (word(bytes).unwrap_or(0), 0),
    };
    // SAFETY: SSE2 is part of every x86_64.
    unsafe { _mm_set_epi64x(high.cast_signed(), low.cast_signed()) }
}
