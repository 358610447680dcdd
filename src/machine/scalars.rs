//! Numbers, literals, and the byte order mark.

use super::structure::begins_number;
use super::{BOM, Bracket, Halt, Machine, Next, RS, Token, aside};
use crate::error::{Limit, Syntax};
use crate::literal::Literal;
use crate::number::{self, Number, Part};
use crate::sink::Sink;

impl Machine {
    pub(super) fn read_bom<E>(
        &mut self,
        mut count: u8,
        bytes: &[u8],
        at: &mut usize,
    ) -> Result<bool, Halt<E>> {
        while let Some(expected) = BOM.get(usize::from(count)) {
            match bytes.get(*at) {
                None => return Ok(false),
                Some(byte) if byte == expected => {}
                Some(_) => return Err(Halt::Syntax(Syntax::Value)),
            }
            self.count(1);
            *at += 1;
            count += 1;
            self.token = Token::Bom(count);
        }
        self.line_start += 2;
        self.token = Token::None;
        Ok(true)
    }

    /// A literal that mostly stands whole in the chunk.
    #[inline]
    pub(super) fn begin_literal<S: Sink>(
        &mut self,
        literal: Literal,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let Some(literal) = Literal::whole(&bytes[*at..]) else {
            return self.read_literal(literal, 0, bytes, at, sink);
        };
        let len = literal.letters().len();
        self.count(len);
        *at += len;
        self.tell_literal(literal, *at, sink)
    }

    /// An array's element that is a literal, and those that follow at once, as they mostly do.
    pub(super) fn begin_literals<S: Sink>(
        &mut self,
        first: Literal,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let begun = |byte| Literal::begin(byte, false);
        let mut next = Some(first);
        while let Some(literal) = next {
            if !self.begin_literal(literal, bytes, at, sink)? {
                return Ok(false);
            }
            let begins = |byte| begun(byte).is_some();
            if sink.pauses() || !self.skip_comma_to(Next::Element, begins, bytes, at) {
                break;
            }
            sink.begins(self.offset_at(*at));
            next = begun(bytes[*at]);
        }
        Ok(true)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the longest has nine letters")]
    pub(super) fn read_literal<S: Sink>(
        &mut self,
        literal: Literal,
        known: usize,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let matching = literal.matching(known, &bytes[*at..]);
        let known = known + matching;
        self.count(matching);
        *at += matching;
        if known < literal.letters().len() {
            self.token = Token::Literal(literal, known as u8);
            return if *at < bytes.len() { Err(Halt::Syntax(Syntax::Literal)) } else { Ok(false) };
        }
        self.tell_literal(literal, *at, sink)
    }

    /// Tells a literal that ends there.
    #[inline]
    fn tell_literal<S: Sink>(
        &mut self,
        literal: Literal,
        end: usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        sink.ends(self.offset_at(end));
        match literal {
            Literal::Null => sink.null(),
            Literal::True => sink.boolean(true),
            Literal::False => sink.boolean(false),
            Literal::NaN => sink.float(f64::NAN),
            Literal::Infinity => sink.float(f64::INFINITY),
            Literal::MinusInfinity => sink.float(f64::NEG_INFINITY),
        }
        .map_err(Halt::Sink)?;
        Ok(self.end_value())
    }

    #[inline]
    pub(super) fn begin_number<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        if self.take_short_number(bytes, at, sink)? {
            return Ok(self.end_value());
        }
        self.begin_other_number(bytes, at, sink)
    }

    /// An array's element that is a number, and those that follow at once, as they mostly do.
    pub(super) fn begin_numbers<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        aside(at, |at| {
            while self.take_short_number(bytes, at, sink)? {
                if sink.pauses() {
                    return Ok(self.end_value());
                }
                if !self.skip_comma_to(Next::Element, begins_number, bytes, at) {
                    self.end_value();
                    if !self.skip_to_next(Bracket::Array, begins_number, bytes, at, sink)? {
                        return Ok(true);
                    }
                }
                sink.begins(self.offset_at(*at));
            }
            aside(at, |at| self.begin_other_number(bytes, at, sink))
        })
    }

    /// The number that begins here, if it stands whole in these bytes and is short.
    #[expect(clippy::inline_always, reason = "between any two numbers")]
    #[inline(always)]
    fn take_short_number<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let Some((number, len)) = number::short(&bytes[*at..], self.options.max_digits) else {
            return Ok(false);
        };
        if !self.may_follow_number(bytes[*at + len]) {
            return Ok(false);
        }
        self.count(2 * len);
        *at += len;
        sink.ends(self.offset_at(*at));
        sink.number(number).map_err(Halt::Sink)?;
        Ok(true)
    }

    /// A number that must be read byte by byte.
    fn begin_other_number<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let part = Part::begin(bytes[*at]);
        self.count(1);
        debug_assert!(self.text.bytes.is_empty(), "nothing is kept between tokens");
        self.text.bytes.push(bytes[*at]);
        *at += 1;
        self.read_number(part, bytes, at, sink)
    }

    /// Goes on in a number of which `self.text` holds what has come.
    pub(super) fn read_number<S: Sink>(
        &mut self,
        part: Part,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let (part, end, why) = part.scan(bytes, *at, self.options.max_digits);
        self.count(end - *at);
        self.text.bytes.extend_from_slice(&bytes[*at..end]);
        *at = end;
        self.token = Token::Number(part);
        if let number::End::At(byte) = why
            && part.is_whole()
            && self.may_follow_number(byte)
        {
            self.count(self.text.bytes.len());
            sink.ends(self.offset_at(*at));
            self.tell_number(part, sink).map_err(Halt::Sink)?;
            return Ok(self.end_value());
        }
        self.halt_number(part, why, bytes, at, sink)
    }

    /// Tells the number that was kept.
    pub(super) fn tell_number<S: Sink>(
        &mut self,
        part: Part,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        sink.number(Number::of(&self.text.bytes, part.is_integer()))?;
        self.text.clear();
        Ok(())
    }

    /// A number that does not end where its scan does.
    #[cold]
    fn halt_number<S: Sink>(
        &mut self,
        part: Part,
        why: number::End,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        match why {
            number::End::Chunk => Ok(false),
            number::End::TooLong => Err(Halt::Limit(Limit::Digits)),
            number::End::At(b'I') if part == Part::Minus && self.options.allow_nan => {
                self.text.clear();
                self.read_literal(Literal::MinusInfinity, 1, bytes, at, sink)
            }
            number::End::At(byte) if part.is_whole() => Err(Halt::Syntax(self.expected_at(byte))),
            number::End::At(_) => Err(Halt::Syntax(Syntax::Digit)),
        }
    }

    /// What could have come in place of a byte behind a number: if a token begins with it, the
    /// number was at its end.
    fn expected_at(&self, byte: u8) -> Syntax {
        match (byte, self.brackets.last()) {
            (b'{' | b'}' | b'[' | b']' | b'"' | b':' | b',', bracket) => match bracket {
                Some(Bracket::Array) => Syntax::ArrayNext,
                Some(Bracket::Object) => Syntax::ObjectNext,
                None => Syntax::End,
            },
            _ => Syntax::Number,
        }
    }

    #[inline]
    fn may_follow_number(&self, byte: u8) -> bool {
        match (byte, self.brackets.last()) {
            (b',', Some(_))
            | (b' ' | b'\n' | b'\r' | b'\t', _)
            | (b']', Some(Bracket::Array))
            | (b'}', Some(Bracket::Object)) => true,
            // Roots may touch, but two numbers could not be told apart.
            (b'{' | b'[' | b'"' | RS, None) => self.is_many(),
            _ => false,
        }
    }
}
