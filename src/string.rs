//! A string or key that a chunk's end has cut, between any two bytes (RFC 8259 §7).

use std::num::NonZeroUsize;

use crate::error::Syntax;
use crate::scan::{self, Blocks, InBlocks};
use crate::text::{Text, Utf8};

/// Where in a string the last byte has left us, outside plain text too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inside {
    /// Between two characters.
    Text,
    /// In a multi-byte character.
    Character(Utf8),
    /// After `\`.
    Escape,
    /// After `\u` and `digits` of the four digits of `unit`, perhaps as the second half of a pair.
    Hex {
        /// The first half.
        high: Option<u16>,
        /// What the digits so far make.
        unit: u16,
        /// How many there are.
        digits: u8,
    },
    /// After a high surrogate: `\` must follow.
    High(u16),
    /// After a high surrogate and `\`: `u` must follow.
    HighEscape(u16),
}

/// What one more byte makes of an unfinished escape or character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is still unfinished.
    Open(Inside),
    /// It is this character.
    Escaped(char),
    /// It is this multi-byte character.
    Character(Utf8),
}

impl Inside {
    /// Takes one byte where [`Inside::Text`] is not the state.
    ///
    /// # Errors
    /// What should have come instead, where no string goes on so.
    #[inline]
    pub fn step(self, byte: u8) -> Result<Step, Syntax> {
        match self {
            Self::Text => unreachable!("plain text is scanned, not stepped"),
            Self::Character(mut character) => match character.push(byte) {
                false => Err(Syntax::Utf8),
                true if character.done().is_some() => Ok(Step::Character(character)),
                true => Ok(Step::Open(Self::Character(character))),
            },
            Self::Escape => match (byte, simple(byte)) {
                (_, Some(char)) => Ok(Step::Escaped(char)),
                (b'u', None) => Ok(Step::Open(Self::Hex { high: None, unit: 0, digits: 0 })),
                _ => Err(Syntax::Escape),
            },
            Self::Hex { high, unit, digits } => hex(high, unit, digits, byte),
            Self::High(high) => match byte {
                b'\\' => Ok(Step::Open(Self::HighEscape(high))),
                _ => Err(Syntax::Surrogate),
            },
            Self::HighEscape(high) => match byte {
                b'u' => Ok(Step::Open(Self::Hex { high: Some(high), unit: 0, digits: 0 })),
                _ => Err(Syntax::Surrogate),
            },
        }
    }

    /// The shortest bytes that bring the string back between two characters: all of them.
    pub fn endings(self) -> Box<dyn Iterator<Item = Vec<u8>>> {
        match self {
            Self::Text => Box::new(std::iter::once(Vec::new())),
            Self::Character(character) => Box::new(character.endings()),
            Self::Escape => Box::new(b"ntrbf/\\\"".iter().map(|&byte| vec![byte])),
            Self::Hex { high: None, unit, digits } => hex_endings(unit, digits),
            Self::Hex { high: Some(_), unit, digits } => Box::new(low_halves(unit, digits, "")),
            Self::High(_) => Box::new(low_halves(0, 0, "\\u")),
            Self::HighEscape(_) => Box::new(low_halves(0, 0, "u")),
        }
    }
}

/// What each byte after `\` stands for; 0 for `u` and whatever else is no simple escape. A table,
/// since which of them comes next is hard to foretell.
const SIMPLE: [u8; 256] = {
    let mut table = [0; 256];
    let escapes = *b"\"\"\\\\//b\x08f\x0cn\nr\rt\t";
    let (pairs, _) = escapes.as_chunks::<2>();
    let mut i = 0;
    while i < pairs.len() {
        let [byte, meaning] = pairs[i];
        table[byte as usize] = meaning;
        i += 1;
    }
    table
};

/// What a byte after `\` stands for, `u` aside.
#[inline]
fn simple(byte: u8) -> Option<char> {
    match SIMPLE[usize::from(byte)] {
        0 => None,
        meaning => Some(char::from(meaning)),
    }
}

/// Copies text and escapes from `from` on to the end of `out`, as long as both are of ASCII and
/// there is [`ROOM`]; returns where that ends, in front of anything else or of the last few bytes.
pub fn unescape_ascii(bytes: &[u8], from: usize, out: &mut Vec<u8>) -> usize {
    scan::in_blocks(Unescape { bytes, from, out })
}

