//! Numbers that stand whole in the bytes in hand, as nearly all do: read and valued in one go.

use super::Number;
use crate::text;

/// The longest short number has this many bytes, and some less are read of it at once.
const ROOM: usize = 32;

/// The number that begins `rest`, with `-` or a digit, and its length.
///
/// None where reading it byte by byte must tell: it ends with the bytes or is too long, or is no
/// number. Which byte may stand behind it is for the caller to say: an exponent is not read here.
#[expect(clippy::inline_always, reason = "what it returns is used at once")]
#[inline(always)]
pub fn short(rest: &[u8], max_digits: u64) -> Option<(Number<'_>, usize)> {
    let (number, end) = match rest.first_chunk() {
        Some(window) => in_window(window, max_digits)?,
        None => near_end(rest, max_digits)?,
    };
    (end < rest.len()).then_some((number, end))
}

/// The same where fewer bytes are left than a window has.
///
/// Most numbers there, and most in the tokens of a stream, are told from one register.
fn near_end(rest: &[u8], max_digits: u64) -> Option<(Number<'static>, usize)> {
    let Some(first) = rest.first_chunk() else { return in_word(text::word(rest)?, max_digits) };
    in_word(u64::from_le_bytes(*first), max_digits).or_else(|| in_window(rest, max_digits))
}

/// The number that these eight bytes begin with, if it ends before they do, and where.
#[inline]
fn in_word(word: u64, max_digits: u64) -> Option<(Number<'static>, usize)> {
    let is_negative = word.to_le_bytes()[0] == b'-';
    let begin = usize::from(is_negative);
    let word = word >> (8 * begin);
    let integer = Block::of(word.to_le_bytes());
    let count = integer.count();
    let end = begin + count;
    let is_long = count as u64 > max_digits;
    // None may follow a zero.
    if count == 0 || end >= 8 || is_long || (integer.word.to_le_bytes()[0] == 0 && count > 1) {
        return None;
    }
    let mut decimal = Decimal { mantissa: integer.first(count).value(), digits: count };
    let rest = word >> (8 * count);
    if rest.to_le_bytes()[0] != b'.' {
        return Some((decimal.number(is_negative)?, end));
    }
    let fraction = Block::of((rest >> 8).to_le_bytes());
    let scale = fraction.count();
    let end = end + 1 + scale;
    if scale == 0 || end >= 8 {
        return None;
    }
    decimal.push(fraction, scale);
    Some((decimal.fraction(is_negative, scale)?, end))
}

/// The number that a window begins with, and where it ends, if that is well within.
#[expect(clippy::inline_always, reason = "what it returns is used at once")]
#[inline(always)]
fn in_window<W: Window + ?Sized>(window: &W, max_digits: u64) -> Option<(Number<'static>, usize)> {
    let is_negative = window.byte(0)? == b'-';
    let begin = usize::from(is_negative);
    let mut decimal = Decimal::default();
    let mut end = begin + 1;
    match window.byte(begin)?.wrapping_sub(b'0') {
        0 => {}
        // Mostly there is a point behind a single digit, or nothing more.
        digit @ 1..=9 => {
            decimal = Decimal { mantissa: digit.into(), digits: 1 };
            if window.byte(end)?.is_ascii_digit() {
                end = decimal.take(window, end)?;
            }
        }
        _ => return None,
    }
    if decimal.digits as u64 > max_digits {
        return None;
    }
    let number = if window.byte(end)? == b'.' {
        let point = end;
        end = decimal.take(window, point + 1)?;
        decimal.fraction(is_negative, end - point - 1)?
    } else {
        decimal.number(is_negative)?
    };
    Some((number, end))
}

/// Bytes of which eight are read at once.
trait Window: AsRef<[u8]> {
    #[inline]
    fn byte(&self, at: usize) -> Option<u8> {
        self.as_ref().get(at).copied()
    }

    fn block(&self, at: usize) -> Option<[u8; 8]>;
}

