//! Finds the end of what needs no thought. Stateless: every call looks at new bytes only.

mod blocks;
mod plain;
mod short;
mod simd;
mod stretch;

#[cfg(test)]
pub use self::blocks::in_narrow_blocks;
pub use self::blocks::{Blocks, InBlocks, in_blocks};
pub use self::plain::plain;
use self::plain::plain_token;
use self::short::{Glance, Seen, glance};
pub use self::simd::WINDOW;
use self::stretch::Stretch;
use crate::text::{self, Text, Utf8, Width};

/// Why a run of text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// At a byte that is not text: `"`, `\`, or a control character.
    At(u8),
    /// At a byte that is not UTF-8 here; what came of the character is not in the run.
    Invalid(Utf8Fault),
    /// With the bytes.
    Chunk,
    /// With the bytes, in the middle of a character, which is not in the run.
    Inside(Utf8),
}

/// A character that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utf8Fault {
    /// The index of the first impossible byte.
    pub at: usize,
    /// What came before it of this character.
    pub before: Option<Utf8>,
}

/// The longest text at the start of some bytes, and why it ends there.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The text, possibly empty.
    pub text: Text<'a>,
    /// Why it ends.
    pub end: End,
}

impl Run<'_> {
    /// How many bytes were looked at, of `room` that there were.
    #[inline]
    #[must_use]
    pub fn examined(&self, room: usize) -> usize {
        let len = self.text.bytes().len();
        match self.end {
            End::Chunk => len,
            End::At(_) => len + 1,
            End::Invalid(_) | End::Inside(_) => room,
        }
    }
}

/// The longest run of string text in `bytes` from `from`.
#[inline]
#[must_use]
pub fn text(bytes: &[u8], from: usize) -> Run<'_> {
    let plain = match &bytes[from..] {
        token if token.len() < 16 => from + plain_token(token),
        _ => plain(bytes, from),
    };
    text_from(bytes, from, plain)
}

/// The same, of which the plain text up to `plain` was scanned before.
#[inline]
#[must_use]
pub fn text_from(bytes: &[u8], from: usize, plain: usize) -> Run<'_> {
    let end = match bytes.get(plain) {
        None => End::Chunk,
        Some(&byte @ ..0x80) => End::At(byte),
        Some(_) => return wide_text(bytes, from, plain),
    };
    Run { text: Text::ascii(&bytes[from..plain]), end }
}

/// The text from `from` on, which is not all ASCII, if it is short, whole up to a closing quote,
/// and valid: what is between quotes mostly is.
#[inline]
#[must_use]
pub fn short_text(bytes: &[u8], from: usize) -> Option<Text<'_>> {
    let window = bytes[from..].first_chunk()?;
    let Glance { len, seen: Some(seen) } = glance(window) else { return None };
    if window[len] != b'"' {
        return None;
    }
    Some(Text::new(&window[..len], len - seen.continuation(), seen.width()))
}

/// The longest run of text that is not all ASCII.
fn wide_text(bytes: &[u8], from: usize, plain: usize) -> Run<'_> {
    let mut found = Characters { len: plain - from, ..Characters::default() };
    let mut end = None;
    if let Some(window) = bytes[plain..].first_chunk() {
        match glance(window) {
            Glance { len, seen: Some(seen) } => {
                found.add(Characters::new(len, seen));
                end = Some(End::At(window[len]));
            }
            Glance { len: WINDOW, .. } => found.add(long_text(bytes, plain)),
            // One character after the other.
            _ => {}
        }
    }
    let end = loop {
        if let Some(end) = end {
            break end;
        }
        let at = self::plain(bytes, from + found.len);
        found.len = at - from;
        match bytes.get(at) {
            None => break End::Chunk,
            Some(&byte @ ..0x80) => break End::At(byte),
            Some(_) => {}
        }
        // Characters outside ASCII come in company: stay here until the next ASCII byte.
        let more;
        (more, end) = characters(bytes, at);
        found.add(more);
    };
    let text = &bytes[from..from + found.len];
    Run { text: Text::new(text, text.len() - found.continuation, found.width), end }
}

/// Some valid text: its bytes, how many of them only continue a character, and its width.
#[derive(Clone, Copy, Default)]
struct Characters {
    len: usize,
    continuation: usize,
    width: Width,
}

impl Characters {
    fn new(len: usize, seen: Seen) -> Self {
        Self { len, continuation: seen.continuation(), width: seen.width() }
    }

    fn add(&mut self, more: Self) {
        self.len += more.len;
        self.continuation += more.continuation;
        self.width = self.width.max(more.width);
    }
}

/// The text from `from` on, if there may be much of it: then it pays to go through it block by
/// block, first for its end, then for what in it is valid.
fn long_text(bytes: &[u8], from: usize) -> Characters {
    /// Below, as in tokens, one by one is as fast.
    const LONG: usize = 64;
    if bytes.len() - from < LONG {
        return Characters::default();
    }
    let stretch = Stretch::of(&bytes[from..]);
    let stretch = match simdutf8::compat::from_utf8(&bytes[from..from + stretch.len]) {
        Ok(_) => stretch,
        Err(error) => Stretch::of(&bytes[from..from + error.valid_up_to()]),
    };
    Characters {
        len: stretch.len,
        continuation: stretch.continuation,
        width: Width::of_lead(stretch.highest),
    }
}

