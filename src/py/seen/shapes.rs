//! Objects of one shape: those that have the same keys, in the same order.
//!
//! Where a few had the same keys, the next one starts as a copy of a dict that has them all: filling
//! in values is cheaper than adding keys.

use pyo3::Python;

use crate::py::ffi::{Blanks, Failed, Ref, Template};

/// A power of two.
const SETS: usize = 8;
/// How many shapes of one set are remembered: 32 in all. Documents rarely have more than a handful.
const WAYS: usize = 4;

/// How often a shape of so many keys must come again before a template pays: not for the few siblings whose
/// keys are those of no other document, if those can be laid out.
fn enough(keys: usize) -> u8 {
    if Blanks::lays(keys) { 8 } else { 2 }
}

/// A bounded table of shapes, each in the set that its keys give, which holds the last few that were
/// new.
///
/// Shapes come in the same order again and again, as keys do: so each knows which one came next.
#[derive(Debug)]
pub struct Shapes {
    slots: [Slot; SETS * WAYS],
    /// Where the shape that came last is.
    last: u8,
}

#[derive(Debug)]
struct Slot {
    /// Of how many keys there are, the first and the last.
    tag: u64,
    /// Of all of them.
    fingerprint: usize,
    /// How often they came again.
    again: u8,
    /// Where the one is that came after it.
    next: u8,
    /// Once that is [`enough`].
    template: Option<Box<Template>>,
}

impl Shapes {
    pub const fn new() -> Self {
        const EMPTY: Slot = Slot { tag: 0, fingerprint: 0, again: 0, next: 0, template: None };
        Self { slots: [EMPTY; SETS * WAYS], last: 0 }
    }

    /// What a dict of these keys and values, in turn, starts from, if their like came before.
    #[inline]
    pub fn template(
        &mut self,
        py: Python<'_>,
        members: &[Ref],
    ) -> Result<Option<&Template>, Failed> {
        let next = self.slots[usize::from(self.last)].next;
        if self.slots[usize::from(next)].has(members) {
            self.last = next;
        } else {
            let Some(found) = self.find(py, members)? else { return Ok(None) };
            self.slots[usize::from(self.last)].next = found;
            self.last = found;
        }
        Ok(self.slots[usize::from(self.last)].template.as_deref())
    }

    /// Where the shape of these members is, or is noted; none where it is not worth a place.
    fn find(&mut self, py: Python<'_>, members: &[Ref]) -> Result<Option<u8>, Failed> {
        let (count, [first, .., last, _]) = (members.len() / 2, members) else { return Ok(None) };
        // A key that only this object has is none of those that are remembered.
        if count > Template::MAX_KEYS || !first.is_shared(1) || !last.is_shared(1) {
            return Ok(None);
        }
        let tag = (mix(mix(count, first), last) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let set = usize::try_from(tag >> (64 - SETS.trailing_zeros())).expect("three bits");
        let (sets, _) = self.slots.as_chunks_mut::<WAYS>();
        let slots = &mut sets[set];
        let way = match slots.iter().position(|slot| slot.tag == tag && slot.has(members)) {
            Some(way) => way,
            None => note(py, slots, tag, members)?,
        };
        Ok(Some(u8::try_from(set * WAYS + way).expect("fewer shapes than that")))
    }
}

impl Slot {
    /// Whether its template has the keys of these members.
    #[inline]
    fn has(&self, members: &[Ref]) -> bool {
        self.template.as_ref().is_some_and(|template| template.has(members))
    }
}

/// Notes a shape that has no template yet, and returns where: in the place of the oldest of its set,
/// or where it is, now with a template.
fn note(
    py: Python<'_>,
    set: &mut [Slot; WAYS],
    tag: u64,
    members: &[Ref],
) -> Result<usize, Failed> {
    let fingerprint = members.iter().step_by(2).fold(members.len(), mix);
    let is_here = |slot: &Slot| slot.tag == tag && slot.fingerprint == fingerprint;
    if let Some(way) = set.iter().position(is_here) {
        let slot = &mut set[way];
        // If it has one, that has other keys.
        slot.template = None;
        slot.again += 1;
        if slot.again >= enough(members.len() / 2) {
            slot.again = 0;
            slot.template = Template::new(py, members.iter().step_by(2))?.map(Box::new);
        }
        return Ok(way);
    }
    set.rotate_right(1);
    set[0] = Slot { tag, fingerprint, again: 0, next: 0, template: None };
    Ok(0)
}

#[inline]
fn mix(hash: usize, key: &Ref) -> usize {
    hash.rotate_left(9) ^ key.address()
}
