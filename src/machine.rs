//! The machine: where in a document we are, and what may come next.
//!
//! Its state is three things: what may come [`Next`], a stack of open brackets, and the token that
//! the last chunk has cut, if any. `write` first resumes that token, then takes tokens whole, until
//! the chunk ends: only the last one can be cut again. So nothing is ever looked at twice because a
//! chunk ended, and there is no recursion and no "need more input": that the bytes are used up is
//! what `write` returns for.
//!
//! A refused byte leaves the machine as it was before that byte, with the error beside it.

mod brackets;
mod completion;
mod escaped;
mod scalars;
mod strings;
mod structure;

use self::brackets::{Bracket, Brackets};
use crate::error::{Error, Kind, Limit, Stop, Syntax};
use crate::literal::Literal;
use crate::number::{self, Number, Part};
use crate::scan::{End, Run};
use crate::sink::Sink;
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

/// What a machine takes; the largest number is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Takes `NaN`, `Infinity` and `-Infinity`, as Python's `json` does.
    pub allow_nan: bool,
    /// Containers within one another.
    pub max_depth: u32,
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
    Bom(u8),
    String(Inside),
    Key(Inside),
    Number(Part),
    /// Letters of it that have come.
    Literal(Literal, u8),
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

/// A key, string or number that a cut or an escape keeps from being told straight from the chunk.
#[derive(Clone, Debug, Default)]
struct TokenText {
    bytes: Vec<u8>,
    chars: usize,
    width: Width,
}

impl TokenText {
    #[inline]
    fn push(&mut self, text: Text<'_>) {
        self.bytes.extend_from_slice(text.bytes());
        self.chars += text.chars();
        self.width = self.width.max(text.width());
    }

    /// How many bytes may be taken without moving what is there, if escapes are among them.
    fn room(&self) -> usize {
        (self.bytes.capacity() - self.bytes.len()).saturating_sub(string::ROOM)
    }

    fn make_room(&mut self, bytes: usize) {
        self.bytes.reserve_exact(bytes + string::ROOM);
    }

    /// Takes ASCII text and escapes; returns where they end.
    fn unescape_ascii(&mut self, bytes: &[u8], from: usize) -> usize {
        let before = self.bytes.len();
        let end = string::unescape_ascii(bytes, from, &mut self.bytes);
        self.chars += self.bytes.len() - before;
        end
    }

    #[inline]
    fn push_char(&mut self, char: char) {
        if char.is_ascii() {
            self.bytes.push(char as u8);
            self.chars += 1;
        } else {
            self.push(Text::of_char(char, &mut [0; 4]));
        }
    }

    fn text(&self) -> Text<'_> {
        Text::new(&self.bytes, self.chars, self.width)
    }

    fn clear(&mut self) {
        self.bytes.clear();
        (self.chars, self.width) = (0, Width::Ascii);
    }
}

/// How much of the memory that a long token took is kept, once it is done with: between chunks a
/// machine is small.
const KEPT: usize = 128;
/// The same between documents: mostly the next one follows, and wants as much.
const KEPT_BETWEEN: usize = 2 << 10;

/// Gives the memory back, if it is more than that.
#[inline]
fn trim(buffer: &mut Vec<u8>, kept: usize) {
    if buffer.is_empty() && buffer.capacity() > kept {
        *buffer = Vec::new();
    }
}

/// Lets a function that is not inlined move a copy of the place where the machine stands. The place
/// itself so needs no address, and a register holds it: in memory, each token would wait for the
/// last one to be written there.
#[inline]
fn aside<T>(at: &mut usize, go: impl FnOnce(&mut usize) -> T) -> T {
    let mut place = *at;
    let done = go(&mut place);
    *at = place;
    done
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
    brackets: Brackets,
    options: Options,
    /// Bytes taken before the chunk in hand.
    offset: u64,
    /// Lines ended, and the offset at which this one would have begun if each of its characters
    /// were one byte long.
    lines: u64,
    line_start: u64,
    /// Raw bytes of the open string or key.
    string_bytes: u64,
    text: TokenText,
    failed: Option<Box<Error>>,
    #[cfg(feature = "count")]
    examined: u64,
}

impl Machine {
    /// A machine at the start of a stream.
    #[must_use]
    #[inline]
    pub fn new(options: Options) -> Self {
        Self {
            next: Next::Root,
            token: Token::None,
            brackets: Brackets::default(),
            options,
            offset: 0,
            lines: 0,
            line_start: 0,
            string_bytes: 0,
            text: TokenText::default(),
            failed: None,
            #[cfg(feature = "count")]
            examined: 0,
        }
    }

    /// What it takes: what it was made with, but for [`Machine::allow_digits`].
    #[must_use]
    pub fn options(&self) -> Options {
        self.options
    }

    /// A machine for a part of a stream that begins with the byte at `offset`.
    #[must_use]
    pub fn starting_at(offset: u64, options: Options) -> Self {
        Self { offset, line_start: offset, ..Self::new(options) }
    }

