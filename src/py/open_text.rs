//! The string that is still arriving, in the form that a Python `str` will have.

#![expect(clippy::cast_possible_truncation, reason = "scanning has found the units wide enough")]

use pyo3::Python;

use super::ffi::{self, Failed, Ref};
use crate::text::{self, Text, Width};

/// Code points from which on a string that is asked for again and again grows in place, where nobody
/// else holds it: below, a copy is as cheap.
const LONG_TEXT: usize = 1024;

/// Bytes that an open string has room for at once, so that the first tokens need not ask again.
const FIRST: usize = 64;

/// The open string as it was last shown; and, of a long one, as it was shown before that in the same
/// width, since who holds the last one has let go of that.
#[derive(Debug)]
pub struct ShownText {
    pub text: Ref,
    chars: usize,
    width: Width,
    before: Option<(Ref, usize)>,
}

/// Text in the narrowest fixed width that holds it, so that a `str` of it is one copy, whatever the
/// characters, however often it is asked for.
#[derive(Debug)]
pub struct OpenText {
    units: Vec<u8>,
    width: Width,
}

impl OpenText {
    pub const fn new() -> Self {
        Self { units: Vec::new(), width: Width::Ascii }
    }

    /// Empties it; a long string's memory is given back.
    pub fn clear(&mut self) {
        const KEPT: usize = 128;
        self.units.clear();
        self.units.shrink_to(KEPT);
        self.width = Width::Ascii;
    }

    /// Has the processor fetch the end of it.
    #[inline]
    pub fn fetch(&self) {
        ffi::fetch(self.units.as_ptr_range().end);
    }

    /// Has the processor fetch all of it, or the first 512 bytes.
    #[inline]
    pub fn fetch_all(&self) {
        for line in self.units.chunks(ffi::LINE).take(8) {
            ffi::fetch(line.as_ptr());
        }
    }

    /// How many code points there are.
    pub fn chars(&self) -> usize {
        // Units are 1, 2 or 4 bytes.
        self.units.len() >> unit_size(self.width).trailing_zeros()
    }

    pub fn push(&mut self, text: Text<'_>) {
        if text.width() > self.width {
            self.widen(text.width());
        }
        if self.units.capacity() == 0 {
            self.units.reserve(FIRST.max(text.bytes().len()));
        }
        let bytes = text.bytes();
        match self.width {
            Width::Ascii => match text::word(bytes) {
                // Copied whole, and cut to what there is of it: tokens are mostly that short.
                Some(word) => {
                    let length = self.units.len() + bytes.len();
                    self.units.extend_from_slice(&word.to_le_bytes());
                    self.units.truncate(length);
                }
                None => self.units.extend_from_slice(bytes),
            },
            Width::Latin1 => text.each_code_point(|code| self.units.push(code as u8)),
            Width::Bmp => {
                self.units.reserve(2 * text.chars());
                text.each_code_point(|code| {
                    self.units.extend_from_slice(&(code as u16).to_ne_bytes());
                });
            }
            Width::Astral => {
                self.units.reserve(4 * text.chars());
                text.each_code_point(|code| self.units.extend_from_slice(&code.to_ne_bytes()));
            }
        }
    }

    /// Rewrites what has come for a wider character: at most twice in a string's life.
    #[cold]
    fn widen(&mut self, width: Width) {
        let (from, to) = (unit_size(self.width), unit_size(width));
        self.width = width;
        if from == to {
            return;
        }
        let mut units = Vec::with_capacity(self.chars() * to);
        for unit in self.units.chunks_exact(from) {
            let code = match *unit {
                [a] => u32::from(a),
                [a, b] => u32::from(u16::from_ne_bytes([a, b])),
                _ => unreachable!("only one and two bytes can widen"),
            };
            match to {
                2 => units.extend_from_slice(&(code as u16).to_ne_bytes()),
                _ => units.extend_from_slice(&code.to_ne_bytes()),
            }
        }
        self.units = units;
    }

    /// A `str` of all that has come.
    pub fn to_python(&self, py: Python<'_>) -> Result<Ref, Failed> {
        ffi::string_of_units(py, &self.units, self.chars(), self.width)
    }

    /// Whether that is a `str` of all that has come.
    pub fn is(&self, shown: &ShownText) -> bool {
        shown.chars == self.chars()
    }

    /// Whether [`OpenText::show`] would let that grow, if nobody else held it.
    pub fn lengthens(&self, shown: &ShownText) -> bool {
        shown.chars >= LONG_TEXT && shown.width == self.width && !self.is(shown)
    }

    /// A `str` of all that has come: the last one, if that is all of it, or grown, or a new one.
    pub fn show(&self, py: Python<'_>, last: Option<ShownText>) -> Result<ShownText, Failed> {
        let (chars, width) = (self.chars(), self.width);
        let Some(last) = last.filter(|last| self.is(last) || self.lengthens(last)) else {
            return Ok(ShownText { text: self.to_python(py)?, chars, width, before: None });
        };
        if self.is(&last) {
            return Ok(last);
        }
        if !last.text.is_shared(1) {
            let text = self.lengthen(py, last.text, last.chars)?;
            return Ok(ShownText { text, chars, width, before: None });
        }
        let text = match last.before {
            Some((before, chars)) if !before.is_shared(1) => self.lengthen(py, before, chars)?,
            _ => self.to_python(py)?,
        };
        Ok(ShownText { text, chars, width, before: Some((last.text, last.chars)) })
    }

    /// All of it, from the `str` of its first `chars` code points, which is as wide.
    fn lengthen(&self, py: Python<'_>, text: Ref, chars: usize) -> Result<Ref, Failed> {
        ffi::string_lengthened(py, text, chars, &self.units, self.width)
    }

    /// A `str` of what has come from code point `from` on.
    pub fn to_python_from(&self, py: Python<'_>, from: usize) -> Result<Ref, Failed> {
        let units = &self.units[from * unit_size(self.width)..];
        ffi::string_narrowed(py, units, self.width)
    }
}

/// Bytes of one code point.
fn unit_size(width: Width) -> usize {
    usize::from(ffi::unit_size(width))
}
