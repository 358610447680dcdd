//! The machine: where in a document we are, and what may come next.
//!
//! Its state is three things: what may come [`Next`], a stack of open brackets, and the token that
//! the last chunk has cut, if any. `write` first resumes that token, then takes tokens whole, until
//! the chunk ends: only the last one can be cut again. So nothing is ever looked at twice because a
//! chunk ended, and there is no recursion and no "need more input": that the bytes are used up is
//! what `write` returns for.
//!
//! A refused byte leaves the machine as it was before that byte, with the error beside it.

use crate::error::{Error, Kind, Limit, Stop, Syntax};
use crate::literal::Literal;
use crate::number::{self, Number, Part};
use crate::scan::{self, End, Run};
use crate::sink::{Sink, Verdict};
use crate::string::{self, Inside};
use crate::text::{Text, Width};

const BOM: [u8; 3] = *b"\xef\xbb\xbf";
/// Record separator: stands before each document of a JSON text sequence (RFC 7464 §2).
const RS: u8 = 0x1e;

/// One document, or any number of them one after another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Documents {
    /// Only whitespace may follow the root.
    #[default]
    One,
    /// `write` returns after each root; [`Machine::next_document`] goes on.
    Many,
}

/// What a machine takes; `u64::MAX` is no limit.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Takes `NaN`, `Infinity` and `-Infinity`, as Python's `json` does.
    pub allow_nan: bool,
    /// Containers within one another.
    pub max_depth: usize,
    /// Bytes in all.
    pub max_bytes: u64,
    /// Raw bytes between the quotes of a string or key.
    pub max_string_bytes: u64,
    /// Digits in the integer part of a number; at least 1.
    pub max_digits: u64,
    /// How many roots.
    pub documents: Documents,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            allow_nan: false,
            max_depth: 1024,
            max_bytes: u64::MAX,
            max_string_bytes: u64::MAX,
            max_digits: 4300,
            documents: Documents::One,
        }
    }
}

/// What may come next, between two tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Root,
    FirstElement,
    Element,
    FirstKey,
    Key,
    Colon,
    Member,
    ArrayComma,
    ObjectComma,
    End,
}

/// The token that the last chunk has cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    None,
    /// Bytes of it that have come.
    Bom(usize),
    String(Inside),
    Key(Inside),
    Number(Part),
    /// Letters of it that have come.
    Literal(Literal, usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bracket {
    Array,
    Object,
}

/// How far the document has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing but whitespace.
    Empty,
    /// The root has begun.
    Open,
    /// The root's last byte has come.
    Complete,
    /// A byte was refused, or `finish` came too early.
    Error,
}

/// What is open at the place where the machine stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Nothing: the root has not begun, or is complete.
    Nothing,
    /// The innermost container, between its members.
    Container,
    /// The innermost container, where a value must come now.
    Slot,
    /// A string, number or literal in it (or as the root).
    Scalar,
}

/// Why a step of the machine cannot be made, at the byte where it stands.
enum Halt<E> {
    Syntax(Syntax),
    Limit(Limit),
    Sink(E),
}

/// A key that a cut or an escape keeps from being told straight from the chunk.
#[derive(Clone, Debug)]
struct KeyText {
    bytes: Vec<u8>,
    chars: usize,
    width: Width,
}

impl KeyText {
    fn push(&mut self, text: Text<'_>) {
        self.bytes.extend_from_slice(text.bytes());
        self.chars += text.chars();
        self.width = self.width.max(text.width());
    }

    fn text(&self) -> Text<'_> {
        Text::new(&self.bytes, self.chars, self.width)
    }

    fn clear(&mut self) {
        self.bytes.clear();
        (self.chars, self.width) = (0, Width::Ascii);
    }
}

