//! Strings and keys.

use super::escaped::{Escaped, Extent, Piece};
use super::{Halt, Machine, Next, Token, TokenText, aside};
use crate::error::{Limit, Syntax};
use crate::scan::{self, End, Run};
use crate::sink::{Length, Sink, Verdict};
use crate::string::{self, Inside};
use crate::text::Text;

impl Machine {
    #[inline]
    pub(super) fn begin_string<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let from = *at + 1;
        let plain = self.scan_plain(bytes, from);
        if let Some(b'"') = bytes.get(plain) {
            *at = plain + 1;
            sink.ends(self.offset_at(*at));
            sink.string(Text::ascii(&bytes[from..plain])).map_err(Halt::Sink)?;
            return Ok(self.end_value());
        }
        self.begin_other_string(plain, bytes, at, sink)
    }

    /// A string that is more than plain ASCII up to its closing quote.
    fn begin_other_string<S: Sink>(
        &mut self,
        plain: usize,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        *at += 1;
        if bytes.get(plain) == Some(&b'\\') {
            if aside(at, |at| self.begin_short_string(plain, bytes, at, sink))
                .map_err(Halt::Sink)?
            {
                return Ok(self.end_value());
            }
        } else if let Some(text) = self.scan_short(plain, bytes, *at) {
            *at += text.bytes().len() + 1;
            sink.ends(self.offset_at(*at));
            sink.string(text).map_err(Halt::Sink)?;
            return Ok(self.end_value());
        }
        let run = self.scan_on(bytes, *at, plain);
        if let End::At(b'"') = run.end {
            *at += run.text.bytes().len() + 1;
            sink.ends(self.offset_at(*at));
            sink.string(run.text).map_err(Halt::Sink)?;
            return Ok(self.end_value());
        }
        aside(at, |at| self.begin_hard_string(run, bytes, at, sink))
    }

    /// A string with escapes, or that the chunk cuts, or that is refused.
    fn begin_hard_string<S: Sink>(
        &mut self,
        run: Run<'_>,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        self.string_bytes = 0;
        self.token = Token::String(Inside::Text);
        let mut first = Some(run);
        if let End::At(b'\\') = run.end {
            let mut text = std::mem::take(&mut self.text);
            let told = self.begin_escaped_string(run, bytes, at, &mut text, sink);
            text.clear();
            self.text = text;
            if told.map_err(Halt::Sink)? {
                return Ok(self.end_value());
            }
            first = None;
        } else {
            sink.string_begin().map_err(Halt::Sink)?;
        }
        self.read_string(Inside::Text, first, bytes, at, sink)
    }

    /// Tells a string with simple escapes, if it is of ASCII and short, as most with escapes are;
    /// `first` is where the first one stands.
    fn begin_short_string<S: Sink>(
        &mut self,
        first: usize,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, S::Error> {
        if first - *at > string::SHORT_PLAIN {
            return Ok(false);
        }
        let mut text = [0; string::SHORT];
        // From the beginning again, which is faster than to wait for `first`.
        let (end, len) = string::unescape_short(&self.window(0, bytes, *at)[*at..], &mut text);
        self.count(end);
        let Some(len) = len else { return Ok(false) };
        self.count(1);
        *at += end + 1;
        sink.ends(self.offset_at(*at));
        sink.string(Text::ascii(&text[..len.get()]))?;
        Ok(true)
    }

    /// Tells a string that stands in the chunk with escapes, as far as it goes on simply: to its
    /// closing quote (`true`), or to something for the slow way to look at.
    fn begin_escaped_string<S: Sink>(
        &mut self,
        run: Run<'_>,
        bytes: &[u8],
        at: &mut usize,
        text: &mut TokenText,
        sink: &mut S,
    ) -> Result<bool, S::Error> {
        let begin = *at;
        let mut start = Escaped::new(self.window(0, bytes, begin), begin, run);
        let mut escaped = start;
        let piece = escaped.piece(text);
        let mut extent =
            Extent { chars: text.chars, width: text.width, whole: piece == Piece::Last };
        if piece == Piece::Full {
            // So long a string is gone through twice, rather than put together beside its value.
            extent = escaped.measure(extent, text);
            self.count(escaped.examined);
        }
        self.count(escaped.examined);
        self.line_start += escaped.continuation as u64;
        *at = escaped.at + usize::from(extent.whole);
        let tell = |tell: &mut dyn FnMut(Text<'_>)| match piece {
            Piece::Full => _ = start.each(text, tell),
            _ => tell(text.text()),
        };
        if !extent.whole {
            self.string_bytes = (*at - begin) as u64;
            sink.string_begin()?;
            sink.string_parts(tell)?;
            return Ok(false);
        }
        sink.ends(self.offset_at(*at));
        match piece {
            Piece::Full => sink.string_of(extent.chars, extent.width, tell)?,
            _ => sink.string(text.text())?,
        }
        Ok(true)
    }

    #[inline]
    pub(super) fn begin_key<S: Sink>(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let from = *at + 1;
        let rest = &self.window(0, bytes, from)[from..];
        if let Some((Length { bytes, chars }, verdict)) =
            sink.known_key(rest).map_err(Halt::Sink)?
        {
            self.count(bytes + 2);
            self.line_start += (bytes - chars) as u64;
            *at = from + bytes;
            return self.end_key(verdict, at);
        }
        let plain = self.scan_plain(bytes, from);
        if let Some(b'"') = bytes.get(plain) {
            *at = plain;
            sink.ends(self.offset_at(plain + 1));
            let verdict = sink.key(Text::ascii(&bytes[from..plain])).map_err(Halt::Sink)?;
            return self.end_key(verdict, at);
        }
        self.begin_other_key(plain, bytes, at, sink)
    }

    fn begin_other_key<S: Sink>(
        &mut self,
        plain: usize,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        *at += 1;
        if let Some(text) = self.scan_short(plain, bytes, *at) {
            *at += text.bytes().len();
            sink.ends(self.offset_at(*at + 1));
            let verdict = sink.key(text).map_err(Halt::Sink)?;
            return self.end_key(verdict, at);
        }
        let run = self.scan_on(bytes, *at, plain);
        if let End::At(b'"') = run.end {
            *at += run.text.bytes().len();
            sink.ends(self.offset_at(*at + 1));
            let verdict = sink.key(run.text).map_err(Halt::Sink)?;
            return self.end_key(verdict, at);
        }
        self.string_bytes = 0;
        self.token = Token::Key(Inside::Text);
        self.read_key(Inside::Text, Some(run), bytes, at, sink)
    }

    /// The end of the plain text that a string or key begins with, and perhaps is; the end of the
    /// bytes where it is as long as it may be.
    #[inline]
    fn scan_plain(&mut self, bytes: &[u8], from: usize) -> usize {
        let window = self.window(0, bytes, from);
        let end = scan::plain(window, from);
        self.count(end - from + 2);
        end
    }

    /// All text up to the closing quote, if it is short, and not all ASCII from `plain` on.
    #[inline]
    fn scan_short<'a>(&mut self, plain: usize, bytes: &'a [u8], from: usize) -> Option<Text<'a>> {
        let window = self.window(0, bytes, from);
        if window.get(plain).is_none_or(u8::is_ascii) {
            return None;
        }
        let text = scan::short_text(window, from)?;
        self.line_start += (text.bytes().len() - text.chars()) as u64;
        self.count(text.bytes().len());
        Some(text)
    }

    /// The first run of a string's text, of which `plain` ends the part that was scanned.
    fn scan_on<'a>(&mut self, bytes: &'a [u8], from: usize, plain: usize) -> Run<'a> {
        let window = self.window(0, bytes, from);
        let run = scan::text_from(window, from, plain);
        self.take_run(run, plain - from, window.len() - from);
        run
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

    /// The run of text that a chunk begins with, if it goes on in the text of a string and is not
    /// too long for the limits. As most tokens of prose are, it may be nothing else.
    #[inline]
    pub(super) fn begin_text<'a>(&mut self, bytes: &'a [u8]) -> Option<Run<'a>> {
        let length = bytes.len() as u64;
        let is_text = self.token == Token::String(Inside::Text)
            && length <= self.options.max_bytes - self.offset
            && length <= self.options.max_string_bytes - self.string_bytes;
        is_text.then(|| self.scan_text(bytes, 0))
    }

    /// Takes a chunk that is text of the open string, and nothing else.
    #[inline]
    pub(super) fn take_text<S: Sink>(
        &mut self,
        text: Text<'_>,
        sink: &mut S,
    ) -> Result<(), S::Error> {
        if text.chars() > 0 {
            sink.string_part(text)?;
        }
        let length = text.bytes().len() as u64;
        self.offset += length;
        self.string_bytes += length;
        Ok(())
    }

    pub(super) fn read_string<S: Sink>(
        &mut self,
        mut inside: Inside,
        first: Option<Run<'_>>,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let read = self.read_text(&mut inside, first, bytes, at, |_, text| sink.string_part(text));
        self.token = Token::String(inside);
        if !read? {
            return Ok(false);
        }
        sink.ends(self.offset_at(*at + 1));
        sink.string_end().map_err(Halt::Sink)?;
        *at += 1;
        Ok(self.end_value())
    }

    pub(super) fn read_key<S: Sink>(
        &mut self,
        mut inside: Inside,
        first: Option<Run<'_>>,
        bytes: &[u8],
        at: &mut usize,
        sink: &mut S,
    ) -> Result<bool, Halt<S::Error>> {
        let read = self.read_text(&mut inside, first, bytes, at, |key, text| {
            key.push(text);
            Ok(())
        });
        self.token = Token::Key(inside);
        if !read? {
            return Ok(false);
        }
        sink.ends(self.offset_at(*at + 1));
        let verdict = sink.key(self.text.text()).map_err(Halt::Sink)?;
        self.text.clear();
        self.end_key(verdict, at)
    }

    /// Reads on in a string or key to its closing quote; `false` where the chunk ends before. What
    /// it finds goes to `out`, with what is kept of the token. The `first` run of text may have
    /// been scanned already.
    fn read_text<E>(
        &mut self,
        inside: &mut Inside,
        mut first: Option<Run<'_>>,
        bytes: &[u8],
        at: &mut usize,
        mut out: impl FnMut(&mut TokenText, Text<'_>) -> Result<(), E>,
    ) -> Result<bool, Halt<E>> {
        let begin = *at;
        let before = self.string_bytes;
        let window = self.window(before, bytes, begin);
        let result = loop {
            if *inside == Inside::Text {
                let run = first.take().unwrap_or_else(|| self.scan_text(window, *at));
                *at += run.text.bytes().len();
                if run.text.chars() > 0 {
                    out(&mut self.text, run.text).map_err(Halt::Sink)?;
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
                        out(&mut self.text, text).map_err(Halt::Sink)?;
                    }
                    *inside = match step {
                        string::Step::Open(inside) => inside,
                        string::Step::Escaped(_) => Inside::Text,
                        string::Step::Character(character) => {
                            self.line_start += character.received() as u64 - 1;
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
        self.take_run(run, 0, window.len() - at);
        run
    }

    /// Accounts for a run, of which `known` bytes were looked at before, of `room` that there were.
    #[inline]
    fn take_run(&mut self, run: Run<'_>, known: usize, room: usize) {
        self.line_start += (run.text.bytes().len() - run.text.chars()) as u64;
        self.count(run.examined(room) - known);
    }
}
