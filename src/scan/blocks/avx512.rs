//! Escapes, all of a window at once, by AVX-512 (VBMI and VBMI2).

use std::arch::x86_64::{
    __m512i, _mm512_cmpeq_epi8_mask, _mm512_cmplt_epu8_mask, _mm512_loadu_si512,
    _mm512_mask_mov_epi8, _mm512_mask_testn_epi8_mask, _mm512_maskz_compress_epi8,
    _mm512_movepi8_mask, _mm512_permutex2var_epi8, _mm512_set1_epi8, _mm512_storeu_si512,
};

use super::WINDOW;

/// As [`Blocks::unescape`](super::Blocks::unescape) says; an escape that the window cuts is none.
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,popcnt")]
#[inline]
pub fn unescape(
    window: &[u8; WINDOW],
    meanings: &[u8; 0x80],
    out: &mut [u8; WINDOW],
) -> (usize, usize) {
    let is = |bytes, byte: u8| _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(byte.cast_signed()));
    let bytes = load(window);
    let begins = begins(is(bytes, b'\\'));
    let escaped = begins << 1;
    let ([low, high], []) = meanings.as_chunks() else { unreachable!("two windows of meanings") };
    let meaning = _mm512_permutex2var_epi8(load(low), bytes, load(high));
    let other = _mm512_movepi8_mask(bytes);
    let wrong = escaped & other | _mm512_mask_testn_epi8_mask(escaped, meaning, meaning);
    let control = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20));
    let quote = is(bytes, b'"') & !escaped;
    let mut stops = quote | control | other | begins & 1 << (WINDOW - 1);
    // Branches are foretold: what comes next need not wait for what they ask.
    if wrong != 0 {
        stops |= wrong >> 1;
    }
    let (len, before) = match stops {
        0 => (WINDOW, u64::MAX),
        _ => (stops.trailing_zeros() as usize, !stops & (stops - 1)),
    };
    let kept = before & !begins;
    let text = _mm512_mask_mov_epi8(bytes, escaped, meaning);
    // SAFETY: the unaligned store writes the bytes of `out`.
    unsafe {
        let text = _mm512_maskz_compress_epi8(kept, text);
        _mm512_storeu_si512(out.as_mut_ptr().cast(), text);
    }
    (len, kept.count_ones() as usize)
}

/// Which backslashes begin an escape: the first of each row, the third, and so on.
#[inline]
fn begins(backslashes: u64) -> u64 {
    const EVEN: u64 = 0x5555_5555_5555_5555;
    // Mostly each is alone.
    if backslashes & backslashes << 1 == 0 {
        return backslashes;
    }
    let rows = backslashes & !(backslashes << 1);
    // What is added to the first bit of a row clears all of them.
    let from_even = backslashes & !backslashes.wrapping_add(rows & EVEN);
    from_even & EVEN | backslashes & !from_even & !EVEN
}

#[target_feature(enable = "avx512f")]
#[inline]
fn load(window: &[u8; WINDOW]) -> __m512i {
    // SAFETY: the unaligned load reads the bytes of `window`.
    unsafe { _mm512_loadu_si512(window.as_ptr().cast()) }
}
