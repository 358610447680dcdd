//! Text that is known to be UTF-8, and a character that is still arriving.

#[cfg(any(test, feature = "python"))]
mod decode;

#[cfg(feature = "python")]
pub use self::decode::Unit;

/// The narrowest fixed-width form that holds a text: what `CPython` calls its kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// Below U+0080.
    #[default]
    Ascii,
    /// Below U+0100.
    Latin1,
    /// Below U+10000.
    Bmp,
    /// Everything.
    Astral,
}

impl Width {
    /// The width of a character from its first UTF-8 byte.
    #[inline]
    #[must_use]
    pub fn of_lead(lead: u8) -> Self {
        match lead {
            0..=0x7f => Self::Ascii,
            0x80..=0xc3 => Self::Latin1,
            0xc4..=0xef => Self::Bmp,
            0xf0.. => Self::Astral,
        }
    }
}

/// A piece of text: valid UTF-8 of whole characters, with what scanning it has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text<'a> {
    bytes: &'a [u8],
    chars: usize,
    width: Width,
}

impl<'a> Text<'a> {
    pub(crate) fn new(bytes: &'a [u8], chars: usize, width: Width) -> Self {
        debug_assert_eq!(std::str::from_utf8(bytes).map(|text| text.chars().count()), Ok(chars));
        Self { bytes, chars, width }
    }

    /// Text of ASCII only.
    #[inline]
    pub(crate) fn ascii(bytes: &'a [u8]) -> Self {
        debug_assert!(bytes.is_ascii());
        Self { bytes, chars: bytes.len(), width: Width::Ascii }
    }

    /// Text of any kind.
    #[cfg(any(test, feature = "python"))]
    pub(crate) fn of_str(text: &'a str) -> Self {
        let highest = text.bytes().max().unwrap_or(0);
        Self::new(text.as_bytes(), text.chars().count(), Width::of_lead(highest))
    }

    /// One character, in `buffer`.
    pub(crate) fn of_char(char: char, buffer: &'a mut [u8; 4]) -> Self {
        let (word, len) = utf8(char);
        *buffer = word.to_le_bytes();
        Self { bytes: &buffer[..len], chars: 1, width: Width::of_lead(buffer[0]) }
    }

    /// The UTF-8 bytes.
    #[inline]
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many code points there are.
    #[inline]
    #[must_use]
    pub fn chars(self) -> usize {
        self.chars
    }

    /// The width of the widest character.
    #[inline]
    #[must_use]
    pub fn width(self) -> Width {
        self.width
    }

    /// Tells each code point, of which [`Text::chars`] is the number.
    #[inline]
    pub fn each_code_point(self, mut tell: impl FnMut(u32)) {
        let mut rest = self.bytes;
        while let Some(&block) = rest.first_chunk() {
            rest = if let Some([first, second]) = two_code_points(u64::from_le_bytes(block)) {
                tell(first);
                tell(second);
                &rest[6..]
            } else {
                let (code, len) = code_point(u64::from_le_bytes(block));
                tell(code);
                &rest[len..]
            };
        }
        let (mut word, mut left) = (word(rest).unwrap_or(0), rest.len());
        while left > 0 {
            let (code, len) = code_point(word);
            tell(code);
            word >>= 8 * len;
            left -= len;
        }
    }

    /// The text as a `str`.
    ///
    /// # Panics
    /// Never: the machine makes a `Text` of nothing but validated bytes.
    #[must_use]
    pub fn as_str(self) -> &'a str {
        std::str::from_utf8(self.bytes).expect("the machine has validated it")
    }
}

/// The UTF-8 of a character as a little-endian word, and how many bytes it has.
///
/// Not byte by byte: what was written so is read in larger parts at once, for which a processor
/// waits.
#[inline]
pub fn utf8(char: char) -> (u32, usize) {
    let code = u32::from(char);
    let tail = |shift: u32| 0x80 | code >> shift & 0x3f;
    match char.len_utf8() {
        1 => (code, 1),
        2 => (0xc0 | code >> 6 | tail(0) << 8, 2),
        3 => (0xe0 | code >> 12 | tail(6) << 8 | tail(0) << 16, 3),
        _ => (0xf0 | code >> 18 | tail(12) << 8 | tail(6) << 16 | tail(0) << 24, 4),
    }
}

/// The character that some bytes begin with, which are valid UTF-8, and its length.
#[inline]
fn code_point(bytes: u64) -> (u32, usize) {
    #[expect(clippy::cast_possible_truncation, reason = "a character has four bytes at most")]
    let word = bytes as u32;
    let tail = |shift: u32| word >> shift & 0x3f;
    match word & 0xff {
        lead @ ..0x80 => (lead, 1),
        lead @ 0xe0..0xf0 => ((lead & 0xf) << 12 | tail(8) << 6 | tail(16), 3),
        lead @ ..0xe0 => ((lead & 0x1f) << 6 | tail(8), 2),
        _ => (of_four_bytes(word), 4),
    }
}

/// The character of these bytes, which are valid UTF-8, and all that it has.
#[inline]
fn of_four_bytes(word: u32) -> u32 {
    let tail = |shift: u32| word >> shift & 0x3f;
    (word & 7) << 18 | tail(8) << 12 | tail(16) << 6 | tail(24)
}