/// As many as a short number has, with what comes behind it.
impl Window for [u8; ROOM] {
    #[inline]
    fn block(&self, at: usize) -> Option<[u8; 8]> {
        self.get(at..)?.first_chunk().copied()
    }
}

/// At least eight, to the end, behind which are zeros. They are not copied for that: a processor
/// waits where it reads what it has just written in other parts.
impl Window for [u8] {
    #[inline]
    fn block(&self, at: usize) -> Option<[u8; 8]> {
        let rest = self.get(at..)?;
        if let Some(block) = rest.first_chunk() {
            return Some(*block);
        }
        // Of the last eight, those from there on: none, too, so in two steps.
        let before = 32 - 4 * rest.len();
        let last = u64::from_le_bytes(*self.last_chunk()?);
        Some((last >> before >> before).to_le_bytes())
    }
}

/// Digits as one integer.
#[derive(Default)]
struct Decimal {
    /// Wrapped, of more than 19 digits.
    mantissa: u64,
    digits: usize,
}

impl Decimal {
    /// Takes digits from `from` on, one at least; returns where they end, if that is well within
    /// the window.
    #[inline]
    fn take<W: Window + ?Sized>(&mut self, window: &W, from: usize) -> Option<usize> {
        let mut end = from;
        loop {
            let block = Block::of(window.block(end)?);
            // Where all eight are digits is known before they are counted, and what comes behind
            // them can be looked at.
            if block.others == 0 {
                self.mantissa = self.mantissa.wrapping_mul(100_000_000).wrapping_add(block.value());
                self.digits += 8;
                end += 8;
                if !window.byte(end)?.is_ascii_digit() {
                    return Some(end);
                }
                continue;
            }
            let count = block.count();
            self.push(block, count);
            end += count;
            return (end > from).then_some(end);
        }
    }

    /// Takes the first `count` digits of a block, fewer than eight.
    #[inline]
    fn push(&mut self, block: Block, count: usize) {
        self.mantissa =
            self.mantissa.wrapping_mul(SHIFTS[count]).wrapping_add(block.first(count).value());
        self.digits += count;
    }

    /// Without a branch on the sign, here as below, which is often as good as random.
    #[inline]
    fn number(&self, is_negative: bool) -> Option<Number<'static>> {
        let sign = 1 - 2 * i64::from(is_negative);
        Some(Number::Small(sign * self.integer()?))
    }

    /// The number of which so many digits are behind the point.
    #[inline]
    fn fraction(&self, is_negative: bool, scale: usize) -> Option<Number<'static>> {
        let sign = u64::from(is_negative) << 63;
        Some(Number::Float(f64::from_bits(self.float(scale)?.to_bits() | sign)))
    }

    #[inline]
    fn integer(&self) -> Option<i64> {
        if self.digits > 19 { None } else { self.mantissa.try_into().ok() }
    }

    /// Over ten to the power of `scale`, of which there are as many digits at least; rounded once.
    #[inline]
    fn float(&self, scale: usize) -> Option<f64> {
        let power = POWERS.get(scale)?;
        // By their number, since it is as good as random which of those with sixteen would fit,
        // too.
        match self.digits {
            0..=15 => Some(power.divides_exactly(self.mantissa)),
            16..=19 => Some(power.divides(self.mantissa)),
            _ => None,
        }
    }
}

/// Ten to some power.
struct Power {
    integer: u64,
    float: f64,
    /// Two to the power of 64 over what `integer` is as a fraction of its next power of two,
    /// rounded down.
    reciprocal: u64,
}

/// All that fit 64 bits.
const POWERS: [Power; 20] = {
    let mut powers = [const { Power::of(1) }; 20];
    let mut scale = 1;
    while scale < powers.len() {
        powers[scale] = Power::of(powers[scale - 1].integer * 10);
        scale += 1;
    }
    powers
};

impl Power {
    #[expect(clippy::cast_possible_truncation, reason = "it has 64 bits, but for the power of 0")]
    #[expect(clippy::cast_precision_loss, reason = "those that are used are exact")]
    const fn of(integer: u64) -> Self {
        let reciprocal = (1_u128 << (127 - integer.leading_zeros())) / integer as u128;
        Self { integer, float: integer as f64, reciprocal: reciprocal as u64 }
    }

