//! The string that is still arriving, in the form that a Python `str` will have.

#![expect(clippy::cast_possible_truncation, reason = "scanning has found the units wide enough")]

use pyo3::Python;

use super::ffi::{self, Failed, GrowingStr, Ref};
use crate::text::{self, Text, Width};

/// Code points from which on a string that has no room left is resized, where nobody else holds it:
/// below, a new one is as cheap.
const LONG_TEXT: usize = 1024;

/// Bytes that an open string has room for at once, so that the first tokens need not ask again.
const FIRST: usize = 64;

/// The open string as it was last shown; and as it was shown before that, which may be in the
/// container whose turn comes next.
#[derive(Debug)]
pub struct ShownText {
    last: GrowingStr,
    before: Option<GrowingStr>,
}

impl ShownText {
    #[inline]
    pub fn text(&self) -> &Ref {
        self.last.string()
    }

    #[inline]
    pub fn into_text(self) -> Ref {
        self.last.into_string()
    }
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

    /// Has the processor fetch the end of it, and of what shows.
    #[inline]
    pub fn fetch(&self, shown: Option<&ShownText>) {
        ffi::fetch(self.units.as_ptr_range().end);
        if let Some(shown) = shown {
            shown.last.fetch(self.units.len());
        }
    }

    /// How many code points there are.
    pub fn chars(&self) -> usize {
        ffi::chars_in(&self.units, self.width)
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
        let (from, to) = (ffi::unit_size(self.width), ffi::unit_size(width));
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
        shown.last.chars() == self.chars()
    }

    /// Whether [`OpenText::show`] would let that grow, if nobody else held it.
    pub fn lengthens(&self, shown: &ShownText) -> bool {
        shown.last.chars() >= LONG_TEXT && shown.last.width() == self.width && !self.is(shown)
    }

    /// Lets the one that was shown last grow or, if they take turns, the one before; where there is
    /// room, it `is_there` where it belongs, and nobody has it but `own` references.
    #[inline]
    pub fn grow(
        &self,
        shown: &mut ShownText,
        takes_turns: bool,
        own: isize,
        is_there: impl FnOnce(&Ref) -> Result<bool, Failed>,
    ) -> Result<bool, Failed> {
        let ShownText { last, before } = shown;
        if !takes_turns {
            *before = None;
        } else if let Some(before) = before {
            std::mem::swap(last, before);
        } else {
            return Ok(false);
        }
        Ok(is_there(last.string())? && last.grow(&self.units, self.width, own))
    }

    /// A `str` of all that has come: the last one, if that is all of it, or grown, or a new one.
    pub fn show(&self, py: Python<'_>, shown: Option<ShownText>) -> Result<ShownText, Failed> {
        let Some(shown) = shown else {
            return Ok(ShownText { last: self.growing(py)?, before: None });
        };
        if self.is(&shown) {
            return Ok(shown);
        }
        let lengthens = self.lengthens(&shown);
        let ShownText { mut last, mut before } = shown;
        if lengthens {
            // Who holds the last one has let go of the one before.
            if last.string().is_shared(1)
                && let Some(before) = before.as_mut().filter(|before| before.width() == self.width)
            {
                std::mem::swap(&mut last, before);
            }
            if !last.string().is_shared(1) {
                return Ok(ShownText { last: last.lengthen(py, &self.units)?, before });
            }
        }
        Ok(ShownText { last: self.growing(py)?, before: before.or(Some(last)) })
    }

    fn growing(&self, py: Python<'_>) -> Result<GrowingStr, Failed> {
        GrowingStr::new(py, &self.units, self.width)
    }

    /// A `str` of what has come from code point `from` on.
    pub fn to_python_from(&self, py: Python<'_>, from: usize) -> Result<Ref, Failed> {
        let units = &self.units[from * ffi::unit_size(self.width)..];
        ffi::string_narrowed(py, units, self.width)
    }
}
