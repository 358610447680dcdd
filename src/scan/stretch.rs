//! Bytes that may be text, before anybody has said that they are UTF-8.

use super::simd::{BLOCK, Tally};

/// What comes before the first `"`, `\` or control character, or before the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stretch {
    /// How many bytes it has.
    pub len: usize,
    /// How many of them only continue a character.
    pub continuation: usize,
    /// The highest byte.
    pub highest: u8,
}

impl Stretch {
    /// The one that `bytes` begin with.
    pub fn of(bytes: &[u8]) -> Self {
        let (mut tally, rest) = Tally::of_wide_blocks(bytes);
        let (blocks, rest) = rest.as_chunks();
        if blocks.iter().all(|block| tally.goes_on(block)) {
            // The zeros behind them end it, if nothing else does.
            let mut last = [0; BLOCK];
            last[..rest.len()].copy_from_slice(rest);
            tally.goes_on(&last);
        }
        tally.stretch()
    }
}
