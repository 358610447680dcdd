//! What is done in blocks as wide as the processor has them.

#[cfg(target_arch = "x86_64")]
use super::simd::{BLOCK, special_wide};
use super::simd::{WINDOW, specials};

/// A way to look at bytes.
pub trait Blocks {
    /// A bit for each byte that is not plain, the first one's lowest.
    fn specials(window: &[u8; WINDOW]) -> u64;
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

/// Does `work` in the widest blocks that there are.
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn in_blocks<W: InBlocks>(work: W) -> W::Done {
    #[target_feature(enable = "avx2")]
    fn in_wide_blocks<W: InBlocks>(work: W) -> W::Done {
        work.run::<Wide>()
    }
    if is_x86_feature_detected!("avx2") {
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
