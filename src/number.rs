//! Numbers (RFC 8259 §6): their grammar, resumable between any two bytes, and their values.

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

/// A number that begins in the bytes in hand, read and valued in one go.
#[derive(Clone, Copy, Debug)]
pub struct Begun {
    /// How much of it has come.
    pub part: Part,
    /// The index of the first byte that is no part of it.
    pub end: usize,
    /// Why it ends there.
    pub why: End,
    decimal: Decimal,
}

impl Begun {
    /// The number that begins at `from` with `-` or a digit; `max_digits` is at least 1.
    #[expect(clippy::inline_always, reason = "what it returns is used at once, and large")]
    #[inline(always)]
    #[must_use]
    pub fn scan(bytes: &[u8], from: usize, max_digits: u64) -> Self {
        let mut decimal =
            Decimal { negative: bytes[from] == b'-', mantissa: 0, digits: 0, scale: 0 };
        let mut i = from + usize::from(decimal.negative);
        let ended = |part, end, decimal| {
            let why = bytes.get(end).map_or(End::Chunk, |&byte| End::At(byte));
            Self { part, end, why, decimal }
        };
        let mut part = match bytes.get(i) {
            Some(b'0') => {
                i += 1;
                Part::Zero
            }
            Some(b'1'..=b'9') => {
                let begin = i;
                i = decimal.take(bytes, i);
                let count = (i - begin) as u64;
                if count > max_digits {
                    let room = usize::try_from(max_digits).unwrap_or(usize::MAX);
                    let part = Part::Integer(max_digits);
                    return Self { part, end: begin + room, why: End::TooLong, decimal };
                }
                Part::Integer(count)
            }
            _ => return ended(Part::Minus, i, decimal),
        };
        if let Some(b'.') = bytes.get(i) {
            let begin = i + 1;
            i = decimal.take(bytes, begin);
            decimal.scale = -clamp(i - begin);
            part = if i == begin { Part::Point } else { Part::Fraction };
        }
        if let (Some(b'e' | b'E'), true) = (bytes.get(i), part.is_whole()) {
            i += 1;
            part = Part::E;
            let sign = bytes.get(i).copied();
            if let Some(b'+' | b'-') = sign {
                i += 1;
                part = Part::Sign;
            }
            let begin = i;
            i = scan::digits(bytes, i);
            if i > begin {
                part = Part::Exponent;
                let digits = bytes[begin..i].iter();
                let exponent = digits.fold(0_i32, |value, digit| {
                    value.saturating_mul(10).saturating_add(i32::from(digit - b'0'))
                });
                let exponent = if sign == Some(b'-') { -exponent } else { exponent };
                decimal.scale = decimal.scale.saturating_add(exponent);
            }
        }
        ended(part, i, decimal)
    }

    /// The value of a whole number of which `text` is all.
    #[inline]
    #[must_use]
    pub fn number(self, text: &[u8]) -> Number<'_> {
        let is_integer = self.part.is_integer();
        self.decimal.value(is_integer).unwrap_or_else(|| Number::of(text, is_integer))
    }
}

/// The digits of a number as one integer, times a power of ten.
#[derive(Clone, Copy, Debug)]
struct Decimal {
    negative: bool,
    mantissa: u64,
    /// How many digits there are; more than 19 have wrapped the mantissa.
    digits: usize,
    scale: i32,
}

impl Decimal {
    /// Takes digits from `from` on; returns where they end.
    #[inline]
    fn take(&mut self, bytes: &[u8], from: usize) -> usize {
        /// What the digits before are worth more, by so many that follow.
        const SHIFTS: [u64; 9] =
            [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
        let mut end = from;
        let mut mantissa = self.mantissa;
        while let Some(rest @ [b'0'..=b'9', ..]) = bytes.get(end..) {
            let block = rest.first_chunk().copied().unwrap_or_else(|| last_block(rest));
            let (value, count) = digits_of(block);
            mantissa = mantissa.wrapping_mul(SHIFTS[count]).wrapping_add(value);
            end += count;
            if count < block.len() {
                break;
            }
        }
        self.mantissa = mantissa;
        self.digits += end - from;
        end
    }

    /// The value, where it is exact: an integer of 18 digits at most, or one that a float holds,
    /// times or by a power of ten that it holds too, which rounds once (Clinger 1990).
    #[inline]
    fn value(self, is_integer: bool) -> Option<Number<'static>> {
        const POWERS: [f64; 23] = [
            1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
        ];
        if is_integer {
            let value = self.mantissa.cast_signed();
            // More digits may have wrapped round to the least integer; they are not used.
            let value = if self.negative { value.wrapping_neg() } else { value };
            return (self.digits <= 18).then_some(Number::Small(value));
        }
        if self.digits > 19 || self.mantissa > 1 << 53 {
            return None;
        }
        let power = *POWERS.get(self.scale.unsigned_abs() as usize)?;
        #[expect(clippy::cast_precision_loss, reason = "it fits 53 bits")]
        let value = self.mantissa as f64;
        let value = if self.scale < 0 { value / power } else { value * power };
        Some(Number::Float(if self.negative { -value } else { value }))
    }
}

