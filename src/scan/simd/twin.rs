//! The same byte by byte, for all other processors.

use super::super::plain::is_plain;
use super::{BLOCK, Stretch, WINDOW};

/// Where the first byte is that is not plain.
pub fn first_special(block: &[u8; BLOCK]) -> Option<usize> {
    block.iter().position(|&byte| !is_plain(byte))
}

/// A bit for each byte that is not plain, the first one's lowest.
pub fn specials(window: &[u8; WINDOW]) -> u64 {
    window.iter().rev().fold(0, |bits, &byte| bits << 1 | u64::from(!is_plain(byte)))
}

/// A stretch that is being counted.
#[derive(Default)]
pub struct Tally(Stretch);

impl Tally {
    /// There are no blocks wider than these.
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub fn of_wide_blocks(bytes: &[u8]) -> (Self, &[u8]) {
        (Self::default(), bytes)
    }

    /// Takes what belongs to the stretch; whether all does.
    pub fn goes_on(&mut self, block: &[u8; BLOCK]) -> bool {
        block.iter().all(|&byte| {
            let is_text = byte >= 0x20 && byte != b'"' && byte != b'\\';
            if is_text {
                self.0.len += 1;
                self.0.continuation += usize::from(byte & 0xc0 == 0x80);
                self.0.highest = self.0.highest.max(byte);
            }
            is_text
        })
    }

    pub fn stretch(self) -> Stretch {
        self.0
    }
}
