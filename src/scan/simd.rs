//! What is done to many bytes at once, each processor in its way: the same functions everywhere.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(any(test, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod twin;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub use self::aarch64::{Tally, first_special, specials};
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
pub use self::twin::{Tally, first_special, specials};
#[cfg(target_arch = "x86_64")]
pub use self::x86_64::{Tally, first_special, special_wide, specials};

use super::stretch::Stretch;

/// How many bytes every processor looks at together.
pub const BLOCK: usize = 16;
/// How many bytes have a bit each in one number.
pub const WINDOW: usize = 64;

/// A mask that keeps the first so many bytes of a block.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline]
fn keep(len: usize) -> &'static [u8; BLOCK] {
    static KEEP: [[u8; BLOCK]; 2] = [[0xff; BLOCK], [0; BLOCK]];
    KEEP.as_flattened()[BLOCK - len..].first_chunk().expect("a block's mask")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text_like() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![30 => 0x20_u8.., 1 => any::<u8>()], 0..100)
    }

    proptest! {
        #[test]
        fn specials_agree_with_their_twin(window: [u8; WINDOW]) {
            let block = window.first_chunk().unwrap();
            prop_assert_eq!(first_special(block), twin::first_special(block));
            prop_assert_eq!(specials(&window), twin::specials(&window));
        }

        #[test]
        fn a_tally_agrees_with_its_twin(bytes in text_like()) {
            let (mut tally, mut twin) = (Tally::default(), twin::Tally::default());
            for block in bytes.as_chunks().0 {
                prop_assert_eq!(tally.goes_on(block), twin.goes_on(block));
            }
            prop_assert_eq!(tally.stretch(), twin.stretch());
        }

        #[test]
        fn a_stretch_ends_where_it_must(bytes in text_like()) {
            let mut twin = twin::Tally::default();
            let ended = [&bytes[..], &[0; BLOCK]].concat();
            let _ = ended.as_chunks().0.iter().all(|block| twin.goes_on(block));
            prop_assert_eq!(Stretch::of(&bytes), twin.stretch());
        }
    }

    #[test]
    fn every_byte_is_plain_or_special_as_its_twin_says() {
        for byte in 0..=255 {
            for place in 0..BLOCK {
                let mut block = [b'a'; BLOCK];
                block[place] = byte;
                assert_eq!(first_special(&block), twin::first_special(&block), "{byte:#x}");
            }
            let window = [byte; WINDOW];
            assert_eq!(specials(&window), twin::specials(&window), "{byte:#x}");
        }
    }
}
