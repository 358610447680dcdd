//! By AVX-512 (VBMI2): as many characters at once as begin in 32 bytes, of whatever lengths. No
//! byte is read, and no unit written, that there is not: so nothing is copied first, or last.

use std::arch::x86_64::{
    __m512i, _bzhi_u64, _mm256_cmpge_epu8_mask, _mm256_cmpgt_epi8_mask, _mm256_mask_storeu_epi8,
    _mm256_maskz_loadu_epi8, _mm256_set1_epi8, _mm512_and_si512, _mm512_castsi512_si256,
    _mm512_cmpge_epu16_mask, _mm512_cvtepi16_epi8, _mm512_cvtepu8_epi16, _mm512_cvtepu16_epi32,
    _mm512_extracti64x4_epi64, _mm512_mask_mov_epi16, _mm512_mask_storeu_epi16,
    _mm512_mask_storeu_epi32, _mm512_maskz_compress_epi16, _mm512_or_si512, _mm512_set1_epi16,
    _mm512_slli_epi16,
};
use std::mem::MaybeUninit;

use super::{Unit, write_astral};

/// How many bytes are looked at together.
const BLOCK: usize = size_of::<__m512i>() / 2;

/// Writes all code points.
///
/// # Panics
/// If there are not as many units as characters.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi2,popcnt")]
pub fn decode<U: Unit>(mut bytes: &[u8], mut units: &mut [MaybeUninit<U>]) {
    while !bytes.is_empty() {
        let written = decode_some(bytes, units);
        bytes = &bytes[bytes.len().min(BLOCK)..];
        units = &mut units[written..];
    }
    assert!(units.is_empty(), "as many as was said");
}

/// Writes the characters that begin in the next block, and returns how many they are.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi2,popcnt")]
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "a block has 32 bytes")]
fn decode_some<U: Unit>(bytes: &[u8], units: &mut [MaybeUninit<U>]) -> usize {
    let there = first(bytes.len());
    let from = |at: usize| {
        // SAFETY: no more is read than there is.
        unsafe {
            let bytes = bytes.as_ptr().wrapping_add(at).cast();
            _mm256_maskz_loadu_epi8((there >> at) as u32, bytes)
        }
    };
    let block = from(0);
    let all = |bits: u16| _mm512_set1_epi16(bits.cast_signed());
    let rest = |at| _mm512_and_si512(_mm512_cvtepu8_epi16(from(at)), all(0x3f));
    let (lead, second) = (_mm512_cvtepu8_epi16(block), rest(1));
    let two = _mm512_slli_epi16::<6>(_mm512_and_si512(lead, all(0x1f)));
    let two = _mm512_or_si512(two, second);
    let mut codes = _mm512_mask_mov_epi16(lead, _mm512_cmpge_epu16_mask(lead, all(0xc0)), two);
    if size_of::<U>() > 1 {
        // What is shifted out says that there are three bytes.
        let three = _mm512_or_si512(_mm512_slli_epi16::<12>(lead), _mm512_slli_epi16::<6>(second));
        let three = _mm512_or_si512(three, rest(2));
        codes = _mm512_mask_mov_epi16(codes, _mm512_cmpge_epu16_mask(lead, all(0xe0)), three);
    }
    let byte = |byte: u8| _mm256_set1_epi8(byte.cast_signed());
    let begins = _mm256_cmpgt_epi8_mask(block, byte(0xbf)) & there as u32;
    let count = begins.count_ones() as usize;
    store(_mm512_maskz_compress_epi16(begins, codes), &mut units[..count]);
    if size_of::<U>() == size_of::<char>() {
        write_astral(_mm256_cmpge_epu8_mask(block, byte(0xf0)), begins, bytes, units);
    }
    count
}

/// A bit for each of so many, or for each that there is one for.
#[target_feature(enable = "bmi2")]
#[inline]
fn first(len: usize) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "at most 64")]
    _bzhi_u64(u64::MAX, len.min(64) as u32)
}

/// Writes the first codes, each of which fits a unit.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,bmi2")]
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "there are 32 codes")]
fn store<U: Unit>(codes: __m512i, units: &mut [MaybeUninit<U>]) {
    let (places, room) = (first(units.len()) as u32, units.as_mut_ptr());
    // SAFETY: no more is written than there are units, which are numbers of one, two or four bytes.
    unsafe {
        match size_of::<U>() {
            1 => _mm256_mask_storeu_epi8(room.cast(), places, _mm512_cvtepi16_epi8(codes)),
            2 => _mm512_mask_storeu_epi16(room.cast(), places, codes),
            _ => {
                let low = _mm512_cvtepu16_epi32(_mm512_castsi512_si256(codes));
                _mm512_mask_storeu_epi32(room.cast(), places as u16, low);
                if units.len() > 16 {
                    let high = _mm512_cvtepu16_epi32(_mm512_extracti64x4_epi64::<1>(codes));
                    _mm512_mask_storeu_epi32(room.add(16).cast(), (places >> 16) as u16, high);
                }
            }
        }
    }
}