/// Puts together a short string of ASCII text and simple escapes, which `bytes` begin with. Returns
/// how far it has looked, which is at the closing quote if there is a length, that of the text;
/// `None` where it is longer, or anything else, or stands at the end of `bytes`.
#[inline]
pub fn unescape_short(bytes: &[u8], out: &mut [u8; SHORT]) -> (usize, Option<NonZeroUsize>) {
    scan::in_blocks(UnescapeShort { bytes, out })
}

struct UnescapeShort<'a> {
    bytes: &'a [u8],
    out: &'a mut [u8; SHORT],
}

impl InBlocks for UnescapeShort<'_> {
    type Done = (usize, Option<NonZeroUsize>);

    #[expect(clippy::inline_always, reason = "to be compiled for blocks of one width")]
    #[inline(always)]
    fn run<B: Blocks>(self) -> Self::Done {
        let Self { bytes, out } = self;
        let (mut i, mut len) = (0, 0);
        while let Some(window) = bytes.get(i..).and_then(<[u8]>::first_chunk)
            && let Some(room) = out[len..].first_chunk_mut()
        {
            let (taken, written) = unescape_window::<B>(window, room);
            i += taken;
            len += written;
            if taken < scan::WINDOW {
                return (i, if bytes[i] == b'"' { NonZeroUsize::new(len) } else { None });
            }
        }
        (i, None)
    }
}

struct Unescape<'a> {
    bytes: &'a [u8],
    from: usize,
    out: &'a mut Vec<u8>,
}

impl InBlocks for Unescape<'_> {
    type Done = usize;

    #[expect(clippy::inline_always, reason = "to be compiled for blocks of one width")]
    #[inline(always)]
    fn run<B: Blocks>(self) -> usize {
        let Self { bytes, from, out } = self;
        let mut i = from;
        // Behind a window are as many bytes as may be copied in vain, and the second byte of an
        // escape.
        while let Some(window) = bytes.get(i..).and_then(<[u8]>::first_chunk) {
            let begin = out.len();
            if out.capacity() - begin < ROOM {
                break;
            }
            out.resize(begin + ROOM, 0);
            let Some(room) = out[begin..].first_chunk_mut() else { break };
            let (taken, written) = unescape_long_window::<B>(window, room);
            out.truncate(begin + written);
            i += taken;
            if taken < scan::WINDOW {
                break;
            }
        }
        i
    }
}

/// What [`unescape_window`] does, all at once if the processor can: faster where many escapes are,
/// but what comes next waits longer for where it begins.
#[expect(clippy::inline_always, reason = "to be compiled for blocks of one width")]
#[inline(always)]
fn unescape_long_window<B: Blocks>(
    window: &[u8; scan::WINDOW + BLOCK],
    out: &mut [u8; ROOM],
) -> (usize, usize) {
    let Some(scanned) = window.first_chunk() else { return (0, 0) };
    if let Some(meanings) = SIMPLE.first_chunk()
        && let Some(room) = out.first_chunk_mut()
        && let Some((taken, written)) = B::unescape(scanned, meanings, room)
    {
        // The last escape may end behind the window.
        if taken == scan::WINDOW - 1 && window[taken] == b'\\' {
            let meaning = SIMPLE[usize::from(window[taken + 1])];
            if meaning != 0 {
                out[written] = meaning;
                return (taken + 2, written + 1);
            }
        }
        return (taken, written);
    }
    unescape_window::<B>(window, out)
}

/// The same for one window: how many of its bytes were taken, fewer than all where something else
/// follows, and how many were written.
#[expect(clippy::inline_always, reason = "to be compiled for blocks of one width")]
#[inline(always)]
fn unescape_window<B: Blocks>(
    window: &[u8; scan::WINDOW + BLOCK],
    out: &mut [u8; ROOM],
) -> (usize, usize) {
    let Some(scanned) = window.first_chunk() else { return (0, 0) };
    let mut stops = B::specials(scanned);
    let (mut i, mut len) = (0, 0);
    loop {
        let text = (stops.trailing_zeros() as usize).min(scan::WINDOW - i);
        // Whole blocks are copied, and as much of them kept as is text. One always is: whether
        // there is any between two escapes is hard to foretell.
        out[len..len + BLOCK].copy_from_slice(&window[i..i + BLOCK]);
        if text > BLOCK {
            let (i, len) = (i + BLOCK, len + BLOCK);
            out[len..len + BLOCK].copy_from_slice(&window[i..i + BLOCK]);
        }
        i += text;
        len += text;
        if i == scan::WINDOW || window[i] != b'\\' {
            return (i, len);
        }
        let meaning = SIMPLE[usize::from(window[i + 1])];
        if meaning == 0 {
            return (i, len);
        }
        out[len] = meaning;
        i += 2;
        len += 1;
        if i >= scan::WINDOW {
            return (i, len);
        }
        stops = stops >> text >> 2;
    }
}

