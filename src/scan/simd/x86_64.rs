//! Sixteen bytes at once on x86, and 32 where the processor has AVX2.

use std::arch::x86_64::{
    __m128i, __m256i, _mm_add_epi64, _mm_and_si128, _mm_cmpeq_epi8, _mm_cmplt_epi8,
    _mm_cvtsi128_si64, _mm_loadu_si128, _mm_max_epu8, _mm_min_epu8, _mm_movemask_epi8,
    _mm_or_si128, _mm_sad_epu8, _mm_set1_epi8, _mm_setzero_si128, _mm_srli_si128, _mm256_add_epi64,
    _mm256_and_si256, _mm256_castsi256_si128, _mm256_cmpeq_epi8, _mm256_cmpgt_epi8,
    _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_max_epu8, _mm256_min_epu8,
    _mm256_movemask_epi8, _mm256_or_si256, _mm256_sad_epu8, _mm256_set1_epi8, _mm256_setzero_si256,
};

use super::{BLOCK, Stretch, WINDOW, keep};
use crate::processor::has_avx2;

/// Where the first byte is that is not plain.
#[inline]
pub fn first_special(block: &[u8; BLOCK]) -> Option<usize> {
    let stops = special(block);
    (stops != 0).then(|| stops.trailing_zeros() as usize)
}

/// A bit for each byte that is not plain, the first one's lowest.
#[inline]
pub fn specials(window: &[u8; WINDOW]) -> u64 {
    let (blocks, _) = window.as_chunks();
    blocks.iter().rev().fold(0, |bits, block| bits << BLOCK | u64::from(special(block)))
}

/// The same of a block.
#[inline]
fn special(block: &[u8; BLOCK]) -> u32 {
    // SAFETY: SSE2 is part of every x86_64, and the unaligned load reads the 16 bytes of `block`.
    unsafe {
        let block = _mm_loadu_si128(block.as_ptr().cast());
        // Signed: bytes from 0x80 up are negative, so that one comparison finds both ends.
        let low = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
        let quote = _mm_cmpeq_epi8(block, _mm_set1_epi8(b'"'.cast_signed()));
        let backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8(b'\\'.cast_signed()));
        _mm_movemask_epi8(_mm_or_si128(low, _mm_or_si128(quote, backslash))).cast_unsigned()
    }
}

/// The same of two.
#[inline]
#[target_feature(enable = "avx2")]
pub fn special_wide(block: &[u8; 2 * BLOCK]) -> u32 {
    // SAFETY: the unaligned load reads the 32 bytes of `block`.
    let block = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
    let low = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), block);
    let quote = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(b'"'.cast_signed()));
    let backslash = _mm256_cmpeq_epi8(block, _mm256_set1_epi8(b'\\'.cast_signed()));
    _mm256_movemask_epi8(_mm256_or_si256(low, _mm256_or_si256(quote, backslash))).cast_unsigned()
}

/// A stretch that is being counted.
pub struct Tally {
    len: usize,
    continuations: __m128i,
    highest: __m128i,
}

impl Default for Tally {
    #[inline]
    fn default() -> Self {
        // SAFETY: SSE2 is part of every x86_64.
        let zero = unsafe { _mm_setzero_si128() };
        Self { len: 0, continuations: zero, highest: zero }
    }
}

impl Tally {
    /// Takes what comes before the block of 32 that ends the stretch, and leaves the rest; all
    /// of it where the processor has no blocks so wide.
    #[inline]
    pub fn of_wide_blocks(bytes: &[u8]) -> (Self, &[u8]) {
        let mut tally = Self::default();
        if has_avx2() {
            // SAFETY: the processor has it.
            tally = unsafe { of_wide_blocks(bytes) };
        }
        let rest = &bytes[tally.len..];
        (tally, rest)
    }

