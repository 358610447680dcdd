//! By AVX-512 (VBMI2), all at once.

use std::arch::x86_64::{
    __m512i, _mm_loadu_si128, _mm512_and_si512, _mm512_broadcast_i32x4, _mm512_cmpeq_epi8_mask,
    _mm512_cmpge_epu8_mask, _mm512_cmplt_epi8_mask, _mm512_cmplt_epu8_mask,
    _mm512_cmpneq_epi8_mask, _mm512_loadu_si512, _mm512_maskz_expand_epi8, _mm512_maskz_mov_epi8,
    _mm512_or_si512, _mm512_set1_epi8, _mm512_shuffle_epi8, _mm512_srli_epi16, _mm512_subs_epu8,
};

use super::{Glance, Seen, WINDOW, faults};
use crate::text::Width;

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi2,popcnt")]
pub fn glance(window: &[u8; WINDOW]) -> Glance {
    // SAFETY: the unaligned load reads the bytes of `window`.
    let bytes = unsafe { _mm512_loadu_si512(window.as_ptr().cast()) };
    let stops = _mm512_cmplt_epu8_mask(bytes, all(0x20))
        | _mm512_cmpeq_epi8_mask(bytes, all(b'"'))
        | _mm512_cmpeq_epi8_mask(bytes, all(b'\\'));
    if stops == 0 {
        return Glance { len: WINDOW, seen: None };
    }
    let len = stops.trailing_zeros() as usize;
    let text = _mm512_maskz_mov_epi8(!stops & (stops - 1), bytes);
    Glance { len, seen: if is_valid(text) { seen(text) } else { None } }
}

/// Of valid text that is not all ASCII.
#[target_feature(enable = "avx512f,avx512bw,popcnt")]
#[inline]
fn seen(text: __m512i) -> Option<Seen> {
    let continues = _mm512_cmplt_epi8_mask(text, all(0xc0));
    let reaches = |lead| _mm512_cmpge_epu8_mask(text, all(lead)) != 0;
    let width = match (reaches(0xc4), reaches(0xf0)) {
        (_, true) => Width::Astral,
        (true, _) => Width::Bmp,
        _ => Width::Latin1,
    };
    Seen::new(continues.count_ones(), width)
}

/// Whether text is UTF-8, if something comes behind it. (The tables tell how it is found.)
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2")]
#[inline]
fn is_valid(text: __m512i) -> bool {
    let behind = |bytes: u32| _mm512_maskz_expand_epi8(u64::MAX << bytes, text);
    let low = |bytes| _mm512_and_si512(bytes, all(0xf));
    let high = |bytes| low(_mm512_srli_epi16::<4>(bytes));
    let first = behind(1);
    let told = _mm512_and_si512(
        _mm512_and_si512(
            looked_up(&faults::FIRST_HIGH, high(first)),
            looked_up(&faults::FIRST_LOW, low(first)),
        ),
        looked_up(&faults::SECOND_HIGH, high(text)),
    );
    // The highest bit is set behind what has three bytes, and what has four.
    let third = _mm512_subs_epu8(behind(2), all(0xe0 - 0x80));
    let fourth = _mm512_subs_epu8(behind(3), all(0xf0 - 0x80));
    let must_be = _mm512_and_si512(_mm512_or_si512(third, fourth), all(0x80));
    _mm512_cmpneq_epi8_mask(must_be, told) == 0
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn looked_up(table: &[u8; 16], places: __m512i) -> __m512i {
    // SAFETY: the unaligned load reads the bytes of `table`.
    let table = unsafe { _mm_loadu_si128(table.as_ptr().cast()) };
    _mm512_shuffle_epi8(_mm512_broadcast_i32x4(table), places)
}

#[target_feature(enable = "avx512f")]
#[inline]
fn all(byte: u8) -> __m512i {
    _mm512_set1_epi8(byte.cast_signed())
}