/// Both characters that some bytes begin with, if they are of three bytes each, as in Chinese text.
#[inline]
fn two_code_points(bytes: u64) -> Option<[u32; 2]> {
    /// The same for the first and the fourth byte.
    const fn both(byte: u64) -> u64 {
        byte | byte << 24
    }
    if bytes & both(0xf0) != both(0xe0) {
        return None;
    }
    let tail = |shift: u32| bytes >> shift & both(0x3f);
    let codes = (bytes & both(0xf)) << 12 | tail(8) << 6 | tail(16);
    #[expect(clippy::cast_possible_truncation, reason = "each has 16 bits")]
    let [first, second] = [codes as u16, (codes >> 24) as u16];
    Some([first.into(), second.into()])
}

/// A multi-byte character of which some bytes have come (RFC 3629 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Utf8 {
    bytes: [u8; 4],
    len: u8,
    /// The range of the next byte: it excludes overlong forms, surrogates, above U+10FFFF.
    low: u8,
    high: u8,
}

impl Utf8 {
    /// A character that begins with `lead`, or `None` where none does.
    #[inline]
    #[must_use]
    pub fn begin(lead: u8) -> Option<Self> {
        let (low, high) = match lead {
            0xe0 => (0xa0, 0xbf),
            0xed => (0x80, 0x9f),
            0xf0 => (0x90, 0xbf),
            0xf4 => (0x80, 0x8f),
            0xc2..=0xf4 => (0x80, 0xbf),
            _ => return None,
        };
        Some(Self { bytes: [lead, 0, 0, 0], len: 1, low, high })
    }

    /// How many bytes it has.
    #[inline]
    fn need(self) -> u8 {
        match self.bytes[0] {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        }
    }

    /// Takes the next byte; `false`, and unchanged, where it cannot follow.
    #[inline]
    #[must_use]
    pub fn push(&mut self, byte: u8) -> bool {
        if !(self.low..=self.high).contains(&byte) {
            return false;
        }
        self.bytes[usize::from(self.len)] = byte;
        self.len += 1;
        (self.low, self.high) = (0x80, 0xbf);
        true
    }

    /// The whole character, once its last byte has come.
    #[inline]
    #[must_use]
    pub fn done(&self) -> Option<Text<'_>> {
        let bytes = &self.bytes[..usize::from(self.len)];
        (self.len == self.need()).then(|| Text::new(bytes, 1, Width::of_lead(self.bytes[0])))
    }

    /// How many of its bytes have come.
    #[inline]
    #[must_use]
    pub fn received(self) -> usize {
        usize::from(self.len)
    }

    /// The bytes that complete the character, of every character that begins so.
    pub fn endings(self) -> impl Iterator<Item = Vec<u8>> {
        let mut endings: Box<dyn Iterator<Item = Vec<u8>>> =
            Box::new((self.low..=self.high).map(|byte| vec![byte]));
        for _ in self.len + 1..self.need() {
            endings =
                Box::new(endings.flat_map(|ending| {
                    (0x80..=0xbf).map(move |byte| [&*ending, &[byte]].concat())
                }));
        }
        endings
    }
}

/// Copies mostly a few, and these without a call: in two parts, which overlap.
#[cfg(any(test, feature = "python"))]
#[inline(always)]
pub fn copy_short<T: Copy>(from: &[T], to: &mut [T]) {
    fn ends<T: Copy, const N: usize>(from: &[T], to: &mut [T]) {
        to[..N].copy_from_slice(&from[..N]);
        let rest = from.len() - N;
        to[rest..].copy_from_slice(&from[rest..][..N]);
    }
    match from.len() {
        8..16 => ends::<T, 8>(from, to),
        4..8 => ends::<T, 4>(from, to),
        16..32 => ends::<T, 16>(from, to),
        32..=64 => ends::<T, 32>(from, to),
        2..4 => ends::<T, 2>(from, to),
        _ => to.copy_from_slice(from),
    }
}

/// Up to seven bytes as one little-endian word, with zeros behind them; `None` of none, or of more.
///
/// With one branch, where copying them would take one for each length.
#[inline]
#[must_use]
pub fn word(bytes: &[u8]) -> Option<u64> {
    if bytes.len() > 7 {
        return None;
    }
    let (first, last) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>());
    if let (Some(first), Some(last)) = (first, last) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        // Where they overlap, they are the same.
        return Some(u64::from(first) | u64::from(last) << (8 * (bytes.len() - 4)));
    }
    let [first, .., last] = *bytes else { return bytes.first().map(|&byte| byte.into()) };
    let middle = bytes.len() / 2;
    let at = |byte: u8, place: usize| u64::from(byte) << (8 * place);
    Some(at(first, 0) | at(bytes[middle], middle) | at(last, bytes.len() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_is_there_and_back_what_std_makes_of_it() {
        for char in '\0'..=char::MAX {
            let (word, len) = utf8(char);
            assert_eq!(&word.to_le_bytes()[..len], char.encode_utf8(&mut [0; 4]).as_bytes());
            assert_eq!(code_point(word.into()), (char.into(), len));
        }
    }
}
