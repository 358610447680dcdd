//! Keys that have been seen before, in whatever document.
//!
//! One bounded table for all parsers, so that a short document profits from the one before it. What
//! it says is compared with the bytes and keys at hand: if ever a panic left it half changed, it
//! would know less.

mod keys;
mod missed;

use pyo3::Python;

use self::keys::Keys;
use super::ffi::{self, Exclusive, Failed, Ref, Taken};
use crate::sink::Length;
use crate::text::Text;

static KEYS: Exclusive<Keys> = Exclusive::new(Keys::new());

/// The table, for one call; taken at the first key.
///
/// Where it is in use, by another thread or further up this one's stack, all is made anew.
pub enum Seen {
    Untried,
    Taken(Taken<'static, Keys>),
    Busy,
}

impl Seen {
    /// The `str` of a key; `sibling` finds the one in this place of the object before, if there it
    /// is the same and this is among the first so many of an array.
    #[inline]
    pub fn key(
        &mut self,
        py: Python<'_>,
        text: Text<'_>,
        sibling: impl FnOnce(usize) -> Option<Ref>,
    ) -> Result<Ref, Failed> {
        match self.keys(py) {
            Some(keys) => keys.get(py, text, sibling),
            None => ffi::key(py, text),
        }
    }

    /// The `str` of the key that `rest` begins with, and how long it is, if it is the one that came
    /// last time after the key before it.
    #[inline]
    pub fn next_key(&mut self, py: Python<'_>, rest: &[u8]) -> Option<(Ref, Length)> {
        match self {
            Self::Taken(keys) => keys.next(rest),
            // In tokens of a few bytes no key is whole. But it may stand at the end of more.
            _ if rest.len() < Keys::ROOM => None,
            _ => self.keys(py)?.next(rest),
        }
    }

    #[inline]
    fn keys(&mut self, py: Python<'_>) -> Option<&mut Keys> {
        if !matches!(self, Self::Taken(_)) {
            self.take(py);
        }
        match self {
            Self::Taken(keys) => Some(keys),
            Self::Untried | Self::Busy => None,
        }
    }

    #[inline(never)]
    fn take(&mut self, py: Python<'_>) {
        if let Self::Untried = self {
            *self = KEYS.take(py).map_or(Self::Busy, Self::Taken);
        }
    }
}
