//! Where text ends that means nothing but itself.

#[cfg(target_arch = "x86_64")]
use super::simd::special_wide;
use super::simd::{BLOCK, first_special};
#[cfg(target_arch = "x86_64")]
use crate::processor::has_avx2;
use crate::text;

/// Whether a byte of a string means nothing but itself.
#[inline]
pub(super) fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7f) && byte != b'"' && byte != b'\\'
}

/// The index of the first byte at or after `from` that is `"`, `\`, a control character or not
/// ASCII; `bytes.len()` where there is none.
#[inline]
#[must_use]
pub fn plain(bytes: &[u8], from: usize) -> usize {
    let Some(rest) = bytes.get(from..) else { return from };
    // Nearly all keys and most strings are no longer than this.
    let Some((first, rest)) = rest.split_first_chunk() else { return from + plain_tail(rest) };
    match first_special(first) {
        None => from + BLOCK + plain_prose(rest),
        Some(stop) => from + stop,
    }
}

/// How many bytes are plain, of what is mostly long.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
fn plain_prose(bytes: &[u8]) -> usize {
    if has_avx2() {
        // SAFETY: the processor has it.
        unsafe { plain_wide_blocks(bytes) }
    } else {
        plain_blocks(bytes)
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(never)]
fn plain_prose(bytes: &[u8]) -> usize {
    plain_blocks(bytes)
}

/// How many bytes are plain, in blocks of 32.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn plain_wide_blocks(bytes: &[u8]) -> usize {
    let (blocks, tail) = bytes.as_chunks();
    for (i, block) in blocks.iter().enumerate() {
        let stops = special_wide(block);
        if stops != 0 {
            return i * block.len() + stops.trailing_zeros() as usize;
        }
    }
    bytes.len() - tail.len() + plain_blocks(tail)
}

/// How many bytes are plain, in blocks of 16.
#[inline]
fn plain_blocks(bytes: &[u8]) -> usize {
    let (blocks, tail) = bytes.as_chunks();
    for (i, block) in blocks.iter().enumerate() {
        if let Some(stop) = first_special(block) {
            return i * BLOCK + stop;
        }
    }
    bytes.len() - tail.len() + plain_tail(tail)
}

/// How many bytes are plain, of the last few.
#[inline]
fn plain_tail(tail: &[u8]) -> usize {
    tail.iter().take_while(|&&byte| is_plain(byte)).count()
}

/// [`plain`], of all of fewer than 16 bytes.
///
/// In a stream of tokens this is most of what there is to scan, and no two are of the same length.
/// So it goes without a loop, whose end no processor could guess.
#[inline]
pub(super) fn plain_token(tail: &[u8]) -> usize {
    let (first, rest) = match tail.split_first_chunk() {
        Some((first, rest)) => {
            let stops = specials_of_eight(u64::from_le_bytes(*first));
            if stops != 0 {
                return stops.trailing_zeros() as usize / 8;
            }
            (8, rest)
        }
        None => (0, tail),
    };
    let Some(word) = text::word(rest) else { return first };
    // Where there is nothing any more, everything is special.
    first + specials_of_eight(word).trailing_zeros() as usize / 8
}

/// The highest bit of the first byte that is not plain, if one is not, and perhaps of some above
/// it.
#[inline]
fn specials_of_eight(word: u64) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // Of a byte that is less than `least`, it borrows from the next.
    let below = |word: u64, least: u8| word.wrapping_sub(EACH * u64::from(least)) & !word;
    let is = |byte: u8| below(word ^ (EACH * u64::from(byte)), 1);
    (below(word, 0x20) | is(b'"') | is(b'\\') | word) & (EACH << 7)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text_like() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![30 => 0x20_u8..0x7f, 1 => any::<u8>()], 0..150)
    }

    proptest! {
        #[test]
        fn plain_stops_at_the_first_byte_that_is_not_plain(
            bytes in text_like(),
            from in 0_usize..40,
        ) {
            let from = from.min(bytes.len());
            let expected = bytes[from..].iter().position(|&byte| !is_plain(byte));
            prop_assert_eq!(plain(&bytes, from), expected.map_or(bytes.len(), |n| from + n));
            prop_assert_eq!(plain_prose(&bytes), plain_tail(&bytes));
            prop_assert_eq!(plain_blocks(&bytes), plain_tail(&bytes));
        }

        #[test]
        fn plain_of_a_token_is_that_of_its_bytes(
            text in "[ -!#-\\[\\]-\x7f]{0,20}",
            stop in any::<prop::sample::Index>(),
            byte: u8,
        ) {
            let text = &text[..text.len().min(15)];
            prop_assert_eq!(plain_token(text.as_bytes()), text.len());
            let mut bytes = text.as_bytes().to_vec();
            if !bytes.is_empty() {
                let at = stop.index(bytes.len());
                bytes[at] = byte;
            }
            let expected = bytes.iter().position(|&byte| !is_plain(byte)).unwrap_or(bytes.len());
            prop_assert_eq!(plain_token(&bytes), expected);
        }
    }

    #[test]
    fn every_byte_is_plain_or_not_in_long_text_too() {
        for byte in 0..=255 {
            let expected = if is_plain(byte) { 64 } else { 0 };
            assert_eq!(plain_prose(&[byte; 64]), expected, "{byte:#x}");
        }
    }
}