/// Takes a document in chunks, cut anywhere, and tells a [`Sink`] what it finds.
///
/// ```
/// use partialjson::{Machine, Options, Tree};
/// let (mut machine, mut tree) = (Machine::new(Options::default()), Tree::default());
/// machine.write(br#"{"name": "Jas"#, &mut tree)?;
/// assert_eq!(tree.snapshot().unwrap().to_string(), r#"{"name":"Jas"}"#);
/// machine.write(br#"on", "age": 4"#, &mut tree)?;
/// machine.write(b"2}", &mut tree)?;
/// machine.finish(&mut tree)?;
/// assert_eq!(tree.snapshot().unwrap().to_string(), r#"{"name":"Jason","age":42}"#);
/// # Ok::<(), partialjson::Stop<std::convert::Infallible>>(())
/// ```
#[derive(Debug)]
pub struct Machine {
    next: Next,
    token: Token,
    stack: Vec<Bracket>,
    options: Options,
    /// Bytes taken before the chunk in hand.
    offset: u64,
    /// Lines ended, the offset after the last of them, and continuation bytes since.
    lines: u64,
    line_start: u64,
    continuation: u64,
    /// Raw bytes of the open string or key.
    string_bytes: u64,
    key: KeyText,
    number: Vec<u8>,
    failed: Option<Error>,
    #[cfg(feature = "count")]
    examined: u64,
}