/// The characters outside ASCII from `from` on, and why they end, if not at an ASCII byte.
fn characters(bytes: &[u8], from: usize) -> (Characters, Option<End>) {
    let mut i = from;
    let mut continuation = 0;
    let mut highest = 0;
    let end = loop {
        // The common forms at once, and zeros for what is not there; all others one by one.
        let rest = bytes.get(i..).unwrap_or_default();
        let len = match rest.first_chunk() {
            Some(block) => character_len(*block),
            None => text::word(rest).map_or(0, |word| {
                let [a, b, c, ..] = word.to_le_bytes();
                character_len([a, b, c, 0])
            }),
        };
        let len = if len > 0 {
            len
        } else if bytes.get(i).is_some_and(u8::is_ascii) {
            break None;
        } else {
            match character(bytes, i) {
                Ok(len) => len,
                Err(end) => break Some(end),
            }
        };
        highest = highest.max(bytes[i]);
        continuation += len - 1;
        i += len;
    };
    (Characters { len: i - from, continuation, width: Width::of_lead(highest) }, end)
}

/// The length of the multi-byte character that four bytes begin with; 0 where none does.
#[inline]
fn character_len(block: [u8; 4]) -> usize {
    let word = u32::from_le_bytes(block);
    // E0 must not be followed by 80 to 9F (overlong), nor ED by A0 to BF (surrogates).
    let second = word & 0x200f;
    if word & 0x00c0_c0f0 == 0x0080_80e0 && second != 0 && second != 0x200d {
        3
    } else if word & 0xc0e0 == 0x80c0 && word & 0x1e != 0 {
        2
    } else if word & 0xc0c0_c0f8 == 0x8080_80f0 {
        match (block[0], block[1]) {
            (0xf0, 0x90..) | (0xf1..=0xf3, _) | (0xf4, ..0x90) => 4,
            _ => 0,
        }
    } else {
        0
    }
}

/// The length of the character at `from`, byte by byte.
fn character(bytes: &[u8], from: usize) -> Result<usize, End> {
    let Some(&lead) = bytes.get(from) else { return Err(End::Chunk) };
    let Some(mut character) = Utf8::begin(lead) else {
        return Err(End::Invalid(Utf8Fault { at: from, before: None }));
    };
    for (i, &byte) in bytes.iter().enumerate().skip(from + 1) {
        if !character.push(byte) {
            return Err(End::Invalid(Utf8Fault { at: i, before: Some(character) }));
        }
        if character.done().is_some() {
            return Ok(i + 1 - from);
        }
    }
    Err(End::Inside(character))
}

/// How many spaces some bytes begin with: what a line is indented by.
#[inline]
#[must_use]
pub fn spaces(bytes: &[u8]) -> usize {
    const SPACES: u64 = u64::from_ne_bytes([b' '; 8]);
    let (words, tail) = bytes.as_chunks();
    for (i, word) in words.iter().enumerate() {
        let others = u64::from_le_bytes(*word) ^ SPACES;
        if others != 0 {
            return 8 * i + others.trailing_zeros() as usize / 8;
        }
    }
    bytes.len() - tail.len() + tail.iter().take_while(|&&byte| byte == b' ').count()
}

/// The index of the first byte at or after `from` that is not a digit.
#[inline]
#[must_use]
pub fn digits(bytes: &[u8], from: usize) -> usize {
    let mut i = from;
    while matches!(bytes.get(i), Some(b'0'..=b'9')) {
        i += 1;
    }
    i
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_is_what_std_calls_utf8(bytes in text_like()) {
            let stop = bytes.iter().position(|&b| b < 0x20 || b == b'"' || b == b'\\');
            let expected = match std::str::from_utf8(&bytes[..stop.unwrap_or(bytes.len())]) {
                Ok(text) => text,
                Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap(),
            };
            let run = text(&bytes, 0);
            prop_assert_eq!(run.text.as_str(), expected);
            prop_assert_eq!(run.text.chars(), expected.chars().count());
            let widest = expected.chars().max().map_or(Width::Ascii, |c| match c as u32 {
                0..0x80 => Width::Ascii,
                0x80..0x100 => Width::Latin1,
                0x100..0x1_0000 => Width::Bmp,
                _ => Width::Astral,
            });
            prop_assert_eq!(run.text.width(), widest);
        }
    }

    #[test]
    fn an_indent_is_all_spaces() {
        for indent in 0..40 {
            for rest in ["", "x", "\t  ", "\n         ", "\"        \""] {
                let line = format!("{}{rest}", " ".repeat(indent));
                assert_eq!(spaces(line.as_bytes()), indent, "{line:?}");
            }
        }
    }

    /// Mostly valid UTF-8, sometimes broken by one byte.
    fn text_like() -> impl Strategy<Value = Vec<u8>> {
        ("(?s).{0,40}|\\PC{60,200}|[éż東😀]{15,60}", any::<Option<(prop::sample::Index, u8)>>())
            .prop_map(|(text, hit)| {
                let mut bytes = text.as_bytes().to_vec();
                if let Some((at, byte)) = hit.filter(|_| !bytes.is_empty()) {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                }
                bytes
            })
    }
}