    /// What a dividend of 15 digits over it is, which is no more than ten to the power of 15:
    /// floats hold both, and divide them so (Clinger 1990).
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "it fits 53 bits")]
    fn divides_exactly(&self, dividend: u64) -> f64 {
        dividend.cast_signed() as f64 / self.float
    }

    /// What `dividend` over it is, rounded once.
    ///
    /// Their product with the reciprocal is at most two units too small (after Lemire, "Number
    /// parsing at a gigabyte per second", 2021). Mostly it is rounded to the same float with them
    /// as without.
    #[inline]
    fn divides(&self, dividend: u64) -> f64 {
        let zeros = dividend.leading_zeros();
        let product = u128::from(dividend.wrapping_shl(zeros)) * u128::from(self.reciprocal);
        // It has 62 or 63 bits.
        let quotient = (product >> 65) as i64;
        #[expect(clippy::cast_precision_loss, reason = "this is where it is rounded")]
        let [rounded, other] = [quotient as f64, (quotient + 2) as f64];
        if rounded.to_bits() != other.to_bits() {
            return exact_quotient(dividend, self.integer);
        }
        rounded * two_to_minus(62 + zeros - self.integer.leading_zeros())
    }
}

/// What a division gives, rounded once: as integers, with so many bits that the remainder is below
/// half of the last place of a float, and needs but to be seen.
#[cold]
fn exact_quotient(dividend: u64, divisor: u64) -> f64 {
    let shift = 63 + dividend.leading_zeros() - divisor.leading_zeros();
    let dividend = u128::from(dividend) << shift;
    let divisor = u128::from(divisor);
    let quotient = dividend / divisor;
    let is_inexact = quotient * divisor != dividend;
    // It has 63 or 64 bits.
    #[expect(clippy::cast_possible_truncation)]
    let quotient = quotient as u64 | u64::from(is_inexact);
    #[expect(clippy::cast_precision_loss, reason = "this is where it is rounded")]
    let rounded = quotient as f64;
    rounded * two_to_minus(shift)
}

#[inline]
fn two_to_minus(power: u32) -> f64 {
    f64::from_bits(u64::from(1023 - power) << 52)
}

/// What digits before are worth more, by so many that follow.
const SHIFTS: [u64; 8] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// Eight bytes, the digits among them as 0 to 9 (after Lemire, "Number parsing at a gigabyte per
/// second", 2021).
#[derive(Clone, Copy)]
struct Block {
    word: u64,
    /// Not zero in each byte that is none.
    others: u64,
}

impl Block {
    #[inline]
    fn of(bytes: [u8; 8]) -> Self {
        // A digit's high half is 3, and stays so when 6 is added to it.
        let word = u64::from_le_bytes(bytes) ^ 0x3030_3030_3030_3030;
        let others = (word | word.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0;
        Self { word, others }
    }

    /// How many digits it begins with.
    #[inline]
    fn count(self) -> usize {
        self.others.trailing_zeros() as usize / 8
    }

    /// The first `count` digits, with zeros in front; fewer than eight.
    #[inline]
    fn first(self, count: usize) -> Self {
        // None at all are shifted out in two steps.
        let shift = 4 * (8 - count);
        Self { word: self.word << shift << shift, others: 0 }
    }

    /// The value of all eight.
    #[inline]
    fn value(self) -> u64 {
        let word = self.word.wrapping_mul(10).wrapping_add(self.word >> 8);
        let pairs = 0x0000_00ff_0000_00ff;
        let low = (word & pairs).wrapping_mul(0x000f_4240_0000_0064);
        let high = (word >> 16 & pairs).wrapping_mul(0x0000_2710_0000_0001);
        low.wrapping_add(high) >> 32
    }
}

#[cfg(test)]
mod tests {
    use super::super::{End, Part};
    use super::*;
    use proptest::prelude::*;