impl Machine {
    /// A machine at the start of a stream.
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            next: Next::Root,
            token: Token::None,
            stack: Vec::new(),
            options,
            offset: 0,
            lines: 0,
            line_start: 0,
            continuation: 0,
            string_bytes: 0,
            key: KeyText { bytes: Vec::new(), chars: 0, width: Width::Ascii },
            number: Vec::new(),
            failed: None,
            #[cfg(feature = "count")]
            examined: 0,
        }
    }

    /// Takes a chunk and returns how many of its bytes: all, or with [`Documents::Many`] those up to
    /// the end of a root.
    ///
    /// # Errors
    /// [`Stop::Refused`] at the first byte that no document can have here, or past a limit; again
    /// and unchanged at every later call. [`Stop::Sink`] as soon as the sink fails: then the two may
    /// be out of step, and neither must be used on.
    pub fn write<S: Sink>(&mut self, bytes: &[u8], sink: &mut S) -> Result<usize, Stop<S::Error>> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        let room = self.options.max_bytes - self.offset;
        let within = usize::try_from(room).map_or(bytes, |room| &bytes[..bytes.len().min(room)]);
        let mut at = 0;
        let done = self.run(within, &mut at, sink);
        self.offset += at as u64;
        let done = match done {
            Ok(()) if at == within.len() && at < bytes.len() && !self.is_between_documents() => {
                Err(Halt::Limit(Limit::Bytes))
            }
            done => done,
        };
        match done {
            Ok(()) => Ok(at),
            Err(Halt::Sink(error)) => Err(Stop::Sink(error)),
            Err(Halt::Syntax(expected)) => {
                Err(self.fail(Kind::Syntax { expected, found: bytes[at] }).into())
            }
            Err(Halt::Limit(limit)) => {
                let maximum = match limit {
                    Limit::Depth => self.options.max_depth as u64,
                    Limit::Bytes => self.options.max_bytes,
                    Limit::StringBytes => self.options.max_string_bytes,
                    Limit::Digits => self.options.max_digits,
                };
                Err(self.fail(Kind::Limit { limit, maximum }).into())
            }
        }
    }

    /// Says that nothing more comes: what ends a number at the root.
    ///
    /// # Errors
    /// [`Kind::Incomplete`] where the document is not whole.
    pub fn finish<S: Sink>(&mut self, sink: &mut S) -> Result<(), Stop<S::Error>> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        if let Token::Number(part) = self.token
            && self.ends_here()
        {
            self.token = Token::None;
            self.next = Next::End;
            tell(Number::of(&self.number, part.is_integer()), sink).map_err(Stop::Sink)?;
        }
        if self.next == Next::End { Ok(()) } else { Err(self.fail(Kind::Incomplete).into()) }
    }

    /// Whether the document is whole if nothing more comes.
    #[must_use]
    pub fn ends_here(&self) -> bool {
        match self.token {
            Token::Number(part) => part.is_whole() && self.stack.is_empty(),
            _ => self.next == Next::End,
        }
    }

    /// Begins the next document of a stream; positions go on.
    pub fn next_document(&mut self) {
        debug_assert_eq!(self.next, Next::End);
        self.next = Next::Root;
    }

    /// How far the document has come.
    #[must_use]
    pub fn status(&self) -> Status {
        match (self.failed, self.next, self.token) {
            (Some(_), ..) => Status::Error,
            (None, Next::End, _) => Status::Complete,
            (None, Next::Root, Token::None | Token::Bom(_)) => Status::Empty,
            (None, ..) => Status::Open,
        }
    }

    /// What is open.
    #[must_use]
    pub fn open(&self) -> Open {
        match (self.token, self.next) {
            (Token::String(_) | Token::Number(_) | Token::Literal(..), _) => Open::Scalar,
            (Token::Bom(_), _) | (Token::None, Next::Root | Next::End) => Open::Nothing,
            (Token::None, Next::FirstElement | Next::Element | Next::Member) => Open::Slot,
            (Token::Key(_), _)
            | (
                Token::None,
                Next::FirstKey | Next::Key | Next::Colon | Next::ArrayComma | Next::ObjectComma,
            ) => Open::Container,
        }
    }

    /// Bytes taken so far, from the start of the stream; those before the refused byte, after one.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// What the open number shows before its end: the longest prefix that is a number.
    #[must_use]
    pub fn open_number(&self) -> Option<Number<'_>> {
        match self.token {
            Token::Number(_) => number::prefix(&self.number),
            _ => None,
        }
    }

    /// A shortest text that completes the document. `spare` is asked for the shortest text that
    /// makes a key, of which this has come, unlike the others of its object.
    ///
    /// It is UTF-8, but for its start where the last chunk ended in the middle of a character.
    pub fn completion(&self, spare: impl FnOnce(&str) -> String) -> Vec<u8> {
        let mut rest = Vec::new();
        let member = |rest: &mut Vec<u8>, before: &str| {
            rest.extend_from_slice(spare(before).as_bytes());
            rest.extend_from_slice(b"\":0");
        };
        match (self.token, self.next) {
            (Token::Bom(count), _) => {
                rest.extend_from_slice(&BOM[count..]);
                rest.push(b'0');
            }
            (Token::String(inside), _) => {
                rest = inside.rest();
                rest.push(b'"');
            }
            (Token::Key(inside), _) => {
                rest = inside.rest();
                let mut key = self.key.clone();
                read_key_rest(inside, &rest, &mut key);
                member(&mut rest, key.text().as_str());
            }
            (Token::Number(part), _) if part.is_whole() => {}
            (Token::Number(_), _) | (Token::None, Next::Root | Next::Element | Next::Member) => {
                rest.push(b'0');
            }
            (Token::Literal(literal, known), _) => {
                rest.extend_from_slice(&literal.letters()[known..]);
            }
            (Token::None, Next::Key) => {
                rest.push(b'"');
                member(&mut rest, "");
            }
            (Token::None, Next::Colon) => rest.extend_from_slice(b":0"),
            (
                Token::None,
                Next::FirstElement
                | Next::FirstKey
                | Next::ArrayComma
                | Next::ObjectComma
                | Next::End,
            ) => {}
        }
        rest.extend(self.stack.iter().rev().map(|bracket| match bracket {
            Bracket::Array => b']',
            Bracket::Object => b'}',
        }));
        rest
    }

    fn is_between_documents(&self) -> bool {
        self.options.documents == Documents::Many && self.next == Next::End
    }

    /// Makes the error for the byte at `self.offset`, which stays with the machine.
    fn fail(&mut self, kind: Kind) -> Error {
        let unfinished = match self.token {
            Token::String(Inside::Character(character))
            | Token::Key(Inside::Character(character)) => character.received() - 1,
            Token::Bom(count) => count - 1,
            _ => 0,
        };
        let column = self.offset - self.line_start - self.continuation - unfinished as u64 + 1;
        let error = Error { kind, pos: self.offset, line: self.lines + 1, column };
        *self.failed.insert(error)
    }

    fn run<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<(), Halt<S::Error>> {
        if self.token != Token::None && !self.resume(bytes, at, sink)? {
            return Ok(());
        }
        loop {
            if self.is_between_documents() {
                return Ok(());
            }
            self.skip_whitespace(bytes, at);
            let Some(&byte) = bytes.get(*at) else { return Ok(()) };
            let whole = match (self.next, byte) {
                (Next::ArrayComma, b',') => self.step(at, Next::Element),
                (Next::ObjectComma, b',') => self.step(at, Next::Key),
                (Next::Colon, b':') => self.step(at, Next::Member),
                (Next::FirstKey | Next::Key, b'"') => self.begin_key(bytes, at, sink)?,
                (Next::FirstElement | Next::ArrayComma, b']') => {
                    sink.array_end().map_err(Halt::Sink)?;
                    self.close(at)
                }
                (Next::FirstKey | Next::ObjectComma, b'}') => {
                    sink.object_end().map_err(Halt::Sink)?;
                    self.close(at)
                }
                (Next::Root | Next::FirstElement | Next::Element | Next::Member, _) => {
                    self.begin_value(byte, bytes, at, sink)?
                }
                (Next::FirstKey, _) => return Err(Halt::Syntax(Syntax::FirstKey)),
                (Next::Key, _) => return Err(Halt::Syntax(Syntax::Key)),
                (Next::Colon, _) => return Err(Halt::Syntax(Syntax::Colon)),
                (Next::ArrayComma, _) => return Err(Halt::Syntax(Syntax::ArrayNext)),
                (Next::ObjectComma, _) => return Err(Halt::Syntax(Syntax::ObjectNext)),
                (Next::End, _) => return Err(Halt::Syntax(Syntax::End)),
            };
            if !whole {
                return Ok(());
            }
        }
    }

    /// Goes on in the token that the last chunk has cut; `false` where this one cuts it too.
    fn resume<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        match self.token {
            Token::None => Ok(true),
            Token::Bom(count) => self.read_bom(count, bytes, at),
            Token::String(inside) => self.read_string(inside, None, bytes, at, sink),
            Token::Key(inside) => self.read_key(inside, None, bytes, at, sink),
            Token::Number(part) => self.read_number(part, bytes, at, sink),
            Token::Literal(literal, known) => self.read_literal(literal, known, bytes, at, sink),
        }
    }

    #[inline]
    fn skip_whitespace(&mut self, bytes: &[u8], at: &mut usize) {
        let from = *at;
        loop {
            match bytes.get(*at) {
                Some(b' ' | b'\t' | b'\r') => *at += 1,
                Some(b'\n') => {
                    *at += 1;
                    self.lines += 1;
                    self.line_start = self.offset + *at as u64;
                    self.continuation = 0;
                }
                Some(&RS) if self.next == Next::Root && self.is_many() => *at += 1,
                _ => break,
            }
        }
        self.count(*at - from);
    }

    fn is_many(&self) -> bool {
        self.options.documents == Documents::Many
    }

    /// Takes one structural byte.
    #[inline]
    fn step(&mut self, at: &mut usize, next: Next) -> bool {
        self.count(1);
        *at += 1;
        self.next = next;
        true
    }

    #[inline]
    fn open_bracket(&mut self, at: &mut usize, bracket: Bracket, next: Next) -> bool {
        self.stack.push(bracket);
        self.step(at, next)
    }

    #[inline]
    fn close(&mut self, at: &mut usize) -> bool {
        self.stack.pop();
        let next = self.after_value();
        self.step(at, next)
    }

    #[inline]
    fn after_value(&self) -> Next {
        match self.stack.last() {
            None => Next::End,
            Some(Bracket::Array) => Next::ArrayComma,
            Some(Bracket::Object) => Next::ObjectComma,
        }
    }

    /// The open token is whole, and was a value.
    #[inline]
    fn end_value(&mut self) -> bool {
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
        match byte {
            b'"' => self.begin_string(bytes, at, sink),
            b'{' | b'[' if self.stack.len() >= self.options.max_depth => {
                Err(Halt::Limit(Limit::Depth))
            }
            b'{' => {
                sink.object_begin().map_err(Halt::Sink)?;
                Ok(self.open_bracket(at, Bracket::Object, Next::FirstKey))
            }
            b'[' => {
                sink.array_begin().map_err(Halt::Sink)?;
                Ok(self.open_bracket(at, Bracket::Array, Next::FirstElement))
            }
            b'-' | b'0'..=b'9' => self.begin_number(bytes, at, sink),
            _ => {
                if let Some(literal) = Literal::begin(byte, self.options.allow_nan) {
                    return self.read_literal(literal, 0, bytes, at, sink);
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

    fn read_bom<E>(
        &mut self,
        mut count: usize,
        bytes: &[u8],
        at: &mut usize,
    ) -> Result<bool, Halt<E>> {
        while count < BOM.len() {
            match bytes.get(*at) {
                None => return Ok(false),
                Some(&byte) if byte == BOM[count] => {}
                Some(_) => return Err(Halt::Syntax(Syntax::Value)),
            }
            self.count(1);
            *at += 1;
            count += 1;
            self.token = Token::Bom(count);
        }
        self.continuation += 2;
        self.token = Token::None;
        Ok(true)
    }

    #[inline]
    fn read_literal<S: Sink>(
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
            self.token = Token::Literal(literal, known);
            return if *at < bytes.len() { Err(Halt::Syntax(Syntax::Literal)) } else { Ok(false) };
        }
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
    fn begin_number<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let begin = *at;
        let first = begin + usize::from(bytes[begin] == b'-');
        // A number without its sign is what may follow a sign.
        let (part, end, why) = Part::Minus.scan(bytes, first, self.options.max_digits);
        self.count(end - begin);
        *at = end;
        if let number::End::At(byte) = why
            && part.is_whole()
            && self.may_follow_number(byte)
        {
            self.count(end - begin);
            let number = Number::of(&bytes[begin..end], part.is_integer());
            tell(number, sink).map_err(Halt::Sink)?;
            return Ok(self.end_value());
        }
        self.number.clear();
        self.number.extend_from_slice(&bytes[begin..end]);
        self.token = Token::Number(part);
        self.halt_number(part, why, bytes, at, sink)
    }

    /// Goes on in a number of which `self.number` holds what has come.
    fn read_number<S: Sink>(
        &mut self,
        part: Part,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let (part, end, why) = part.scan(bytes, *at, self.options.max_digits);
        self.count(end - *at);
        self.number.extend_from_slice(&bytes[*at..end]);
        *at = end;
        self.token = Token::Number(part);
        if let number::End::At(byte) = why
            && part.is_whole()
            && self.may_follow_number(byte)
        {
            self.count(self.number.len());
            tell(Number::of(&self.number, part.is_integer()), sink).map_err(Halt::Sink)?;
            return Ok(self.end_value());
        }
        self.halt_number(part, why, bytes, at, sink)
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
                self.read_literal(Literal::MinusInfinity, 1, bytes, at, sink)
            }
            number::End::At(_) if part.is_whole() => Err(Halt::Syntax(Syntax::Number)),
            number::End::At(_) => Err(Halt::Syntax(Syntax::Digit)),
        }
    }

    #[inline]
    fn may_follow_number(&self, byte: u8) -> bool {
        match (byte, self.stack.last()) {
            (b' ' | b'\n' | b'\r' | b'\t', _)
            | (b',' | b']', Some(Bracket::Array))
            | (b',' | b'}', Some(Bracket::Object)) => true,
            // Roots may touch, but two numbers could not be told apart.
            (b'{' | b'[' | b'"' | RS, None) => self.is_many(),
            _ => false,
        }
    }

    #[inline]
    fn begin_string<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        self.count(1);
        let run = self.scan_text(self.window(0, bytes, *at + 1), *at + 1);
        if let End::At(b'"') = run.end {
            *at += run.text.bytes().len() + 2;
            sink.string(run.text).map_err(Halt::Sink)?;
            return Ok(self.end_value());
        }
        *at += 1;
        self.string_bytes = 0;
        self.token = Token::String(Inside::Text);
        sink.string_begin().map_err(Halt::Sink)?;
        self.read_string(Inside::Text, Some(run), bytes, at, sink)
    }

    #[inline]
    fn begin_key<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        self.count(1);
        let run = self.scan_text(self.window(0, bytes, *at + 1), *at + 1);
        if let End::At(b'"') = run.end {
            *at += run.text.bytes().len() + 1;
            let verdict = sink.key(run.text).map_err(Halt::Sink)?;
            return self.end_key(verdict, at);
        }
        *at += 1;
        self.string_bytes = 0;
        self.key.clear();
        self.token = Token::Key(Inside::Text);
        self.read_key(Inside::Text, Some(run), bytes, at, sink)
    }

    /// At the closing quote of a key.
    #[inline]
    fn end_key<E>(&mut self, verdict: Verdict, at: &mut usize) -> Result<bool, Halt<E>> {
        if verdict == Verdict::Repeated {
            return Err(Halt::Syntax(Syntax::Duplicate));
        }
        self.token = Token::None;
        self.next = Next::Colon;
        *at += 1;
        Ok(true)
    }

    fn read_string<S: Sink>(
        &mut self,
        mut inside: Inside,
        first: Option<Run<'_>>,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let read = self.read_text(&mut inside, first, bytes, at, |text| sink.string_part(text));
        self.token = Token::String(inside);
        if !read? {
            return Ok(false);
        }
        sink.string_end().map_err(Halt::Sink)?;
        *at += 1;
        Ok(self.end_value())
    }

    fn read_key<S: Sink>(
        &mut self,
        mut inside: Inside,
        first: Option<Run<'_>>,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let mut key = std::mem::replace(
            &mut self.key,
            KeyText { bytes: Vec::new(), chars: 0, width: Width::Ascii },
        );
        let read = self.read_text(&mut inside, first, bytes, at, |text| {
            key.push(text);
            Ok(())
        });
        self.key = key;
        self.token = Token::Key(inside);
        if !read? {
            return Ok(false);
        }
        let verdict = sink.key(self.key.text()).map_err(Halt::Sink)?;
        self.end_key(verdict, at)
    }

    /// Reads on in a string or key to its closing quote; `false` where the chunk ends before.
    /// The `first` run of text may have been scanned already.
    fn read_text<E>(
        &mut self,
        inside: &mut Inside,
        mut first: Option<Run<'_>>,
        bytes: &[u8],
        at: &mut usize,
        mut out: impl FnMut(Text<'_>) -> Result<(), E>,
    ) -> Result<bool, Halt<E>> {
        let begin = *at;
        let before = self.string_bytes;
        let window = self.window(before, bytes, begin);
        let result = loop {
            if *inside == Inside::Text {
                let run = first.take().unwrap_or_else(|| self.scan_text(window, *at));
                *at += run.text.bytes().len();
                if run.text.chars() > 0 {
                    out(run.text).map_err(Halt::Sink)?;
                }
                match run.end {
                    End::At(b'"') => break Ok(true),
                    End::At(b'\\') => {
                        *at += 1;
                        *inside = Inside::Escape;
                    }
                    End::At(_) => break Err(Syntax::Control),
                    End::Invalid(fault) => {
                        *at = fault.at;
                        *inside = fault.before.map_or(Inside::Text, Inside::Character);
                        break Err(Syntax::Utf8);
                    }
                    End::Inside(character) => {
                        *at = window.len();
                        *inside = Inside::Character(character);
                    }
                    End::Chunk => {}
                }
            }
            let Some(&byte) = window.get(*at) else { break Ok(false) };
            if *inside == Inside::Text {
                continue;
            }
            self.count(1);
            match inside.step(byte) {
                Ok(step) => {
                    *at += 1;
                    let mut buffer = [0; 4];
                    if let Some(text) = string::completed(&step, &mut buffer) {
                        out(text).map_err(Halt::Sink)?;
                    }
                    *inside = match step {
                        string::Step::Open(inside) => inside,
                        string::Step::Escaped(_) => Inside::Text,
                        string::Step::Character(character) => {
                            self.continuation += character.received() as u64 - 1;
                            Inside::Text
                        }
                    };
                }
                Err(syntax) => break Err(syntax),
            }
        };
        self.string_bytes = before + (*at - begin) as u64;
        match result {
            Ok(false) if window.len() < bytes.len() => {
                // The string is as long as it may be: only its closing quote may come.
                match (*inside, bytes[*at]) {
                    (Inside::Text, b'"') => Ok(true),
                    _ => Err(Halt::Limit(Limit::StringBytes)),
                }
            }
            Ok(whole) => Ok(whole),
            Err(syntax) => Err(Halt::Syntax(syntax)),
        }
    }

    /// The bytes up to where a string passes its limit, of which `before` raw ones have come.
    #[inline]
    fn window<'a>(&self, before: u64, bytes: &'a [u8], at: usize) -> &'a [u8] {
        let room = self.options.max_string_bytes - before;
        match usize::try_from(room) {
            Ok(room) if room < bytes.len() - at => &bytes[..at + room],
            _ => bytes,
        }
    }

    /// The run of text from `at`, which is looked at now and never again.
    #[inline]
    fn scan_text<'a>(&mut self, window: &'a [u8], at: usize) -> Run<'a> {
        let run = scan::text(window, at);
        let len = run.text.bytes().len();
        self.continuation += (len - run.text.chars()) as u64;
        self.count(match run.end {
            End::Chunk => len,
            End::At(_) => len + 1,
            End::Invalid(_) | End::Inside(_) => window.len() - at,
        });
        run
    }

    /// Counts bytes looked at.
    #[inline]
    #[cfg_attr(not(feature = "count"), expect(clippy::unused_self))]
    fn count(&mut self, bytes: usize) {
        #[cfg(feature = "count")]
        {
            self.examined += bytes as u64;
        }
        #[cfg(not(feature = "count"))]
        let _ = bytes;
    }

    /// Bytes looked at so far, each as often as it was.
    #[cfg(feature = "count")]
    #[must_use]
    pub fn examined(&self) -> u64 {
        self.examined
    }
}

/// What the shortest end of an unfinished escape or character adds to a key.
fn read_key_rest(mut inside: Inside, rest: &[u8], key: &mut KeyText) {
    for &byte in rest {
        let Ok(step) = inside.step(byte) else { unreachable!("the rest fits") };
        let mut buffer = [0; 4];
        if let Some(text) = string::completed(&step, &mut buffer) {
            key.push(text);
        }
        if let string::Step::Open(open) = step {
            inside = open;
        }
    }
}

#[inline]
fn tell<S: Sink>(number: Number<'_>, sink: &mut S) -> Result<(), S::Error> {
    match number {
        Number::Small(value) => sink.integer(value),
        Number::Big(digits) => sink.big_integer(digits),
        Number::Float(value) => sink.float(value),
    }
}