    /// Takes what belongs to the stretch; whether all does.
    #[inline]
    pub fn goes_on(&mut self, block: &[u8; BLOCK]) -> bool {
        // SAFETY: SSE2 is part of every x86_64, and the unaligned load reads the 16 bytes.
        let stops = unsafe {
            let block = _mm_loadu_si128(block.as_ptr().cast());
            let control = _mm_cmpeq_epi8(_mm_min_epu8(block, _mm_set1_epi8(0x1f)), block);
            let quote = _mm_cmpeq_epi8(block, _mm_set1_epi8(b'"'.cast_signed()));
            let backslash = _mm_cmpeq_epi8(block, _mm_set1_epi8(b'\\'.cast_signed()));
            _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)))
        };
        let len = (stops.cast_unsigned() | 1 << BLOCK).trailing_zeros() as usize;
        self.count(block, len);
        len == BLOCK
    }

    /// Takes the first bytes of a block.
    #[inline]
    fn count(&mut self, block: &[u8; BLOCK], len: usize) {
        // SAFETY: SSE2 is part of every x86_64, and the unaligned loads read 16 bytes each.
        unsafe {
            let keep = _mm_loadu_si128(keep(len).as_ptr().cast());
            let block = _mm_and_si128(_mm_loadu_si128(block.as_ptr().cast()), keep);
            self.highest = _mm_max_epu8(self.highest, block);
            let continue_ = _mm_cmplt_epi8(block, _mm_set1_epi8(0xc0_u8.cast_signed()));
            let ones = _mm_and_si128(continue_, _mm_set1_epi8(1));
            let sums = _mm_sad_epu8(ones, _mm_setzero_si128());
            self.continuations = _mm_add_epi64(self.continuations, sums);
        }
        self.len += len;
    }

    #[inline]
    pub fn stretch(self) -> Stretch {
        // SAFETY: SSE2 is part of every x86_64.
        let (continuation, highest) = unsafe {
            let sums = self.continuations;
            let sum = _mm_add_epi64(sums, _mm_srli_si128::<8>(sums));
            let highest = self.highest;
            let highest = _mm_max_epu8(highest, _mm_srli_si128::<8>(highest));
            let highest = _mm_max_epu8(highest, _mm_srli_si128::<4>(highest));
            let highest = _mm_max_epu8(highest, _mm_srli_si128::<2>(highest));
            let highest = _mm_max_epu8(highest, _mm_srli_si128::<1>(highest));
            (_mm_cvtsi128_si64(sum), _mm_cvtsi128_si64(highest))
        };
        let [highest, ..] = highest.to_le_bytes();
        let continuation = usize::try_from(continuation).expect("no more than there are bytes");
        Stretch { len: self.len, continuation, highest }
    }
}

#[target_feature(enable = "avx2")]
fn of_wide_blocks(bytes: &[u8]) -> Tally {
    let (blocks, _) = bytes.as_chunks::<{ size_of::<__m256i>() }>();
    let zero = _mm256_setzero_si256();
    let (mut len, mut continuations, mut highest) = (0, zero, zero);
    for block in blocks {
        // SAFETY: the unaligned load reads the 32 bytes of `block`.
        let bytes = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
        let control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
        let quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'"'.cast_signed()));
        let backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\'.cast_signed()));
        let stops = _mm256_or_si256(control, _mm256_or_si256(quote, backslash));
        if _mm256_movemask_epi8(stops) != 0 {
            break;
        }
        let continue_ = _mm256_cmpgt_epi8(_mm256_set1_epi8(0xc0_u8.cast_signed()), bytes);
        let ones = _mm256_and_si256(continue_, _mm256_set1_epi8(1));
        continuations = _mm256_add_epi64(continuations, _mm256_sad_epu8(ones, zero));
        highest = _mm256_max_epu8(highest, bytes);
        len += block.len();
    }
    let halves = |all| (_mm256_castsi256_si128(all), _mm256_extracti128_si256::<1>(all));
    let (continuations, highest) = (halves(continuations), halves(highest));
    Tally {
        len,
        continuations: _mm_add_epi64(continuations.0, continuations.1),
        highest: _mm_max_epu8(highest.0, highest.1),
    }
}
