//! By AVX2, in halves.

use std::arch::x86_64::{
    __m128i, __m256i, _mm_loadu_si128, _mm256_alignr_epi8, _mm256_and_si256,
    _mm256_broadcastsi128_si256, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8, _mm256_loadu_si256,
    _mm256_max_epu8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_or_si256,
    _mm256_permute2x128_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
    _mm256_srli_epi16, _mm256_subs_epu8, _mm256_testz_si256, _mm256_xor_si256,
};

use super::{Glance, Seen, WINDOW, faults};
use crate::text::Width;

/// Half a window.
const HALF: usize = size_of::<__m256i>();

#[target_feature(enable = "avx2,popcnt")]
pub fn glance(window: &[u8; WINDOW]) -> Glance {
    let ([low, high], []) = window.as_chunks() else { unreachable!("two halves") };
    let (low, zero) = (load(low), _mm256_setzero_si256());
    let stops = stops_in(low);
    if stops != 0 {
        let len = stops.trailing_zeros() as usize;
        let text = kept(low, len);
        return Glance { len, seen: seen(continuations(text), text, faults_in(text, zero)) };
    }
    let high = load(high);
    let stops = stops_in(high);
    if stops == 0 {
        return Glance { len: WINDOW, seen: None };
    }
    let len = stops.trailing_zeros() as usize;
    let high = kept(high, len);
    let faults = _mm256_or_si256(faults_in(low, zero), faults_in(high, low));
    let continuation = continuations(low) + continuations(high);
    let highest = _mm256_max_epu8(low, high);
    Glance { len: HALF + len, seen: seen(continuation, highest, faults) }
}

#[target_feature(enable = "avx2")]
#[inline]
fn seen(continuation: u32, highest: __m256i, faults: __m256i) -> Option<Seen> {
    if _mm256_testz_si256(faults, faults) == 0 {
        return None;
    }
    let reaches = |lead| bits(_mm256_cmpeq_epi8(_mm256_max_epu8(highest, all(lead)), highest));
    let width = if reaches(0xc4) == 0 {
        Width::Latin1
    } else if reaches(0xf0) == 0 {
        Width::Bmp
    } else {
        Width::Astral
    };
    Seen::new(continuation, width)
}

/// A bit for each `"`, `\` and control character.
#[target_feature(enable = "avx2")]
#[inline]
fn stops_in(half: __m256i) -> u32 {
    let control = _mm256_cmpeq_epi8(_mm256_min_epu8(half, all(0x1f)), half);
    let quote = _mm256_cmpeq_epi8(half, all(b'"'));
    let backslash = _mm256_cmpeq_epi8(half, all(b'\\'));
    bits(_mm256_or_si256(control, _mm256_or_si256(quote, backslash)))
}

/// How many bytes only continue a character.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn continuations(half: __m256i) -> u32 {
    bits(_mm256_cmpgt_epi8(all(0xc0), half)).count_ones()
}

/// Something wherever what comes there, after `before`, is not UTF-8. What is cut is found at the
/// byte behind it. (The tables tell how.)
#[target_feature(enable = "avx2")]
#[inline]
fn faults_in(half: __m256i, before: __m256i) -> __m256i {
    let middle = _mm256_permute2x128_si256::<0x21>(before, half);
    let first = _mm256_alignr_epi8::<15>(half, middle);
    let told = _mm256_and_si256(
        _mm256_and_si256(
            looked_up(&faults::FIRST_HIGH, high(first)),
            looked_up(&faults::FIRST_LOW, low(first)),
        ),
        looked_up(&faults::SECOND_HIGH, high(half)),
    );
    // The highest bit is set behind what has three bytes, and what has four.
    let third = _mm256_subs_epu8(_mm256_alignr_epi8::<14>(half, middle), all(0xe0 - 0x80));
    let fourth = _mm256_subs_epu8(_mm256_alignr_epi8::<13>(half, middle), all(0xf0 - 0x80));
    let must_be = _mm256_and_si256(_mm256_or_si256(third, fourth), all(0x80));
    _mm256_xor_si256(must_be, told)
}

#[target_feature(enable = "avx2")]
#[inline]
fn high(bytes: __m256i) -> __m256i {
    low(_mm256_srli_epi16::<4>(bytes))
}

#[target_feature(enable = "avx2")]
#[inline]
fn low(bytes: __m256i) -> __m256i {
    _mm256_and_si256(bytes, all(0xf))
}

#[target_feature(enable = "avx2")]
#[inline]
fn looked_up(table: &[u8; 16], places: __m256i) -> __m256i {
    // SAFETY: the unaligned load reads the bytes of `table`.
    let table: __m128i = unsafe { _mm_loadu_si128(table.as_ptr().cast()) };
    _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), places)
}

#[target_feature(enable = "avx2")]
#[inline]
fn all(byte: u8) -> __m256i {
    _mm256_set1_epi8(byte.cast_signed())
}

/// The highest bit of each byte, the first one's lowest.
#[target_feature(enable = "avx2")]
#[inline]
fn bits(half: __m256i) -> u32 {
    _mm256_movemask_epi8(half).cast_unsigned()
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(half: &[u8; HALF]) -> __m256i {
    // SAFETY: the unaligned load reads the bytes of `half`.
    unsafe { _mm256_loadu_si256(half.as_ptr().cast()) }
}

/// The first so many bytes, and zeros behind them.
#[target_feature(enable = "avx2")]
#[inline]
fn kept(half: __m256i, len: usize) -> __m256i {
    static KEEP: [[u8; HALF]; 2] = [[0xff; HALF], [0; HALF]];
    let keep = KEEP.as_flattened()[HALF - len..].first_chunk().expect("a half's mask");
    _mm256_and_si256(half, load(keep))
}