    /// What reading byte by byte finds at the start of `text`.
    fn byte_by_byte(text: &str, max_digits: u64) -> Option<(Number<'_>, usize)> {
        let bytes = text.as_bytes();
        let (part, end, why) = Part::begin(bytes[0]).scan(bytes, 1, max_digits);
        let is_whole = part.is_whole() && matches!(why, End::At(_));
        is_whole.then(|| (Number::of(&bytes[..end], part.is_integer()), end))
    }

    /// Where an exponent follows or what is no number, the caller refuses the byte behind.
    fn agrees(text: &str, max_digits: u64) -> bool {
        short(text.as_bytes(), max_digits).is_none_or(|found| {
            matches!(text.as_bytes()[found.1], b'e' | b'E' | b'.' | b'0'..=b'9')
                || Some(found) == byte_by_byte(text, max_digits)
        })
    }

    proptest! {
        #[test]
        fn a_short_number_is_what_byte_by_byte_says(
            text in "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,25})?[,x .e]?.{0,40}",
            max_digits in 1_u64..30,
        ) {
            prop_assert!(agrees(&text, max_digits));
        }

        #[test]
        fn so_is_what_only_looks_like_one(text in "[-0-9][-0-9.eE+x]{0,20}") {
            prop_assert!(agrees(&text, 4300));
        }

        /// Of so many, some are hard: all bits of their quotient but the remainder say halfway.
        #[test]
        fn long_fractions_are_what_std_reads(
            first in 10_u64.pow(15)..10_u64.pow(19),
            point in 1_usize..16,
        ) {
            for mantissa in (first..).step_by(997).take(400) {
                let digits = mantissa.to_string();
                let (integer, fraction) = digits.split_at(point.min(digits.len() - 1));
                let bytes = format!("{integer}.{fraction},{:20}", "").into_bytes();
                let text = &bytes[..=digits.len()];
                let expected = Number::Float(str::from_utf8(text).unwrap().parse().unwrap());
                prop_assert_eq!(short(&bytes, 4300), Some((expected, text.len())));
            }
        }

        /// Halfway between two floats, and a little beside.
        #[test]
        fn ties_go_to_the_even(
            bits in (1_u64 << 52)..1 << 53,
            shift in 1_u32..4,
            beside in -1_i64..2,
        ) {
            // One bit too many, over a power of two that has few digits after the point.
            let tie = (2 * bits + 1) * 5_u64.pow(shift);
            let text = tie.wrapping_add_signed(beside).to_string();
            let value = Decimal { mantissa: text.parse().unwrap(), digits: text.len() };
            let expected: f64 = format!("{text}e-{shift}").parse().unwrap();
            prop_assert_eq!(value.float(shift as usize), Some(expected));
        }

        #[test]
        fn short_numbers_are_what_std_reads(value in -1e9..1e9, digits in 0_usize..9) {
            let text = format!("{value:.digits$}");
            let expected = match digits {
                0 => Number::Small(text.parse().unwrap()),
                _ => Number::Float(text.parse().unwrap()),
            };
            let bytes = format!("{text},").into_bytes();
            prop_assert_eq!(short(&bytes, 4300), Some((expected, text.len())));
        }
    }

    #[test]
    fn the_widest_integers_are_read_elsewhere() {
        let max = i64::MAX.to_string();
        assert_eq!(short(format!("{max},").as_bytes(), 19), Some((Number::Small(i64::MAX), 19)));
        assert_eq!(short(format!("-{max},").as_bytes(), 19), Some((Number::Small(-i64::MAX), 20)));
        assert_eq!(short(format!("{},", i64::MIN).as_bytes(), 19), None);
        assert_eq!(short(b"18446744073709551616,", 20), None);
    }

    #[test]
    fn zero_keeps_its_sign_as_a_float_alone() {
        assert_eq!(short(b"-0,", 9), Some((Number::Small(0), 2)));
        let Some((Number::Float(zero), 4)) = short(b"-0.0,", 9) else { panic!() };
        assert!(zero.is_sign_negative());
    }
}