/// How much is copied at a time: half a window.
const BLOCK: usize = scan::WINDOW / 2;
/// What is written for one window, and behind it in vain.
pub const ROOM: usize = scan::WINDOW + BLOCK;
/// How much plain text a short string may have in front of its first escape.
pub const SHORT_PLAIN: usize = scan::WINDOW;
/// Room for one window, and for what is written in another.
pub const SHORT: usize = scan::WINDOW + ROOM;

/// The character of the whole escape that `bytes` begin with, and its length; `None` where it is
/// cut or wrong, or half of a pair, which is for [`Inside::step`] to see to.
#[inline]
pub fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    match *bytes {
        [b'\\', b'u', a, b, c, d, ..] => {
            let digits = [a, b, c, d].map(|byte| char::from(byte).to_digit(16));
            let [Some(a), Some(b), Some(c), Some(d)] = digits else { return None };
            let unit = a << 12 | b << 8 | c << 4 | d;
            match (char::from_u32(unit), &bytes[6..]) {
                (Some(char), _) => Some((char, 6)),
                (None, [b'\\', b'u', b'd' | b'D', b'c'..=b'f' | b'C'..=b'F', ..])
                    if unit < 0xdc00 =>
                {
                    let low = std::str::from_utf8(bytes.get(8..12)?).ok()?;
                    let low = u32::from_str_radix(low, 16).ok()?;
                    char::from_u32(((unit & 0x3ff) << 10 | low & 0x3ff) + 0x1_0000)
                        .map(|char| (char, 12))
                }
                _ => None,
            }
        }
        [b'\\', byte, ..] => Some((simple(byte)?, 2)),
        _ => None,
    }
}

/// One more hexadecimal digit; a half of a pair is refused at the digit that proves it lone.
#[inline]
fn hex(high: Option<u16>, unit: u16, digits: u8, byte: u8) -> Result<Step, Syntax> {
    let Some(digit) = char::from(byte).to_digit(16) else { return Err(Syntax::Hex) };
    // A hexadecimal digit is below 16, and four of them make a u16.
    #[expect(clippy::cast_possible_truncation)]
    let unit = unit << 4 | digit as u16;
    let digits = digits + 1;
    let half = match digits {
        2 => Half::of(unit << 8),
        4 => Half::of(unit),
        _ if digits == 1 && high.is_some() && unit != 0xd => return Err(Syntax::Surrogate),
        _ => return Ok(Step::Open(Inside::Hex { high, unit, digits })),
    };
    match (high, half) {
        (None, Half::Low) | (Some(_), Half::High | Half::None) => Err(Syntax::Surrogate),
        _ if digits < 4 => Ok(Step::Open(Inside::Hex { high, unit, digits })),
        (None, Half::High) => Ok(Step::Open(Inside::High(unit))),
        (None, Half::None) => Ok(Step::Escaped(scalar(u32::from(unit)))),
        (Some(high), Half::Low) => {
            let pair = (u32::from(high & 0x3ff) << 10 | u32::from(unit & 0x3ff)) + 0x1_0000;
            Ok(Step::Escaped(scalar(pair)))
        }
    }
}

/// The code units that begin with these digits.
fn units(unit: u16, digits: u8) -> impl Iterator<Item = u32> {
    let shift = 4 * u32::from(4 - digits);
    let first = u32::from(unit) << shift;
    first..first + (1 << shift)
}

/// The last digits of a code unit of which some have come.
fn last_digits(unit: u32, digits: u8) -> String {
    format!("{unit:04x}").split_off(usize::from(digits))
}

/// The ends of a low half of a pair, after `before`.
fn low_halves(
    unit: u16,
    digits: u8,
    before: &'static str,
) -> impl Iterator<Item = Vec<u8>> + use<> {
    units(unit, digits)
        .filter(|unit| (0xdc00..0xe000).contains(unit))
        .map(move |unit| [before, &last_digits(unit, digits)].concat().into_bytes())
}

