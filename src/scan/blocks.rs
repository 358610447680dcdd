//! What is done in blocks as wide as the processor has them.

#[cfg(target_arch = "x86_64")]
mod avx512;

#[cfg(target_arch = "x86_64")]
use super::simd::{BLOCK, special_wide};
use super::simd::{WINDOW, specials};
#[cfg(target_arch = "x86_64")]
use crate::processor::{has_avx2, has_avx512};

/// A way to look at bytes.
pub trait Blocks {
    /// A bit for each byte that is not plain, the first one's lowest.
    fn specials(window: &[u8; WINDOW]) -> u64;

    /// Puts together ASCII text and simple escapes, if that can be done all at once: those of which
    /// there is a meaning, other than zero, for the byte after `\`. Returns how far they go, and how
    /// much is written; behind that is anything.
    #[expect(clippy::inline_always, reason = "mostly there is nothing to it")]
    #[inline(always)]
    fn unescape(
        _window: &[u8; WINDOW],
        _meanings: &[u8; 0x80],
        _out: &mut [u8; WINDOW],
    ) -> Option<(usize, usize)> {
        None
    }
}

/// Something to do in blocks. All of it should be inlined into `run`.
pub trait InBlocks {
    type Done;
    fn run<B: Blocks>(self) -> Self::Done;
}

struct Narrow;

impl Blocks for Narrow {
    #[inline]
    fn specials(window: &[u8; WINDOW]) -> u64 {
        specials(window)
    }
}

/// Of AVX2: only for work that is done where the processor has it.
#[cfg(target_arch = "x86_64")]
struct Wide;

#[cfg(target_arch = "x86_64")]
impl Blocks for Wide {
    #[expect(clippy::inline_always, reason = "to be compiled for AVX2 with what is around it")]
    #[inline(always)]
    fn specials(window: &[u8; WINDOW]) -> u64 {
        let (blocks, _) = window.as_chunks();
        // SAFETY: the processor has AVX2: this type is private here, and only `in_wide_blocks`
        // names it, which is called after that was asked.
        let special = |block| unsafe { special_wide(block) };
        u64::from(special(&blocks[1])) << (2 * BLOCK) | u64::from(special(&blocks[0]))
    }
}

/// Of AVX-512, in the same way.
#[cfg(target_arch = "x86_64")]
struct Widest;

#[cfg(target_arch = "x86_64")]
impl Blocks for Widest {
    #[expect(clippy::inline_always, reason = "to be compiled for AVX2 with what is around it")]
    #[inline(always)]
    fn specials(window: &[u8; WINDOW]) -> u64 {
        Wide::specials(window)
    }

    #[expect(clippy::inline_always, reason = "to be compiled for AVX-512 with what is around it")]
    #[inline(always)]
    fn unescape(
        window: &[u8; WINDOW],
        meanings: &[u8; 0x80],
        out: &mut [u8; WINDOW],
    ) -> Option<(usize, usize)> {
        // SAFETY: the processor has AVX-512: this type is private here, and only `in_widest_blocks`
        // names it, which is called after that was asked.
        Some(unsafe { avx512::unescape(window, meanings, out) })
    }
}

/// Does `work` in the widest blocks that there are.
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn in_blocks<W: InBlocks>(work: W) -> W::Done {
    #[target_feature(enable = "avx2")]
    fn in_wide_blocks<W: InBlocks>(work: W) -> W::Done {
        work.run::<Wide>()
    }
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi2,popcnt")]
    fn in_widest_blocks<W: InBlocks>(work: W) -> W::Done {
        work.run::<Widest>()
    }
    if has_avx512() {
        // SAFETY: the processor has it.
        unsafe { in_widest_blocks(work) }
    } else if has_avx2() {
        // SAFETY: the processor has it.
        unsafe { in_wide_blocks(work) }
    } else {
        work.run::<Narrow>()
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub fn in_blocks<W: InBlocks>(work: W) -> W::Done {
    work.run::<Narrow>()
}

/// Does it in blocks that every processor has.
#[cfg(test)]
pub fn in_narrow_blocks<W: InBlocks>(work: W) -> W::Done {
    work.run::<Narrow>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Specials<'a>(&'a [u8; WINDOW]);

    impl InBlocks for Specials<'_> {
        type Done = u64;
        fn run<B: Blocks>(self) -> u64 {
            B::specials(self.0)
        }
    }

    proptest! {
        #[test]
        fn wide_blocks_show_what_narrow_ones_do(bytes: [u8; WINDOW]) {
            prop_assert_eq!(in_blocks(Specials(&bytes)), Narrow::specials(&bytes));
        }
    }
}
