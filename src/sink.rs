//! What the machine says of a document, in document order.

use crate::number::Number;
use crate::text::{Text, Width};

/// What a sink thinks of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Fine,
    /// The object has it already and must not: the machine refuses its closing quote.
    Repeated,
}

/// How long a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// In bytes of UTF-8.
    pub bytes: usize,
    /// In code points.
    pub chars: usize,
}

/// Builds something from the parts of a document.
///
/// A value is told whole where it stands whole in one chunk, else, if it is a string, in parts:
/// `string_begin`, any number of `string_part`, `string_end`. Every `key` is followed by one value,
/// every `*_begin` at last by its `*_end`, unless the document is cut off or refused.
pub trait Sink {
    /// Why the sink could not take something: `MemoryError`, say.
    type Error;

    /// A value begins with the byte at `offset`; for sinks that go back to the bytes.
    #[inline]
    fn begins(&mut self, offset: u64) {
        let _ = offset;
    }
    /// The value that is told next, or ended next, has its last byte before `offset`; so has the
    /// key, if it is told by `key`.
    #[inline]
    fn ends(&mut self, offset: u64) {
        let _ = offset;
    }
    /// Whether the machine should return before it goes on; for sinks that look at bytes twice.
    #[inline]
    fn pauses(&self) -> bool {
        false
    }
    /// `null`
    fn null(&mut self) -> Result<(), Self::Error>;
    /// `true` or `false`
    fn boolean(&mut self, value: bool) -> Result<(), Self::Error>;
    /// An integer that fits.
    fn integer(&mut self, value: i64) -> Result<(), Self::Error>;
    /// Any other integer, as it is written: `-?[0-9]+`.
    fn big_integer(&mut self, digits: &str) -> Result<(), Self::Error>;
    /// A number with a fraction or an exponent, correctly rounded; infinite where it overflows.
    fn float(&mut self, value: f64) -> Result<(), Self::Error>;
    /// A number, by one of the three above.
    #[expect(clippy::inline_always, reason = "its argument was just made, and is large")]
    #[inline(always)]
    fn number(&mut self, number: Number<'_>) -> Result<(), Self::Error> {
        match number {
            Number::Small(value) => self.integer(value),
            Number::Big(digits) => self.big_integer(digits),
            Number::Float(value) => self.float(value),
        }
    }
    /// A whole string.
    fn string(&mut self, text: Text<'_>) -> Result<(), Self::Error>;
    /// A whole string of so many characters, the widest of this width, which `tell` tells in parts.
    fn string_of(
        &mut self,
        chars: usize,
        width: Width,
        tell: impl FnOnce(&mut dyn FnMut(Text<'_>)),
    ) -> Result<(), Self::Error> {
        let _ = (chars, width);
        self.string_begin()?;
        self.string_parts(tell)?;
        self.string_end()
    }
    /// More of a string that has begun: what `tell` tells, in parts.
    fn string_parts(
        &mut self,
        tell: impl FnOnce(&mut dyn FnMut(Text<'_>)),
    ) -> Result<(), Self::Error> {
        let mut told = Ok(());
        tell(&mut |part| {
            if told.is_ok() {
                told = self.string_part(part);
            }
        });
        told
    }
    /// A string that comes in parts begins.
    fn string_begin(&mut self) -> Result<(), Self::Error>;
    /// More of it.
    fn string_part(&mut self, text: Text<'_>) -> Result<(), Self::Error>;
    /// Its last byte has come.
    fn string_end(&mut self) -> Result<(), Self::Error>;
    /// A whole key; its value comes next.
    fn key(&mut self, text: Text<'_>) -> Result<Verdict, Self::Error>;
    /// Takes the key that `rest` begins with, behind its opening quote, if the sink can tell it
    /// from its bytes alone: text without escapes that it has seen before, with the closing quote
    /// behind it. Returns how many bytes and characters that text has. None where the machine
    /// should read it and tell it by `key`.
    #[inline]
    fn known_key(&mut self, rest: &[u8]) -> Result<Option<(Length, Verdict)>, Self::Error> {
        let _ = rest;
        Ok(None)
    }
    /// `[]`, if the sink can take it at once; false where the machine should tell its ends.
    #[inline]
    fn empty_array(&mut self) -> Result<bool, Self::Error> {
        Ok(false)
    }
    /// `{}`, likewise.
    #[inline]
    fn empty_object(&mut self) -> Result<bool, Self::Error> {
        Ok(false)
    }
    /// `[`
    fn array_begin(&mut self) -> Result<(), Self::Error>;
    /// `]`
    fn array_end(&mut self) -> Result<(), Self::Error>;
    /// `{`
    fn object_begin(&mut self) -> Result<(), Self::Error>;
    /// `}`
    fn object_end(&mut self) -> Result<(), Self::Error>;
}
