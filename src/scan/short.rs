//! Short text outside ASCII, as words and names are: one glance shows all of it.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod faults;

use std::num::NonZeroU16;

use super::simd::WINDOW;
#[cfg(target_arch = "x86_64")]
use crate::processor::{has_avx2, has_avx512};
use crate::text::Width;

/// What a window shows of the text that it begins with.
///
/// How long it is comes by itself: there the next token begins, which need not wait for the rest.
pub struct Glance {
    /// How many bytes come before the first `"`, `\` or control character; [`WINDOW`] where there may
    /// be many more. Where nothing is seen of them, it is no more than that hint.
    pub len: usize,
    /// What they are, if they are valid, and that was looked for.
    pub seen: Option<Seen>,
}

/// Valid text that is not all ASCII, in one number, so that a [`Glance`] fits two registers: its
/// width, and how many of its bytes only continue a character.
#[derive(Clone, Copy)]
pub struct Seen(NonZeroU16);

impl Seen {
    #[cfg(target_arch = "x86_64")]
    #[inline]
    fn new(continuation: u32, width: Width) -> Option<Self> {
        #[expect(clippy::cast_possible_truncation, reason = "fewer than a window has bytes")]
        NonZeroU16::new((width as u16) << 8 | continuation as u16).map(Self)
    }

    #[inline]
    pub fn continuation(self) -> usize {
        usize::from(self.0.get() & 0xff)
    }

    #[inline]
    pub fn width(self) -> Width {
        const WIDTHS: [Width; 4] = [Width::Ascii, Width::Latin1, Width::Bmp, Width::Astral];
        WIDTHS[usize::from(self.0.get() >> 8 & 3)]
    }
}

/// Looks at text that is not all ASCII.
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn glance(window: &[u8; WINDOW]) -> Glance {
    if has_avx512() {
        // SAFETY: the processor has it.
        unsafe { avx512::glance(window) }
    } else if has_avx2() {
        // SAFETY: the processor has it.
        unsafe { avx2::glance(window) }
    } else {
        twin(window)
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub fn glance(window: &[u8; WINDOW]) -> Glance {
    twin(window)
}

/// The same for all processors, of which nobody has shown that it is faster there.
#[inline]
fn twin(window: &[u8; WINDOW]) -> Glance {
    // All of them are looked at, and so together.
    let begin = &window[..WINDOW / 2];
    let quotes = begin.iter().fold(0, |found, &byte| found | u8::from(byte == b'"'));
    Glance { len: if quotes == 0 { WINDOW } else { 0 }, seen: None }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use crate::text::Text;
    use proptest::prelude::*;

    /// What one glance tells: where the text ends, and if it is valid, of how many characters, and
    /// how wide.
    type Told = (usize, Option<(usize, Width)>);

    /// What all ways that this processor has tell.
    fn told(window: &[u8; WINDOW]) -> Vec<Told> {
        if !has_avx2() {
            return Vec::new();
        }
        // SAFETY: the processor has it.
        let all = [glance(window), unsafe { avx2::glance(window) }];
        let told = |glance: Glance| {
            let chars = |seen: Seen| (glance.len - seen.continuation(), seen.width());
            (glance.len, glance.seen.map(chars))
        };
        all.map(told).to_vec()
    }

    fn expected(window: &[u8; WINDOW]) -> Told {
        let stop = window.iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\');
        let Some(len) = stop else { return (WINDOW, None) };
        let text = std::str::from_utf8(&window[..len]).ok();
        let seen = text.map(|text| (text.chars().count(), Text::of_str(text).width()));
        (len, seen)
    }

    /// Puts some bytes somewhere in a window, with an accent before and a quote behind them.
    fn window(at: usize, bytes: &[u8]) -> [u8; WINDOW] {
        let mut window = [b'a'; WINDOW];
        (window[0], window[1]) = (0xc3, 0xa9);
        window[at..at + bytes.len()].copy_from_slice(bytes);
        window[at + bytes.len()] = b'"';
        window
    }

    fn assert_told(window: &[u8; WINDOW]) {
        for told in told(window) {
            assert_eq!(told, expected(window), "{window:x?}");
        }
    }

    /// Wherever the bytes stand: at both ends, and across the middle.
    #[test]
    fn no_two_bytes_are_misjudged() {
        // Miri, which has it not, would take long for nothing.
        if !has_avx2() {
            return;
        }
        for first in 0x20..=0xff {
            for second in 0x20..=0xff {
                for at in [2, 29, 30, 31, 32, 61] {
                    assert_told(&window(at, &[first, second]));
                }
            }
        }
    }

    #[test]
    fn no_character_is_misjudged() {
        // Miri, which has it not, would take long for nothing.
        if !has_avx2() {
            return;
        }
        let seconds = [0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0];
        for first in 0xc0..=0xff {
            for second in seconds {
                for third in [b'a', 0x80, 0xbf, 0xc3, 0xe4] {
                    for fourth in [b'a', 0x80, 0xbf, 0xf0] {
                        for at in [2, 28, 29, 30, 31, 32, 59] {
                            assert_told(&window(at, &[first, second, third, fourth]));
                            assert_told(&window(at, &[first, second, third]));
                        }
                    }
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_glance_tells_what_std_does(
            text in "[éż東😀a]{0,30}",
            hit: Option<(prop::sample::Index, u8)>,
        ) {
            let mut bytes = ["é", &text, "\"", &" ".repeat(WINDOW)].concat().into_bytes();
            if let Some((at, byte)) = hit {
                let at = at.index(bytes.len() - 2) + 2;
                bytes[at] = byte;
            }
            assert_told(bytes.first_chunk().unwrap());
        }
    }
}