/// The ends of an escape that is one character, or the first half of a pair if it must be.
fn hex_endings(unit: u16, digits: u8) -> Box<dyn Iterator<Item = Vec<u8>>> {
    let scalars = units(unit, digits)
        .filter(|unit| !(0xd800..0xe000).contains(unit))
        .map(move |unit| last_digits(unit, digits).into_bytes());
    if digits < 2 || !matches!(Half::of(unit << (4 * (4 - digits))), Half::High) {
        return Box::new(scalars);
    }
    Box::new(units(unit, digits).flat_map(move |unit| {
        let high = last_digits(unit, digits).into_bytes();
        low_halves(0, 0, "\\u").map(move |low| [&*high, &low].concat())
    }))
}

/// Which half of a surrogate pair a code unit is.
enum Half {
    None,
    High,
    Low,
}

impl Half {
    fn of(unit: u16) -> Self {
        match unit {
            0xd800..=0xdbff => Self::High,
            0xdc00..=0xdfff => Self::Low,
            _ => Self::None,
        }
    }
}

fn scalar(code: u32) -> char {
    char::from_u32(code).expect("surrogates are refused or paired before")
}

/// The multi-byte character or escape that a step has completed, as text.
#[inline]
pub fn completed<'a>(step: &'a Step, buffer: &'a mut [u8; 4]) -> Option<Text<'a>> {
    match step {
        Step::Open(_) => None,
        Step::Escaped(char) => Some(Text::of_char(*char, buffer)),
        Step::Character(character) => character.done(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_short_string_is_put_together_up_to_its_quote_or_not_at_all() {
        let escapes = [("\\n", "\n"), ("\\\"", "\""), ("\\\\", "\\"), ("\\/", "/")];
        for (plain, (escape, meaning)) in (0..=SHORT_PLAIN).zip(escapes.into_iter().cycle()) {
            for more in (0..SHORT).step_by(7) {
                let (before, after) = ("a".repeat(plain), "b".repeat(more));
                let text = [&before, meaning, &after, meaning].concat();
                let raw = [&before, escape, &after, escape].concat();
                let mut out = [0; SHORT];
                let bytes = format!("{raw}\"{}", " ".repeat(ROOM + SHORT_PLAIN));
                let (end, len) = unescape_short(bytes.as_bytes(), &mut out);
                match len {
                    Some(len) => assert_eq!((end, &out[..len.get()]), (raw.len(), text.as_bytes())),
                    None => assert!(plain + more > scan::WINDOW && end <= raw.len()),
                }
                // Of anything else, and near the end of the bytes, all is left to others.
                for last in ["\\u0041", "\n", "é", "\\x", ""] {
                    let bytes = format!("{raw}{last}");
                    let (end, len) = unescape_short(bytes.as_bytes(), &mut out);
                    assert!(end <= raw.len() && len.is_none());
                    let bytes = format!("{bytes}{}", " ".repeat(ROOM + SHORT_PLAIN));
                    let (end, len) = unescape_short(bytes.as_bytes(), &mut out);
                    assert!(len.is_none() && (last.is_empty() || end <= raw.len()));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn wide_blocks_unescape_as_narrow_ones_do(
            text in r#"([a-z]{0,30}|[\\"]{0,5}|\\[\\nu/"é]|[é\x01]|\\){0,20}"#,
        ) {
            let bytes = [text.as_bytes(), &[b'"'; ROOM]].concat();
            let (mut ours, mut theirs) = ([0; SHORT], [0; SHORT]);
            let (end, len) = unescape_short(&bytes, &mut ours);
            let narrow = UnescapeShort { bytes: &bytes, out: &mut theirs };
            prop_assert_eq!((end, len), scan::in_narrow_blocks(narrow));
            let len = len.map_or(0, NonZeroUsize::get);
            prop_assert_eq!(&ours[..len], &theirs[..len]);

            let mut ours = Vec::with_capacity(1 << 10);
            let mut theirs = Vec::with_capacity(1 << 10);
            let end = unescape_ascii(&bytes, 0, &mut ours);
            let narrow = Unescape { bytes: &bytes, from: 0, out: &mut theirs };
            prop_assert_eq!((end, ours), (scan::in_narrow_blocks(narrow), theirs));
        }
    }

    /// Escapes one by one, each behind something else, must not cost what has come before them.
    #[test]
    fn what_adds_nothing_leaves_the_text_alone() {
        let text = vec![b'x'; 1 << 16].into_boxed_slice();
        let escape = [b"\\u00e9", &[b'x'; 200][..]].concat();
        let mut out = text.into_vec();
        assert_eq!(unescape_ascii(&escape, 0, &mut out), 0);
        assert_eq!((out.len(), out.capacity()), (1 << 16, 1 << 16));
    }
}
