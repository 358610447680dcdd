//! Sixteen bytes at once on ARM, whose processors have no way to gather a bit of each byte.

use std::arch::aarch64::{
    uint8x16_t, uint64x2_t, vaddvq_u64, vandq_u8, vceqq_u8, vcltq_s8, vcltq_u8, vdupq_n_s8,
    vdupq_n_u8, vdupq_n_u64, vget_lane_u64, vgetq_lane_u64, vld1q_u8, vmaxq_u8, vmaxvq_u8,
    vorrq_u8, vpadalq_u32, vpaddlq_u8, vpaddlq_u16, vpaddq_u8, vreinterpret_u64_u8,
    vreinterpretq_s8_u8, vreinterpretq_u16_u8, vreinterpretq_u64_u8, vshrn_n_u16, vshrq_n_u8,
};

use super::{BLOCK, Stretch, WINDOW, keep};

#[inline]
fn load(block: &[u8; BLOCK]) -> uint8x16_t {
    // SAFETY: NEON is part of every aarch64; the load reads the 16 bytes of `block`.
    unsafe { vld1q_u8(block.as_ptr()) }
}

/// All ones where a byte is `"` or `\`.
#[inline]
fn quoted(bytes: uint8x16_t) -> uint8x16_t {
    // SAFETY: NEON is part of every aarch64.
    unsafe { vorrq_u8(vceqq_u8(bytes, vdupq_n_u8(b'"')), vceqq_u8(bytes, vdupq_n_u8(b'\\'))) }
}

/// All ones where a byte is not plain.
#[inline]
fn stops(block: &[u8; BLOCK]) -> uint8x16_t {
    let bytes = load(block);
    // SAFETY: NEON is part of every aarch64. Bytes from 0x80 up are negative, so that one
    // comparison finds both ends.
    unsafe {
        let low = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0x20));
        vorrq_u8(low, quoted(bytes))
    }
}

/// Where the first byte is of which all bits are set; the others have none.
#[inline]
fn first(set: uint8x16_t) -> Option<usize> {
    // SAFETY: NEON is part of every aarch64. Half of each byte remains, in order.
    let halves = unsafe {
        let halves = vshrn_n_u16::<4>(vreinterpretq_u16_u8(set));
        vget_lane_u64::<0>(vreinterpret_u64_u8(halves))
    };
    (halves != 0).then(|| halves.trailing_zeros() as usize / 4)
}

/// Where the first byte is that is not plain.
#[inline]
pub fn first_special(block: &[u8; BLOCK]) -> Option<usize> {
    first(stops(block))
}

/// A bit for each byte that is not plain, the first one's lowest.
#[inline]
pub fn specials(window: &[u8; WINDOW]) -> u64 {
    const PLACES: [u8; BLOCK] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];
    let (blocks, _) = window.as_chunks();
    // SAFETY: NEON is part of every aarch64. Neighbours are added three times, until each byte has
    // the bits of eight.
    unsafe {
        let bits = |block| vandq_u8(stops(block), load(&PLACES));
        let low = vpaddq_u8(bits(&blocks[0]), bits(&blocks[1]));
        let high = vpaddq_u8(bits(&blocks[2]), bits(&blocks[3]));
        let all = vpaddq_u8(low, high);
        vgetq_lane_u64::<0>(vreinterpretq_u64_u8(vpaddq_u8(all, all)))
    }
}

/// A stretch that is being counted.
pub struct Tally {
    len: usize,
    continuations: uint64x2_t,
    highest: uint8x16_t,
}

impl Default for Tally {
    #[inline]
    fn default() -> Self {
        // SAFETY: NEON is part of every aarch64.
        let (continuations, highest) = unsafe { (vdupq_n_u64(0), vdupq_n_u8(0)) };
        Self { len: 0, continuations, highest }
    }
}

impl Tally {
    /// There are no blocks wider than these.
    #[inline]
    pub fn of_wide_blocks(bytes: &[u8]) -> (Self, &[u8]) {
        (Self::default(), bytes)
    }

    /// Takes what belongs to the stretch; whether all does.
    #[inline]
    pub fn goes_on(&mut self, block: &[u8; BLOCK]) -> bool {
        let bytes = load(block);
        // SAFETY: NEON is part of every aarch64.
        let stops = unsafe { vorrq_u8(vcltq_u8(bytes, vdupq_n_u8(0x20)), quoted(bytes)) };
        let len = first(stops).unwrap_or(BLOCK);
        // SAFETY: NEON is part of every aarch64. What only continues a character is less than the
        // byte, signed, that begins one.
        unsafe {
            let bytes = vandq_u8(bytes, load(keep(len)));
            self.highest = vmaxq_u8(self.highest, bytes);
            let continue_ = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0xc0_u8.cast_signed()));
            let sums = vpaddlq_u16(vpaddlq_u8(vshrq_n_u8::<7>(continue_)));
            self.continuations = vpadalq_u32(self.continuations, sums);
        }
        self.len += len;
        len == BLOCK
    }

    #[inline]
    pub fn stretch(self) -> Stretch {
        // SAFETY: NEON is part of every aarch64.
        let (continuation, highest) =
            unsafe { (vaddvq_u64(self.continuations), vmaxvq_u8(self.highest)) };
        let continuation = usize::try_from(continuation).expect("no more than there are bytes");
        Stretch { len: self.len, continuation, highest }
    }
}
