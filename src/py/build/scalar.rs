//! The open string or number: how it shows, and its end.

use pyo3::Python;

use super::Builder;
use crate::number::Number;
use crate::py::ffi::{self, Failed, Ref};
use crate::py::number;
use crate::py::open_text::ShownText;

/// The open string or number, as it was last shown.
#[derive(Debug, Default)]
pub(super) enum Shown {
    #[default]
    Nothing,
    Text(ShownText),
    Integer(i64, Ref),
    Float(u64, Ref),
    Big(String, Ref),
}

impl Shown {
    /// What shows already, if it is this number.
    pub(super) fn same(&self, number: Number<'_>) -> Option<&Ref> {
        match (self, number) {
            (Self::Integer(old, shown), Number::Small(new)) if *old == new => Some(shown),
            (Self::Float(old, shown), Number::Float(new)) if *old == new.to_bits() => Some(shown),
            (Self::Big(old, shown), Number::Big(new)) if old == new => Some(shown),
            _ => None,
        }
    }
}

impl Builder {
    /// Puts the open string or number where it belongs, if it shows; `takes_turns` says whether the
    /// container around it does.
    pub(super) fn show_scalar(
        &mut self,
        py: Python<'_>,
        number: Option<Number<'_>>,
        takes_turns: bool,
    ) -> Result<(), Failed> {
        let scalar = match number {
            Some(number) => self.show_number(py, number)?,
            None if !self.in_string || self.style.atomic_strings => return Ok(()),
            None => {
                if self.grow_text(py, takes_turns)? {
                    return Ok(());
                }
                self.show_text(py)?
            }
        };
        match self.frames.last_mut() {
            None => self.root = Some(scalar),
            Some(frame) => frame.link(py, self.stack.get(frame.begin()), &scalar)?,
        }
        Ok(())
    }

    /// Lets the open string grow where it shows, unless the caller holds that.
    #[inline]
    fn grow_text(&mut self, py: Python<'_>, takes_turns: bool) -> Result<bool, Failed> {
        let Shown::Text(shown) = &mut self.shown else { return Ok(false) };
        if let Some(frame) = self.frames.last() {
            let key = self.stack.get(frame.begin());
            return self.text.grow(shown, takes_turns, 2, |text| frame.has(py, key, text));
        }
        if self.text.is(shown) {
            return Ok(false);
        }
        // A string alone takes turns where the caller holds the last one, which is the root, too.
        let takes_turns = shown.text().is_shared(2);
        let own = if takes_turns { 1 } else { 2 };
        let grows = self.text.grow(shown, takes_turns, own, |_| Ok(true))?;
        if grows {
            self.root = Some(shown.text().clone());
        }
        Ok(grows)
    }

    fn show_text(&mut self, py: Python<'_>) -> Result<Ref, Failed> {
        let last = match std::mem::take(&mut self.shown) {
            Shown::Text(last) => Some(last),
            _ => None,
        };
        if last.as_ref().is_some_and(|last| self.text.lengthens(last)) {
            self.unlink_scalar(py)?;
        }
        let shown = self.text.show(py, last)?;
        let text = shown.text().clone();
        self.shown = Shown::Text(shown);
        Ok(text)
    }

    /// Takes the open string out of its place for a moment, so that nobody holds it but us, unless
    /// the caller does: then it can grow where it is.
    fn unlink_scalar(&mut self, py: Python<'_>) -> Result<(), Failed> {
        match self.frames.last_mut() {
            None => self.root = None,
            Some(frame) if frame.linked => {
                frame.link(py, self.stack.get(frame.begin()), &ffi::none(py))?;
            }
            Some(_) => {}
        }
        Ok(())
    }

    fn show_number(&mut self, py: Python<'_>, number: Number<'_>) -> Result<Ref, Failed> {
        if let Some(shown) = self.shown.same(number) {
            return Ok(shown.clone());
        }
        let value = number::to_python(py, number)?;
        self.shown = match number {
            Number::Small(number) => Shown::Integer(number, value.clone()),
            Number::Float(number) => Shown::Float(number.to_bits(), value.clone()),
            Number::Big(digits) => Shown::Big(digits.to_owned(), value.clone()),
        };
        Ok(value)
    }

    pub(super) fn end_string(&mut self, py: Python<'_>) -> Result<(), Failed> {
        self.in_string = false;
        if self.frozen_from == u32::MAX {
            self.grow_text(py, false)?;
        }
        let shown = match std::mem::take(&mut self.shown) {
            Shown::Text(shown) if self.text.is(&shown) => Some(shown.into_text()),
            _ => None,
        };
        let is_known = self.record_append(py)?;
        match shown {
            Some(text) if is_known => {
                drop(text);
                self.settle();
            }
            Some(text) => {
                self.record_add(py, &text)?;
                self.settle();
            }
            None => {
                let text = self.text.to_python(py)?;
                if is_known {
                    self.put_known(text);
                } else {
                    self.put(py, text)?;
                }
            }
        }
        self.text.clear();
        Ok(())
    }

    /// Whether a number is open, or was, and shows.
    #[inline]
    pub(super) fn shows_number(&self) -> bool {
        !matches!(self.shown, Shown::Nothing)
    }

    /// Ends a number that shows, or one so big that it does not matter.
    #[cold]
    pub(super) fn end_number(&mut self, py: Python<'_>, number: Number<'_>) -> Result<(), Failed> {
        let shown = std::mem::take(&mut self.shown);
        let Some(value) = shown.same(number) else {
            let value = number::to_python(py, number)?;
            if let Some(changes) = &mut self.changes {
                changes.end_number(&value);
            }
            return self.put(py, value);
        };
        if !self.changes.as_mut().is_none_or(|changes| changes.end_number(value)) {
            self.record_add(py, value)?;
        }
        self.settle();
        Ok(())
    }
}
