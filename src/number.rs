//! Numbers (RFC 8259 §6): their grammar, resumable between any two bytes, and their values.

mod short;

pub use self::short::short;
use crate::scan;

/// How much of a number has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `-`
    Minus,
    /// `0` as the whole integer part.
    Zero,
    /// Digits of the integer part, the first not 0; how many.
    Integer(u64),
    /// `.`, without a digit after it yet.
    Point,
    /// Digits of the fraction.
    Fraction,
    /// `e` or `E`.
    E,
    /// `+` or `-` after it.
    Sign,
    /// Digits of the exponent.
    Exponent,
}

/// Why a scan of a number ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With the bytes.
    Chunk,
    /// At a byte that is no part of it.
    At(u8),
    /// At a digit too many for the integer part.
    TooLong,
}

impl Part {
    /// The part that is a number's first byte, `-` or a digit.
    #[inline]
    #[must_use]
    pub fn begin(byte: u8) -> Self {
        match byte {
            b'-' => Self::Minus,
            b'0' => Self::Zero,
            _ => Self::Integer(1),
        }
    }

    /// Whether a number may end here.
    #[inline]
    #[must_use]
    pub fn is_whole(self) -> bool {
        match self {
            Self::Zero | Self::Integer(_) | Self::Fraction | Self::Exponent => true,
            Self::Minus | Self::Point | Self::E | Self::Sign => false,
        }
    }

    /// Whether the number so far has neither fraction nor exponent.
    #[inline]
    #[must_use]
    pub fn is_integer(self) -> bool {
        match self {
            Self::Minus | Self::Zero | Self::Integer(_) => true,
            Self::Point | Self::Fraction | Self::E | Self::Sign | Self::Exponent => false,
        }
    }

    /// Goes on from `from` as far as the number does; `max_digits` is at least 1.
    #[inline]
    #[must_use]
    pub fn scan(mut self, bytes: &[u8], from: usize, max_digits: u64) -> (Self, usize, End) {
        let mut i = from;
        loop {
            let Some(&byte) = bytes.get(i) else { return (self, i, End::Chunk) };
            self = match (self, byte) {
                (Self::Minus, b'0') => Self::Zero,
                (Self::Minus, b'1'..=b'9') => Self::Integer(1),
                (Self::Integer(count), b'0'..=b'9') => {
                    let end = scan::digits(bytes, i);
                    let room = usize::try_from(max_digits - count).unwrap_or(usize::MAX);
                    if end - i > room {
                        return (Self::Integer(max_digits), i + room, End::TooLong);
                    }
                    let count = count + (end - i) as u64;
                    i = end;
                    self = Self::Integer(count);
                    continue;
                }
                (Self::Zero | Self::Integer(_), b'.') => Self::Point,
                (Self::Zero | Self::Integer(_) | Self::Fraction, b'e' | b'E') => Self::E,
                (Self::Point | Self::Fraction, b'0'..=b'9') => {
                    i = scan::digits(bytes, i);
                    self = Self::Fraction;
                    continue;
                }
                (Self::E, b'+' | b'-') => Self::Sign,
                (Self::E | Self::Sign | Self::Exponent, b'0'..=b'9') => {
                    i = scan::digits(bytes, i);
                    self = Self::Exponent;
                    continue;
                }
                _ => return (self, i, End::At(byte)),
            };
            i += 1;
        }
    }
}

/// The value of a whole number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number<'a> {
    /// An integer that fits.
    Small(i64),
    /// An integer that does not.
    Big(&'a str),
    /// Anything else.
    Float(f64),
}

impl<'a> Number<'a> {
    /// The value of `text`, a whole number by the grammar above.
    ///
    /// # Panics
    /// Never, where `text` is one: then it is ASCII, and a float by any grammar.
    #[must_use]
    pub fn of(text: &'a [u8], is_integer: bool) -> Self {
        if !is_integer {
            return Self::Float(fast_float2::parse(text).expect("every JSON number is a float"));
        }
        let text = std::str::from_utf8(text).expect("a number is ASCII");
        text.parse().map_or(Self::Big(text), Self::Small)
    }
}

/// The longest prefix of an unfinished number that is itself a number: what `"eager"` shows.
#[must_use]
pub fn prefix(text: &[u8]) -> Option<Number<'_>> {
    let whole = text.iter().rposition(u8::is_ascii_digit)? + 1;
    let text = &text[..whole];
    let is_integer = !text.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    Some(Number::of(text, is_integer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cut_number_resumes_to_the_same_part(
            text in "-?[0-9]{0,12}\\.?[0-9]{0,12}[eE]?[+-]?[0-9]{0,4}[,x]?",
            cut: prop::sample::Index,
        ) {
            prop_assume!(text.starts_with(|first: char| first == '-' || first.is_ascii_digit()));
            let bytes = text.as_bytes();
            let part = Part::begin(bytes[0]);
            let whole = part.scan(bytes, 1, 9);
            let cut = 1 + cut.index(bytes.len());
            let first = part.scan(&bytes[..cut], 1, 9);
            let resumed = match first {
                (part, _, End::Chunk) => part.scan(bytes, cut, 9),
                _ => first,
            };
            prop_assert_eq!(resumed, whole);
        }
    }
}