    /// Takes a chunk and returns how many of its bytes: all, or with [`Documents::Many`] those up
    /// to the end of a root, or those up to where the sink pauses.
    ///
    /// # Errors
    /// [`Stop::Refused`] at the first byte that no document can have here, or past a limit; again
    /// and unchanged at every later call. [`Stop::Sink`] as soon as the sink fails: then the two may
    /// be out of step, and neither must be used on.
    pub fn write<S: Sink>(&mut self, bytes: &[u8], sink: &mut S) -> Result<usize, Stop<S::Error>> {
        if let Some(error) = &self.failed {
            return Err((**error).into());
        }
        let first = self.begin_text(bytes);
        if let Some(Run { text, end: End::Chunk }) = first {
            self.take_text(text, sink).map_err(Stop::Sink)?;
            return Ok(bytes.len());
        }
        let room = self.options.max_bytes - self.offset;
        let within = usize::try_from(room).map_or(bytes, |room| &bytes[..bytes.len().min(room)]);
        let mut at = 0;
        let done = self.run(first, within, &mut at, sink);
        self.offset += at as u64;
        trim(&mut self.text.bytes, if self.next == Next::End { KEPT_BETWEEN } else { KEPT });
        let done = match done {
            Ok(())
                if at == within.len()
                    && at < bytes.len()
                    && !(self.is_many() && self.next == Next::End)
                    && !sink.pauses() =>
            {
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
                    Limit::Depth => self.options.max_depth.into(),
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
        if let Some(error) = &self.failed {
            return Err((**error).into());
        }
        if let Token::Number(part) = self.token
            && self.ends_here()
        {
            self.token = Token::None;
            self.next = Next::End;
            sink.ends(self.offset);
            self.tell_number(part, sink).map_err(Stop::Sink)?;
        }
        trim(&mut self.text.bytes, KEPT);
        if self.next == Next::End { Ok(()) } else { Err(self.fail(Kind::Incomplete).into()) }
    }

    /// Takes longer numbers from here on; where one was refused as too long, it no longer is.
    pub fn allow_digits(&mut self, maximum: u64) {
        self.options.max_digits = maximum;
        self.failed = None;
    }

    /// Says that the open number ends here, if one is open: its end was seen in another reading.
    ///
    /// # Errors
    /// The sink's.
    pub fn end_number<S: Sink>(&mut self, sink: &mut S) -> Result<(), S::Error> {
        if let Token::Number(part) = self.token {
            sink.ends(self.offset);
            self.tell_number(part, sink)?;
            self.end_value();
        }
        Ok(())
    }

    /// Whether the document is whole if nothing more comes.
    #[must_use]
    pub fn ends_here(&self) -> bool {
        match self.token {
            Token::Number(part) => part.is_whole() && self.brackets.depth() == 0,
            _ => self.next == Next::End,
        }
    }

    /// Whether the root's last byte has come, whatever was refused since.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.next == Next::End
    }

    /// Begins another stream with the same options; nothing is left of this one but memory.
    #[inline]
    pub fn restart(&mut self) {
        (self.next, self.token) = (Next::Root, Token::None);
        (self.offset, self.lines, self.line_start) = (0, 0, 0);
        self.brackets.clear();
        self.text.clear();
        trim(&mut self.text.bytes, KEPT_BETWEEN);
        self.failed = None;
    }

    /// Begins the next document of a stream; positions go on.
    pub fn next_document(&mut self) {
        debug_assert_eq!(self.next, Next::End);
        self.next = Next::Root;
    }

    /// How far the document has come.
    #[must_use]
    pub fn status(&self) -> Status {
        match (&self.failed, self.next, self.token) {
            (Some(_), ..) => Status::Error,
            (None, Next::End, _) => Status::Complete,
            (None, Next::Root, Token::None | Token::Bom(_)) => Status::Empty,
            (None, ..) => Status::Open,
        }
    }

    /// Whether nothing has come but what may stand before a document; and that whole.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.next == Next::Root && self.token == Token::None
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
            Token::Number(_) => number::prefix(&self.text.bytes),
            _ => None,
        }
    }

    /// The offset of a byte of the chunk in hand.
    #[inline]
    fn offset_at(&self, at: usize) -> u64 {
        self.offset + at as u64
    }

    /// Makes the error for the byte at `self.offset`, which stays with the machine.
    fn fail(&mut self, kind: Kind) -> Error {
        let unfinished = match self.token {
            Token::String(Inside::Character(character))
            | Token::Key(Inside::Character(character)) => character.received() - 1,
            Token::Bom(count) => usize::from(count) - 1,
            _ => 0,
        };
        let column = self.offset - self.line_start - unfinished as u64 + 1;
        let error = Error { kind, pos: self.offset, line: self.lines + 1, column };
        self.failed = Some(Box::new(error));
        error
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
