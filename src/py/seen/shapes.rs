//! Objects of one shape: those that have the same keys, in the same order.
//!
//! Where two had the same keys, the next one starts as a copy of a dict that has them all: filling
//! in values is cheaper than adding keys.

use pyo3::Python;

use crate::py::ffi::{Failed, Ref, Template};

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

    /// What a dict of these keys and values, in turn, starts from, if their like came before.
    #[inline]
    pub fn template(
        &mut self,
        py: Python<'_>,
        members: &[Ref],
    ) -> Result<Option<&Template>, Failed> {
        let (count, [first, .., last, _]) = (members.len() / 2, members) else { return Ok(None) };
        if count > Template::MAX_KEYS {
            return Ok(None);
        }
        let place = (mix(mix(count, first), last) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let place = usize::try_from(place >> (64 - SLOTS.trailing_zeros())).expect("five bits");
        let slot = &mut self.slots[place];
        if !slot.template.as_ref().is_some_and(|known| known.has(members.iter().step_by(2))) {
            slot.note(py, members)?;
        }
        Ok(slot.template.as_deref())
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
