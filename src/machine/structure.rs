//! Between two tokens: what may come next, and brackets.

use super::{BOM, Bracket, Documents, Halt, Machine, Next, RS, Token, aside};
use crate::error::{Limit, Syntax};
use crate::literal::Literal;
use crate::scan::{self, Run};
use crate::sink::Sink;

impl Machine {
    /// The open string goes on with the run that is `first`, if that is known already.
    #[inline]
    pub(super) fn run<S: Sink>(
        &mut self,
        first: Option<Run<'_>>,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<(), Halt<S::Error>> {
        if self.token != Token::None && !self.resume(first, bytes, at, sink)? {
            return Ok(());
        }
        loop {
            if sink.pauses() {
                return Ok(());
            }
            let Some(byte) = self.skip_whitespace(bytes, at) else { return Ok(()) };
            match (self.next, byte) {
                (Next::FirstElement | Next::ArrayComma, b']') => {
                    self.end_container(Bracket::Array, bytes, at, sink)?;
                }
                (Next::FirstElement | Next::Element, b'"') => {
                    if !self.begin_strings(bytes, at, sink)? {
                        return Ok(());
                    }
                }
                (Next::Root | Next::FirstElement | Next::Element | Next::Member, _) => {
                    if !self.begin_value(byte, bytes, at, sink)? {
                        return Ok(());
                    }
                    self.skip_comma(bytes, at);
                }
                (Next::FirstKey | Next::Key, b'"') => {
                    if !self.begin_members(bytes, at, sink)? {
                        return Ok(());
                    }
                }
                (Next::FirstKey | Next::ObjectComma, b'}') => {
                    self.end_container(Bracket::Object, bytes, at, sink)?;
                }
                (Next::ArrayComma, b',') => self.step(at, Next::Element),
                (Next::ObjectComma, b',') => self.step(at, Next::Key),
                (Next::Colon, b':') => self.step(at, Next::Member),
                (Next::FirstKey, _) => return Err(Halt::Syntax(Syntax::FirstKey)),
                (Next::Key, _) => return Err(Halt::Syntax(Syntax::Key)),
                (Next::Colon, _) => return Err(Halt::Syntax(Syntax::Colon)),
                (Next::ArrayComma, _) => return Err(Halt::Syntax(Syntax::ArrayNext)),
                (Next::ObjectComma, _) => return Err(Halt::Syntax(Syntax::ObjectNext)),
                (Next::End, _) if self.is_many() => return Ok(()),
                (Next::End, _) => return Err(Halt::Syntax(Syntax::End)),
            }
        }
    }

