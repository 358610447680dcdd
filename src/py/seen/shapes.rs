//! Objects of one shape: those that have the same keys, in the same order.
//!
//! Where two had the same keys, the next one starts as a copy of a dict that has them all: filling
//! in values is cheaper than adding keys.

use pyo3::Python;

use crate::py::ffi::{self, Failed, Ref, Template};

/// A power of two. Documents rarely have more shapes than a handful.
const SLOTS: usize = 32;

/// A bounded table of shapes, each in one slot, where it replaces the last one.
#[derive(Debug)]
pub struct Shapes {
    slots: [Slot; SLOTS],
}

#[derive(Debug)]
struct Slot {
    /// Of the keys that came here last.
    fingerprint: usize,
    /// Once they came twice.
    template: Option<Box<Template>>,
}

impl Shapes {
    pub const fn new() -> Self {
        Self { slots: [const { Slot { fingerprint: 0, template: None } }; SLOTS] }
    }

    /// A dict of the keys and values, in turn, that end `members`; they are taken from there.
    #[inline]
    pub fn dict(
        &mut self,
        py: Python<'_>,
        members: &mut Vec<Ref>,
        from: usize,
    ) -> Result<Ref, Failed> {
        let new = &members[from..];
        let (count, [first, .., last, _]) = (new.len() / 2, new) else {
            return ffi::dict_of(py, members.drain(from..));
        };
        if count > Template::MAX_KEYS {
            return ffi::dict_of(py, members.drain(from..));
        }
        let place = (mix(mix(count, first), last) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = usize::try_from(place >> (64 - SLOTS.trailing_zeros())).expect("five bits");
        let slot = &mut self.slots[place];
        if let Some(template) = &slot.template
            && template.has(new.iter().step_by(2))
        {
            return template.fill(py, members.drain(from..));
        }
        slot.note(py, new)?;
        ffi::dict_of(py, members.drain(from..))
    }
}

impl Slot {
    fn note(&mut self, py: Python<'_>, members: &[Ref]) -> Result<(), Failed> {
        let fingerprint = members.iter().step_by(2).fold(members.len(), mix);
        self.template = None;
        if std::mem::replace(&mut self.fingerprint, fingerprint) == fingerprint {
            self.template = Template::new(py, members.iter().step_by(2))?.map(Box::new);
        }
        Ok(())
    }
}

#[inline]
fn mix(hash: usize, key: &Ref) -> usize {
    hash.rotate_left(9) ^ key.address()
}
