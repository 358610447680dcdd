//! What the processor has that this runs on.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

const UNKNOWN: u8 = 0;
const PLAIN: u8 = 1;
const AVX2: u8 = 2;
const AVX512: u8 = 3;
/// What is asked for every short string: so all answers are kept as one.
static HAS: AtomicU8 = AtomicU8::new(UNKNOWN);

/// Whether that is AVX2, and POPCNT with it.
#[inline]
pub fn has_avx2() -> bool {
    has() >= AVX2
}

/// Whether that is also AVX-512 for bytes and words, with VBMI and VBMI2, and BMI2.
#[inline]
pub fn has_avx512() -> bool {
    has() == AVX512
}

#[inline]
fn has() -> u8 {
    match HAS.load(Relaxed) {
        UNKNOWN => ask(),
        known => known,
    }
}

#[cold]
fn ask() -> u8 {
    let has_avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt");
    let has_avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("bmi2");
    let has = match (has_avx2, has_avx512) {
        (false, _) => PLAIN,
        (true, false) => AVX2,
        (true, true) => AVX512,
    };
    HAS.store(has, Relaxed);
    has
}