    /// A member, and those that follow at once, up to one with a container in it; those of the next
    /// object, too.
    fn begin_members<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let begins = |first| first == b'"';
        aside(at, |at| {
            loop {
                if !self.begin_key(bytes, at, sink)? {
                    return Ok(false);
                }
                // The colon and the value mostly stand right behind.
                if bytes.get(*at) != Some(&b':') {
                    return Ok(true);
                }
                self.step(at, Next::Member);
                let Some(first) = self.skip_whitespace(bytes, at) else { return Ok(true) };
                if !self.begin_value(first, bytes, at, sink)? {
                    return Ok(false);
                }
                if sink.pauses() || self.next != Next::ObjectComma {
                    return Ok(true);
                }
                if !self.skip_comma_to(Next::Key, begins, bytes, at)
                    && !self.skip_to_next(Bracket::Object, begins, bytes, at, sink)?
                {
                    return Ok(true);
                }
            }
        })
    }

    /// Whether the container ends here, and another one of its kind begins at once, as records and
    /// rows do, with what begins as it should in it; if so, the machine stands there. Else it stands
    /// between two tokens.
    pub(super) fn skip_to_next<S: Sink>(
        &mut self,
        bracket: Bracket,
        begins: impl Fn(u8) -> bool,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let pair = bracket.pair();
        let between = match &bytes[*at..] {
            [end, b',', b' ', begin, first, ..] if [*begin, *end] == pair && begins(*first) => 2,
            [end, b',', begin, first, ..] if [*begin, *end] == pair && begins(*first) => 1,
            _ => return Ok(false),
        };
        if self.brackets.around() != Some(Bracket::Array) {
            return Ok(false);
        }
        sink.ends(self.offset_at(*at + 1));
        end(bracket, sink)?;
        if sink.pauses() {
            self.close(bytes, at);
            return Ok(false);
        }
        // It is the same bracket that is open.
        *at += 1 + between;
        self.count(1 + between);
        sink.begins(self.offset_at(*at));
        begin(bracket, sink)?;
        self.step(at, first_in(bracket));
        Ok(!sink.pauses())
    }

    /// An array's element that is a string, and those that follow at once, as they mostly do.
    fn begin_strings<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        aside(at, |at| {
            loop {
                sink.begins(self.offset_at(*at));
                if !self.begin_string(bytes, at, sink)? {
                    return Ok(false);
                }
                let begins = |first| first == b'"';
                if sink.pauses() || !self.skip_comma_to(Next::Element, begins, bytes, at) {
                    return Ok(true);
                }
            }
        })
    }

    /// A comma mostly stands right behind a value.
    #[inline]
    fn skip_comma(&mut self, bytes: &[u8], at: &mut usize) {
        if let Some(b',') = bytes.get(*at) {
            match self.next {
                Next::ArrayComma => self.step(at, Next::Element),
                Next::ObjectComma => self.step(at, Next::Key),
                _ => {}
            }
        }
    }

    /// Goes on in the token that the last chunk has cut; `false` where this one cuts it too.
    fn resume<S: Sink>(
        &mut self,
        first: Option<Run<'_>>,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        match self.token {
            Token::None => Ok(true),
            Token::Bom(count) => self.read_bom(count, bytes, at),
            Token::String(inside) => self.read_string(inside, first, bytes, at, sink),
            Token::Key(inside) => self.read_key(inside, None, bytes, at, sink),
            Token::Number(part) => self.read_number(part, bytes, at, sink),
            Token::Literal(literal, known) => {
                self.read_literal(literal, known.into(), bytes, at, sink)
            }
        }
    }

    /// The byte that stands behind any whitespace.
    #[expect(clippy::inline_always, reason = "a few instructions, between any two tokens")]
    #[inline(always)]
    fn skip_whitespace(&mut self, bytes: &[u8], at: &mut usize) -> Option<u8> {
        // Mostly there is none, or one space.
        if let Some(b' ') = bytes.get(*at) {
            self.count(1);
            *at += 1;
        }
        let &byte = bytes.get(*at)?;
        if byte > b' ' {
            return Some(byte);
        }
        self.skip_long_whitespace(bytes, at);
        bytes.get(*at).copied()
    }

    /// Whether a comma follows at once, and then, perhaps on the next line, what begins as it
    /// should; if so, the machine stands there.
    #[inline]
    pub(super) fn skip_comma_to(
        &mut self,
        next: Next,
        begins: impl Fn(u8) -> bool,
        bytes: &[u8],
        at: &mut usize,
    ) -> bool {
        let skipped = match &bytes[*at..] {
            [b',', b' ', first, ..] if begins(*first) => 2,
            [b',', first, ..] if begins(*first) => 1,
            [b',', b'\n', rest @ ..] => {
                let indent = scan::spaces(rest);
                if !rest.get(indent).is_some_and(|first| begins(*first)) {
                    self.count(indent);
                    return false;
                }
                self.begin_line(*at + 2);
                2 + indent
            }
            _ => return false,
        };
        self.count(skipped);
        *at += skipped;
        self.next = next;
        true
    }

    fn skip_long_whitespace(&mut self, bytes: &[u8], at: &mut usize) {
        let from = *at;
        loop {
            match bytes.get(*at) {
                Some(b' ' | b'\t' | b'\r') => *at += 1,
                Some(b'\n') => {
                    *at += 1;
                    self.begin_line(*at);
                    *at += scan::spaces(&bytes[*at..]);
                }
                Some(&RS) if self.next == Next::Root && self.is_many() => *at += 1,
                _ => break,
            }
        }
        self.count(*at - from);
    }

    #[inline]
    fn begin_line(&mut self, at: usize) {
        self.lines += 1;
        self.line_start = self.offset + at as u64;
    }

    pub(super) fn is_many(&self) -> bool {
        self.options.documents == Documents::Many
    }

    /// Takes one structural byte.
    #[inline]
    fn step(&mut self, at: &mut usize, next: Next) {
        self.count(1);
        *at += 1;
        self.next = next;
    }

    #[inline]
    fn begin_container<S: Sink>(
        &mut self,
        bracket: Bracket,
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        begin(bracket, sink)?;
        self.brackets.push(bracket);
        self.step(at, first_in(bracket));
        Ok(true)
    }

    #[inline]
    fn end_container<S: Sink>(
        &mut self,
        bracket: Bracket,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<(), Halt<S::Error>> {
        sink.ends(self.offset_at(*at + 1));
        end(bracket, sink)?;
        self.close(bytes, at);
        Ok(())
    }

    /// Takes a pair of brackets with nothing in it.
    #[inline]
    fn skip_empty(&mut self, at: &mut usize) -> bool {
        self.count(2);
        *at += 2;
        self.end_value()
    }

    #[inline]
    fn close(&mut self, bytes: &[u8], at: &mut usize) {
        self.brackets.pop();
        let next = self.after_value();
        self.step(at, next);
        self.skip_comma(bytes, at);
    }

    #[inline]
    fn after_value(&self) -> Next {
        match self.brackets.last() {
            None => Next::End,
            Some(Bracket::Array) => Next::ArrayComma,
            Some(Bracket::Object) => Next::ObjectComma,
        }
    }

    /// The open token is whole, and was a value.
    #[inline]
    pub(super) fn end_value(&mut self) -> bool {
        self.token = Token::None;
        self.next = self.after_value();
        true
    }

    #[inline]
    fn begin_value<S: Sink>(
        &mut self,
        byte: u8,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        sink.begins(self.offset_at(*at));
        if begins_number(byte) {
            if let Next::FirstElement | Next::Element = self.next {
                return self.begin_numbers(bytes, at, sink);
            }
            return self.begin_number(bytes, at, sink);
        }
        match byte {
            b'"' => self.begin_string(bytes, at, sink),
            b'{' | b'[' if self.brackets.depth() >= self.options.max_depth as usize => {
                Err(Halt::Limit(Limit::Depth))
            }
            b'{' if bytes.get(*at + 1) == Some(&b'}')
                && sink.empty_object().map_err(Halt::Sink)? =>
            {
                Ok(self.skip_empty(at))
            }
            b'[' if bytes.get(*at + 1) == Some(&b']')
                && sink.empty_array().map_err(Halt::Sink)? =>
            {
                Ok(self.skip_empty(at))
            }
            b'{' => self.begin_container(Bracket::Object, at, sink),
            b'[' => self.begin_container(Bracket::Array, at, sink),
            _ => {
                if let Some(literal) = Literal::begin(byte, self.options.allow_nan) {
                    return match self.next {
                        Next::FirstElement | Next::Element => {
                            self.begin_literals(literal, bytes, at, sink)
                        }
                        _ => self.begin_literal(literal, bytes, at, sink),
                    };
                }
                if byte == BOM[0] && self.offset + *at as u64 == 0 {
                    return self.read_bom(0, bytes, at);
                }
                Err(Halt::Syntax(match self.next {
                    Next::FirstElement => Syntax::FirstElement,
                    _ => Syntax::Value,
                }))
            }
        }
    }
}

#[inline]
fn begin<S: Sink>(bracket: Bracket, sink: &mut S) -> Result<(), Halt<S::Error>> {
    match bracket {
        Bracket::Array => sink.array_begin(),
        Bracket::Object => sink.object_begin(),
    }
    .map_err(Halt::Sink)
}

#[inline]
fn end<S: Sink>(bracket: Bracket, sink: &mut S) -> Result<(), Halt<S::Error>> {
    match bracket {
        Bracket::Array => sink.array_end(),
        Bracket::Object => sink.object_end(),
    }
    .map_err(Halt::Sink)
}

/// What may come behind a bracket that has just opened.
#[inline]
fn first_in(bracket: Bracket) -> Next {
    match bracket {
        Bracket::Array => Next::FirstElement,
        Bracket::Object => Next::FirstKey,
    }
}

/// In one comparison: a sign, as good as random, then is no other way to go than a digit.
#[inline]
pub(super) fn begins_number(byte: u8) -> bool {
    byte.wrapping_sub(b'-') <= b'9' - b'-' && !matches!(byte, b'.' | b'/')
}