/// The last few bytes, and what is no digit.
#[cold]
fn last_block(rest: &[u8]) -> [u8; 8] {
    let mut block = [0; 8];
    block[..rest.len()].copy_from_slice(rest);
    block
}

/// The value of the digits that eight bytes begin with, and how many they are (after Lemire,
/// "Number parsing at a gigabyte per second", 2021).
#[inline]
fn digits_of(bytes: [u8; 8]) -> (u64, usize) {
    // A digit's high half is 3, and stays so when 6 is added to it.
    let word = u64::from_le_bytes(bytes) ^ 0x3030_3030_3030_3030;
    let others = (word | word.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0;
    let count = others.trailing_zeros() / 8;
    // Zeros in front of fewer than eight; none at all is shifted out in two steps.
    let shift = 4 * (8 - count);
    let word = word << shift << shift;
    let word = word.wrapping_mul(10).wrapping_add(word >> 8);
    let pairs = 0x0000_00ff_0000_00ff;
    let low = (word & pairs).wrapping_mul(0x000f_4240_0000_0064);
    let high = (word >> 16 & pairs).wrapping_mul(0x0000_2710_0000_0001);
    (low.wrapping_add(high) >> 32, count as usize)
}

/// A count of digits as an exponent; beyond this, all are alike.
#[inline]
fn clamp(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
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

    /// The bits of a float, so that zeros differ by their sign.
    fn bits(number: Number<'_>) -> Result<u64, String> {
        match number {
            Number::Float(value) => Ok(value.to_bits()),
            Number::Small(value) => Err(value.to_string()),
            Number::Big(digits) => Err(digits.to_owned()),
        }
    }

    fn whole(text: &str) -> Number<'_> {
        let begun = Begun::scan(text.as_bytes(), 0, u64::MAX);
        assert!(begun.part.is_whole() && begun.end == text.len(), "{text}: {begun:?}");
        begun.number(text.as_bytes())
    }

    proptest! {
        #[test]
        fn numbers_have_the_value_that_std_reads(
            text in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?",
        ) {
            match bits(whole(&text)) {
                Ok(bits) => prop_assert_eq!(bits, text.parse::<f64>().unwrap().to_bits()),
                Err(digits) => prop_assert_eq!(digits.replace("-0", "0"), text.replace("-0", "0")),
            }
        }

        #[test]
        fn floats_are_read_back_bit_for_bit(value: f64) {
            prop_assume!(value.is_finite());
            let text = format!("{value:?}");
            prop_assert_eq!(bits(whole(&text)), Ok(value.to_bits()));
        }

        #[test]
        fn a_cut_number_resumes_to_the_same_part(
            text in "-?[0-9]{0,12}\\.?[0-9]{0,12}[eE]?[+-]?[0-9]{0,4}[,x]?",
            cut: prop::sample::Index,
        ) {
            prop_assume!(text.starts_with(|first: char| first == '-' || first.is_ascii_digit()));
            let bytes = text.as_bytes();
            let whole = Begun::scan(bytes, 0, 9);
            let cut = 1 + cut.index(bytes.len());
            let first = Begun::scan(&bytes[..cut], 0, 9);
            let (part, end, why) = match first.why {
                End::Chunk => first.part.scan(bytes, cut, 9),
                _ => (first.part, first.end, first.why),
            };
            prop_assert_eq!((part, end, why), (whole.part, whole.end, whole.why));
        }
    }
}
