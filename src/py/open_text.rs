//! The string that is still arriving, in the form that a Python `str` will have.

#![expect(clippy::cast_possible_truncation, reason = "scanning has found the units wide enough")]

use pyo3::Python;

use super::ffi::{self, Failed, Ref};
use crate::text::{Text, Width};

/// Text in the narrowest fixed width that holds it, so that a `str` of it is one copy, whatever the
/// characters, however often it is asked for.
#[derive(Debug)]
pub struct OpenText {
    units: Vec<u8>,
    chars: usize,
    width: Width,
}

impl OpenText {
    pub const fn new() -> Self {
        Self { units: Vec::new(), chars: 0, width: Width::Ascii }
    }

    /// Empties it; a long string's memory is given back.
    pub fn clear(&mut self) {
        const KEPT: usize = 128;
        self.units.clear();
        self.units.shrink_to(KEPT);
        (self.chars, self.width) = (0, Width::Ascii);
    }

    /// How many code points there are.
    pub fn chars(&self) -> usize {
        self.chars
    }

    pub fn push(&mut self, text: Text<'_>) {
        if text.width() > self.width {
            self.widen(text.width());
        }
        self.chars += text.chars();
        let bytes = text.bytes();
        match self.width {
            Width::Ascii => self.units.extend_from_slice(bytes),
            Width::Latin1 => self.units.extend(text.code_points().map(|code| code as u8)),
            Width::Bmp => {
                self.units.reserve(2 * text.chars());
                for code in text.code_points() {
                    self.units.extend_from_slice(&(code as u16).to_ne_bytes());
                }
            }
            Width::Astral => {
                self.units.reserve(4 * text.chars());
                for code in text.code_points() {
                    self.units.extend_from_slice(&code.to_ne_bytes());
                }
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
        let mut units = Vec::with_capacity(self.chars * to);
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
        ffi::string_of_units(py, &self.units, self.chars, self.width)
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
