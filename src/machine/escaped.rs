//! A string that stands in the chunk with escapes, put together piece by piece.

use super::TokenText;
use crate::scan::{self, End, Run};
use crate::string;
use crate::text::{Text, Width};

/// How many raw bytes are put together at a time, and about how much memory that may take.
const PIECE: usize = if cfg!(test) { 2 << 10 } else { 40 << 10 };
/// As many as room is made for at first.
const FIRST: usize = 1 << 10;
/// Less room than that is made larger.
const ENOUGH: usize = 256;

/// A place in such a string.
#[derive(Clone, Copy)]
pub struct Escaped<'a> {
    window: &'a [u8],
    /// Where `run` begins.
    pub at: usize,
    run: Run<'a>,
    /// Continuation bytes so far, without those of `run`.
    pub continuation: usize,
    /// Bytes looked at so far, without those of `run`.
    pub examined: usize,
}

/// Why a piece ends.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// In front of the closing quote.
    Last,
    /// It is as long as a piece may be.
    Full,
    /// In front of something for the slow way to look at.
    Hard,
}

/// How much text a string has.
#[derive(Clone, Copy)]
pub struct Extent {
    pub chars: usize,
    pub width: Width,
    /// Whether that is all, up to the closing quote.
    pub whole: bool,
}

impl<'a> Escaped<'a> {
    /// From a run on, which was scanned and accounted for.
    pub fn new(window: &'a [u8], at: usize, run: Run<'a>) -> Self {
        Self { window, at, run, continuation: 0, examined: 0 }
    }

    /// Puts what comes next into `text`, which is empty.
    pub fn piece(&mut self, text: &mut TokenText) -> Piece {
        let end = self.at + PIECE;
        // Room for the text in front of the first escape, too, so that it need not move behind it.
        let first = self.run.text.bytes().len();
        if text.room() < (first + ENOUGH).min(PIECE) {
            text.make_room((first + FIRST).min(PIECE).min(self.window.len() - self.at));
        }
        loop {
            if self.at + self.run.text.bytes().len() > end {
                return Piece::Full;
            }
            text.push(self.take_run());
            match self.run.end {
                End::At(b'"') => return Piece::Last,
                End::At(b'\\') => {}
                _ => return Piece::Hard,
            }
            let begin = self.at;
            // In what room there is, else in room for little, or for as much as a piece may be.
            let more = match text.room() {
                room @ ENOUGH.. => room,
                _ if text.bytes.len() < FIRST => FIRST,
                _ => PIECE,
            };
            let more = &self.window[..self.window.len().min(begin + more).min(end)];
            text.make_room(more.len() - begin);
            self.at = text.unescape_ascii(more, begin);
            if self.window.get(self.at) == Some(&b'\\') {
                let Some((char, len)) = string::escape(&self.window[self.at..]) else {
                    self.examined += self.at - begin;
                    return Piece::Hard;
                };
                text.push_char(char);
                self.at += len;
            }
            self.examined += self.at - begin;
            self.run = scan::text(self.window, self.at);
            let (run, room) = (self.run, self.window.len() - self.at);
            self.continuation += run.text.bytes().len() - run.text.chars();
            self.examined += run.examined(room);
        }
    }

    /// The text in front of the next escape, if it is longer than a piece may be.
    fn long_run(&mut self) -> Option<Text<'a>> {
        (self.run.text.bytes().len() > PIECE).then(|| self.take_run())
    }

    fn take_run(&mut self) -> Text<'a> {
        let text = std::mem::replace(&mut self.run.text, Text::ascii(&[]));
        self.at += text.bytes().len();
        text
    }

    /// Goes on and tells each piece; whether that ends in front of the closing quote.
    pub fn each(&mut self, text: &mut TokenText, mut tell: impl FnMut(Text<'_>)) -> bool {
        loop {
            text.clear();
            let piece = self.piece(text);
            tell(text.text());
            match piece {
                Piece::Last => return true,
                Piece::Hard => return false,
                Piece::Full => self.long_run().into_iter().for_each(&mut tell),
            }
        }
    }

    /// Goes on as far, and adds up how much text there is.
    pub fn measure(&mut self, so_far: Extent, text: &mut TokenText) -> Extent {
        let Extent { mut chars, mut width, .. } = so_far;
        let whole = self.each(text, |piece| {
            chars += piece.chars();
            width = width.max(piece.width());
        });
        Extent { chars, width, whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Machine, Options, Tree};

    const TEXTS: [&str; 4] = ["a", "é", "東", "😀"];

    /// JSON strings around a piece's length, with runs and escapes of every width in their middle.
    fn long_strings() -> impl Iterator<Item = String> {
        let lengths = [1, PIECE / 2, PIECE - 6, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE];
        TEXTS.into_iter().flat_map(move |text| {
            lengths.into_iter().flat_map(move |length| {
                let run = text.repeat(length / text.len());
                ["\\n", "\\u00e9", "\\ud83d\\ude00"].map(|escape| {
                    format!("\"x{escape}{run}{escape}{escape}{run}{text}{escape}{run}\"")
                })
            })
        })
    }

    #[test]
    fn a_long_string_is_what_its_escapes_say_wherever_it_is_cut() {
        for document in long_strings() {
            let expected: serde_json::Value = serde_json::from_str(&document).unwrap();
            for cut in (0..document.len()).step_by(1 + document.len() / 16) {
                let (mut machine, mut tree) = (Machine::new(Options::default()), Tree::default());
                let (before, after) = document.as_bytes().split_at(cut);
                machine.write(before, &mut tree).unwrap();
                machine.write(after, &mut tree).unwrap();
                machine.finish(&mut tree).unwrap();
                assert_eq!(tree.snapshot().unwrap().to_string(), expected.to_string());
            }
        }
    }
}
