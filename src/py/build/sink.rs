//! What the machine says, put where it belongs.

use pyo3::Python;

use super::frame::Kind;
use super::{Builder, Change};
use crate::number::Number;
use crate::py::ffi::{self, Failed, Ref};
use crate::py::seen::Seen;
use crate::sink::{Length, Sink, Verdict};
use crate::text::{Text, Width};

/// A builder at work, attached to the interpreter.
pub struct Building<'a, 'py> {
    py: Python<'py>,
    builder: &'a mut Builder,
    seen: Seen,
    /// How many there were in this write.
    floats: usize,
}

/// CPython keeps as many at hand, once they were dropped.
const FLOATS_AT_HAND: usize = 100;

impl<'a, 'py> Building<'a, 'py> {
    #[inline]
    pub fn new(py: Python<'py>, builder: &'a mut Builder) -> Self {
        builder.begin_write();
        Self { py, builder, seen: Seen::Untried, floats: 0 }
    }

    #[inline]
    fn take_key(&mut self, key: Ref) -> Result<Verdict, Failed> {
        if self.builder.style.unique_keys && self.builder.has_key(self.py, &key)? {
            return Ok(Verdict::Repeated);
        }
        self.builder.push(key);
        Ok(Verdict::Fine)
    }
}

impl Sink for Building<'_, '_> {
    type Error = Failed;

    #[inline]
    fn null(&mut self) -> Result<(), Failed> {
        self.builder.put(self.py, ffi::none(self.py))
    }

    #[inline]
    fn boolean(&mut self, value: bool) -> Result<(), Failed> {
        self.builder.put(self.py, ffi::boolean(self.py, value))
    }

    #[inline]
    fn integer(&mut self, value: i64) -> Result<(), Failed> {
        if self.builder.shows_number() {
            return self.builder.end_number(self.py, Number::Small(value));
        }
        let value = ffi::integer(self.py, value)?;
        self.builder.put(self.py, value)
    }

    fn big_integer(&mut self, digits: &str) -> Result<(), Failed> {
        self.builder.end_number(self.py, Number::Big(digits))
    }

    #[inline]
    fn float(&mut self, value: f64) -> Result<(), Failed> {
        if self.builder.shows_number() {
            return self.builder.end_number(self.py, Number::Float(value));
        }
        self.floats += 1;
        let value = if self.floats > FLOATS_AT_HAND {
            ffi::fresh_float(self.py, value)
        } else {
            ffi::float(self.py, value)
        };
        self.builder.put(self.py, value?)
    }

    #[inline]
    fn string(&mut self, text: Text<'_>) -> Result<(), Failed> {
        let value = ffi::string(self.py, text)?;
        self.builder.put(self.py, value)
    }

    fn string_of(
        &mut self,
        chars: usize,
        width: Width,
        tell: impl FnOnce(&mut dyn FnMut(Text<'_>)),
    ) -> Result<(), Failed> {
        let value = ffi::string_of_parts(self.py, chars, width, tell)?;
        self.builder.put(self.py, value)
    }

    fn string_begin(&mut self) -> Result<(), Failed> {
        let builder = &mut *self.builder;
        builder.text.clear();
        builder.in_string = true;
        if !builder.style.atomic_strings {
            builder.change = Change::Any;
        }
        Ok(())
    }

    fn string_part(&mut self, text: Text<'_>) -> Result<(), Failed> {
        let builder = &mut *self.builder;
        builder.text.push(text);
        if !builder.style.atomic_strings {
            builder.change = builder.change.max(Change::Scalar);
        }
        Ok(())
    }

    fn string_end(&mut self) -> Result<(), Failed> {
        self.builder.end_string(self.py)
    }

    #[inline]
    fn key(&mut self, text: Text<'_>) -> Result<Verdict, Failed> {
        let builder = &*self.builder;
        let key =
            self.seen.key(self.py, text, |first| builder.key_of_sibling(self.py, text, first))?;
        self.take_key(key)
    }

    #[inline]
    fn known_key(&mut self, rest: &[u8]) -> Result<Option<(Length, Verdict)>, Failed> {
        let Some((key, length)) = self.seen.next_key(self.py, rest) else { return Ok(None) };
        Ok(Some((length, self.take_key(key)?)))
    }

    #[inline]
    fn empty_array(&mut self) -> Result<bool, Failed> {
        self.builder.put_empty(self.py, Kind::List)
    }

    #[inline]
    fn empty_object(&mut self) -> Result<bool, Failed> {
        self.builder.put_empty(self.py, Kind::Dict)
    }

    #[inline]
    fn array_begin(&mut self) -> Result<(), Failed> {
        self.builder.begin(Kind::List);
        Ok(())
    }

    #[inline]
    fn array_end(&mut self) -> Result<(), Failed> {
        self.builder.end(self.py)
    }

    #[inline]
    fn object_begin(&mut self) -> Result<(), Failed> {
        self.builder.begin(Kind::Dict);
        Ok(())
    }

    #[inline]
    fn object_end(&mut self) -> Result<(), Failed> {
        self.builder.end(self.py)
    }
}
