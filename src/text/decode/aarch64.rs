//! Characters of three bytes on ARM, eight at a time.

use std::arch::aarch64::{
    uint8x16x2_t, vandq_u16, vceqq_u16, vdupq_n_u16, vget_lane_u64, vgetq_lane_u64, vld1q_u8,
    vmovn_u16, vorrq_u16, vqtbl2q_u8, vreinterpret_u64_u8, vreinterpretq_u16_u8,
    vreinterpretq_u64_u16, vshlq_n_u16, vshrq_n_u16,
};

use super::{BLOCK, Four};

/// Where the first bytes of eight characters go, if the last four are 12 bytes behind the others,
/// and each 16 from there on; from 0xff comes nothing.
const FIRSTS: [u8; 16] =
    [0, 0xff, 3, 0xff, 6, 0xff, 9, 0xff, 16, 0xff, 19, 0xff, 22, 0xff, 25, 0xff];
/// Where the third and second bytes go.
const OTHERS: [u8; 16] = [2, 1, 5, 4, 8, 7, 11, 10, 18, 17, 21, 20, 24, 23, 27, 26];

/// The characters of three bytes each that some text begins with, as in Chinese, and how many they
/// are: at least one, at most eight. Behind them is anything.
#[inline]
pub fn eight_of_three(block: &[u8; BLOCK]) -> ([Four; 2], usize) {
    // SAFETY: NEON is part of every aarch64; the loads read bytes 0 to 16 and 12 to 28 of `block`,
    // and 16 of each table.
    unsafe {
        let bytes = uint8x16x2_t(vld1q_u8(block.as_ptr()), vld1q_u8(block.as_ptr().add(12)));
        let taken =
            |places: &[u8; 16]| vreinterpretq_u16_u8(vqtbl2q_u8(bytes, vld1q_u8(places.as_ptr())));
        let (first, other) = (taken(&FIRSTS), taken(&OTHERS));
        let leads = vceqq_u16(vandq_u16(first, vdupq_n_u16(0xf0)), vdupq_n_u16(0xe0));
        let leads = vget_lane_u64::<0>(vreinterpret_u64_u8(vmovn_u16(leads)));
        // What is shifted out says that there are three bytes.
        let first = vshlq_n_u16::<12>(first);
        let second = vshrq_n_u16::<2>(vandq_u16(other, vdupq_n_u16(0x3f00)));
        let third = vandq_u16(other, vdupq_n_u16(0x003f));
        let codes = vreinterpretq_u64_u16(vorrq_u16(first, vorrq_u16(second, third)));
        let codes = [vgetq_lane_u64::<0>(codes), vgetq_lane_u64::<1>(codes)];
        (codes, leads.trailing_ones() as usize / 8)
    }
}
