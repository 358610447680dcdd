//! An open container that is looked into, and what shows of it.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::made::{Made, Spot};
use super::object::Object;
use super::program::{ArrayNode, Id, Node, Place, Program};
use super::spare::Spare;
use super::waiting::Label;
use crate::py::ffi::{self, Dict, Failed, List, Ref};

/// Where in its container the next or open child stands.
#[derive(Debug)]
pub enum Slot {
    /// The next element.
    Element,
    /// A field, under one of its keys.
    Field(usize, Ref),
    /// A field that shows already what came under a key that wins over this one.
    Outranked(usize, Ref),
    /// A key that no field answers to, of a model that keeps those.
    Extra(Ref),
    /// A key of a table, and what it becomes, if it fits.
    Item(Ref, Option<Ref>),
    /// A key that nothing is done with.
    Ignored(Ref),
}

/// An open container.
#[derive(Debug)]
pub struct Frame {
    pub place: Place,
    /// The tags that led to it.
    pub labels: Vec<Label>,
    /// The offset of its bracket.
    pub begin: usize,
    pub slot: Slot,
    /// How many elements or values have come.
    pub count: usize,
    /// Whether everything refused so far leaves it valid, as far as that is known.
    pub fits: bool,
    /// Whether something in it is refused for good.
    lost: bool,
    /// The fields that have come, of the first 64.
    come: u64,
    /// Whether one of them has come again, or may have: what was refused may then be replaced, and
    /// by another tag it may even be another object.
    repeats: bool,
    /// What goes to its validator, or to that of an object around it: keys and values.
    pub parts: Option<Vec<(Option<Ref>, Ref)>>,
    /// What came since it was last shown.
    fresh: Vec<(Spot, Ref)>,
    made: Made,
    /// What takes turns with `made`.
    spare: Option<Box<Spare>>,
    /// What shows in place of `made`, if its plan says so.
    dressed: Option<Ref>,
    /// How many elements of a list are in it for good.
    settled: usize,
    /// The fields that do show of those that it needs before it shows.
    met: Vec<usize>,
    /// Whether it holds its open child too, as that was when last shown.
    linked: bool,
    /// Whether it is newer than the one in the container around it.
    moved: bool,
    /// The key of each field that shows, by rank; only where a field has several.
    ranks: Vec<(usize, u8)>,
}

impl Frame {
    pub fn new(place: Place, begin: usize, slot: Slot, keeps_parts: bool) -> Self {
        Self {
            place,
            labels: Vec::new(),
            begin,
            slot,
            count: 0,
            fits: true,
            lost: false,
            come: 0,
            repeats: false,
            parts: keeps_parts.then(Vec::new),
            fresh: Vec::new(),
            made: Made::Nothing,
            spare: None,
            dressed: None,
            settled: 0,
            met: Vec::new(),
            linked: false,
            moved: false,
            ranks: Vec::new(),
        }
    }

    fn node<'a>(&self, program: &'a Program) -> &'a Node {
        program.node(self.place.id)
    }

    /// Whether a field shows already what came under a key that wins over one of this rank.
    pub fn is_outranked(&mut self, field: usize, rank: u8) -> bool {
        match self.ranks.iter_mut().find(|(other, _)| *other == field) {
            Some((_, best)) if *best < rank => true,
            Some((_, best)) => {
                *best = rank;
                false
            }
            None => {
                self.ranks.push((field, rank));
                false
            }
        }
    }

    /// A key has come; what is in its slot is not there for good.
    pub fn turn_to(&mut self, slot: Slot) {
        self.slot = slot;
        self.linked = false;
        if let Some(spare) = &mut self.spare {
            spare.turn();
        }
    }

    /// Its key or index in the JSON, of the slot in hand.
    pub fn step(&self, py: Python<'_>) -> Result<Ref, Failed> {
        match &self.slot {
            Slot::Element => ffi::count(py, self.count),
            Slot::Field(_, key)
            | Slot::Outranked(_, key)
            | Slot::Extra(key)
            | Slot::Item(key, _)
            | Slot::Ignored(key) => Ok(key.clone()),
        }
    }

    /// Where the child in hand shows, if it does.
    fn spot(&self) -> Option<Spot> {
        match &self.slot {
            Slot::Element => Some(Spot::Element),
            Slot::Field(index, _) => Some(Spot::Field(*index)),
            Slot::Extra(key) => Some(Spot::Name(key.clone())),
            Slot::Item(_, name) => name.clone().map(Spot::Name),
            Slot::Outranked(..) | Slot::Ignored(_) => None,
        }
    }

    /// Whether the child in hand would show.
    pub fn shows_child(&self) -> bool {
        !matches!(self.slot, Slot::Outranked(..) | Slot::Ignored(_) | Slot::Item(_, None))
    }

    /// The child in hand is complete: what shows of it, and what validators get; `None` for a part
    /// that was refused.
    pub fn put(&mut self, shown: Option<Ref>, part: Option<Ref>) {
        if let Slot::Field(index, _) = &self.slot {
            let field = u32::try_from(*index).ok().and_then(|index| 1u64.checked_shl(index));
            self.repeats |= field.is_none_or(|field| self.come & field != 0);
            self.come |= field.unwrap_or(0);
        }
        match (&mut self.parts, part) {
            (_, None) => self.fits = false,
            (None, _) => {}
            (Some(parts), Some(part)) => {
                let key = match &self.slot {
                    Slot::Element => None,
                    Slot::Item(_, name) => {
                        self.fits &= name.is_some();
                        name.clone()
                    }
                    Slot::Field(_, key)
                    | Slot::Outranked(_, key)
                    | Slot::Extra(key)
                    | Slot::Ignored(key) => Some(key.clone()),
                };
                parts.push((key, part));
            }
        }
        self.count += 1;
        match (shown, self.spot()) {
            (Some(shown), Some(place)) => self.fresh.push((place, shown)),
            // What was shown of it while it was open stays, as the last one shows it.
            _ => self.spare = None,
        }
    }

    /// The child that was put last is refused by its type, whatever is around it.
    pub fn lose_child(&mut self, program: &Program) {
        self.lost |= match (self.node(program), &self.slot) {
            (Node::Array(_), Slot::Element) | (Node::Table(_), Slot::Item(..)) => true,
            (Node::Object(node), Slot::Field(index, _)) => {
                node.certain && node.fields[*index].certain
            }
            _ => false,
        };
    }

    /// Whether its type is sure to refuse it.
    pub fn is_lost(&self) -> bool {
        self.lost && !self.repeats && self.place.is_certain()
    }

    /// Whether what its own type refuses is refused, be it in a union.
    pub fn is_decided(&self) -> bool {
        !self.repeats && self.place.union.is_none()
    }

    /// What its validators get in place of its text.
    pub fn whole(&mut self, py: Python<'_>, program: &Program) -> Result<Option<Ref>, Failed> {
        let Some(parts) = self.parts.take_if(|_| self.fits) else { return Ok(None) };
        let count = parts.len();
        if let Node::Array(node) = self.node(program) {
            let parts: Vec<Ref> = parts.into_iter().map(|(_, part)| part).collect();
            let list = List::of(py, parts.into_iter())?;
            return match &node.dress {
                // What was refused may not even fit into a set.
                Some(dress) => match ffi::vectorcall(py, dress, [&list], None) {
                    // Of what is equal in one, validators are to see each, as JSON has it.
                    Ok(dressed) => {
                        let is_all = node.is_settled(program) || ffi::size(py, &dressed)? == count;
                        Ok(is_all.then_some(dressed))
                    }
                    Err(failed) => match failed.fetch(py) {
                        error if error.is_instance_of::<PyTypeError>(py) => Ok(None),
                        error => Err(Failed::set(py, error)),
                    },
                },
                None => Ok(Some(list.into())),
            };
        }
        let dict = Dict::new(py)?;
        for (key, part) in parts {
            if let Some(key) = key {
                dict.set(&key, &part)?;
            }
        }
        // Of a repeated key, Pydantic validates each value in a dictionary, and the last one of a
        // field.
        let is_all = !matches!(self.node(program), Node::Table(_)) || dict.len(py) == count;
        Ok(is_all.then(|| dict.into()))
    }

    /// Whether somebody but us holds what shows; the innermost container around it does, unless
    /// it is the root.
    pub fn is_shared(&self, is_root: bool) -> bool {
        // What it was made into holds it, too, and the caller may hold that.
        let own = if is_root || self.dressed.is_some() { 1 } else { 2 };
        self.made.is_shared(own)
    }

    /// Shows what came since. If it is `frozen`, nobody else is to hold what shows afterwards: it
    /// is copied, or the one before last takes its turn. The latter is true of `parent`, where that
    /// is given, and then of this one, where the answer is yes.
    pub fn sync(
        &mut self,
        py: Python<'_>,
        program: &Program,
        frozen: bool,
        parent: Option<&Self>,
    ) -> Result<bool, Failed> {
        let mut takes_turns = false;
        let mut is_new = false;
        if let Made::Nothing = self.made {
            self.made = self.make(py, program)?;
            is_new = true;
        } else if frozen && !self.moved {
            takes_turns = self.take_turns(py, program, parent)?;
            if !takes_turns {
                self.replace(py, program)?;
                is_new = true;
            }
        }
        if !self.fresh.is_empty() {
            self.show_fresh(py, program)?;
        }
        if is_new {
            self.moved = true;
            if let (Made::Object(object), Node::Object(node)) = (&self.made, self.node(program)) {
                object.freshen(py, &node.build)?;
            }
        }
        Ok(takes_turns)
    }

    /// Puts what came since where it shows.
    fn show_fresh(&mut self, py: Python<'_>, program: &Program) -> Result<(), Failed> {
        let mut fresh = std::mem::take(&mut self.fresh);
        for (place, value) in fresh.drain(..) {
            self.show(py, program, &place, &value)?;
            if let Spot::Element = place {
                self.settled += 1;
                self.linked = false;
            }
            if self.spare.as_mut().is_some_and(|spare| !spare.note(place)) {
                self.spare = None;
            }
        }
        // Its memory is of use again.
        self.fresh = fresh;
        Ok(())
    }

    /// Lets the one before last take its turn, if nobody can see it but for `parent`.
    fn take_turns(
        &mut self,
        py: Python<'_>,
        program: &Program,
        parent: Option<&Self>,
    ) -> Result<bool, Failed> {
        let node = program.node(self.place.id);
        let Some(spare) = &mut self.spare else { return Ok(false) };
        let (Some(shown), None) = (spare.made.shown(), &self.dressed) else { return Ok(false) };
        let is_in = parent.map_or(Ok(false), |parent| parent.has(py, program, shown))?;
        let own = 1 + isize::from(is_in);
        let takes_turns = !spare.made.is_shared(own)
            && spare.take_turns(py, node, &mut self.made, self.settled, &mut self.linked)?;
        self.moved |= takes_turns && !is_in;
        Ok(takes_turns)
    }

    /// Goes on with a copy.
    fn replace(&mut self, py: Python<'_>, program: &Program) -> Result<(), Failed> {
        let copy = self.made.copy(py, self.node(program))?;
        let made = std::mem::replace(&mut self.made, copy);
        self.spare = match (self.spare.take(), &self.dressed) {
            (_, Some(_)) => None,
            (None, _) => Some(Box::new(Spare::new(made, self.settled, self.linked))),
            (Some(mut spare), _) => {
                *spare = Spare::new(made, self.settled, self.linked);
                Some(spare)
            }
        };
        Ok(())
    }

    /// Whether that is the child in hand, as it shows in its slot.
    pub fn shows(&self, py: Python<'_>, program: &Program, child: &Ref) -> Result<bool, Failed> {
        if self.linked { self.has(py, program, child) } else { Ok(false) }
    }

    /// Whether that is in the slot in hand.
    pub fn has(&self, py: Python<'_>, program: &Program, child: &Ref) -> Result<bool, Failed> {
        match (&self.made, &self.slot, self.node(program)) {
            (Made::List(list), Slot::Element, _) => Ok(list.has(py, self.settled, child)),
            (Made::Dict(dict), Slot::Item(_, Some(name)), _) => dict.has(name, child, None),
            (Made::Object(object), Slot::Field(index, _), Node::Object(node)) => {
                object.has_field(*index, &node.fields[*index].name, child)
            }
            (Made::Object(object), Slot::Extra(key), _) => object.has_extra(key, child),
            _ => Ok(false),
        }
    }

    fn make(&mut self, py: Python<'_>, program: &Program) -> Result<Made, Failed> {
        Ok(match self.node(program) {
            Node::Array(_) => {
                let elements: Vec<Ref> = self.fresh.drain(..).map(|(_, value)| value).collect();
                self.settled = elements.len();
                Made::List(List::of(py, elements.into_iter())?)
            }
            Node::Object(node) => Made::Object(Object::new(py, &node.build)?),
            _ => Made::Dict(Dict::new(py)?),
        })
    }

    fn show(
        &mut self,
        py: Python<'_>,
        program: &Program,
        place: &Spot,
        value: &Ref,
    ) -> Result<(), Failed> {
        match (&self.made, place, self.node(program)) {
            (Made::List(list), _, _) if self.linked => list.set(py, self.settled, value),
            (Made::List(list), ..) => list.append(value),
            (Made::Dict(dict), Spot::Name(name), _) => dict.set(name, value),
            (Made::Object(object), Spot::Field(index), Node::Object(node)) => {
                let field = &node.fields[*index];
                if self.linked {
                    return object.set_again(&field.name, value);
                }
                if field.required && !self.met.contains(index) {
                    self.met.push(*index);
                }
                object.set(&field.name, value)
            }
            (Made::Object(object), Spot::Name(name), Node::Object(node)) => {
                object.set_extra(py, &node.build, name, value)
            }
            _ => Ok(()),
        }
    }

    /// Shows the open child in its slot.
    pub fn link(&mut self, py: Python<'_>, program: &Program, child: &Ref) -> Result<(), Failed> {
        let Some(place) = self.spot() else { return Ok(()) };
        self.show(py, program, &place, child)?;
        self.linked = true;
        Ok(())
    }

    /// Lets go of the open child, which shows in its slot, for a moment.
    pub fn unlink(&mut self, py: Python<'_>, program: &Program) -> Result<(), Failed> {
        if self.linked { self.link(py, program, &ffi::none(py)) } else { Ok(()) }
    }

    /// Whether its open child is shown, as it was.
    pub fn is_linked(&self) -> bool {
        self.linked
    }

    /// The shown container is no longer newer than the one around it knows.
    pub fn take_moved(&mut self) -> bool {
        std::mem::take(&mut self.moved)
    }

    /// Brings to an end what shows, once everything in it does: which field is open, and its dress.
    pub fn present(
        &mut self,
        py: Python<'_>,
        program: &Program,
        child_is_open: bool,
    ) -> Result<(), Failed> {
        match (&mut self.made, program.node(self.place.id)) {
            (Made::Object(object), Node::Object(node)) => {
                let open = match &self.slot {
                    Slot::Field(index, _) | Slot::Outranked(index, _) => {
                        Some(&node.fields[*index].name)
                    }
                    Slot::Extra(key) => Some(key),
                    _ => None,
                };
                let open = open.filter(|_| child_is_open);
                self.moved |= object.mark(py, &node.build, open)?;
            }
            (Made::List(list), Node::Array(ArrayNode { dress: Some(dress), .. })) => {
                self.dressed = Some(ffi::vectorcall(py, dress, [&*list], None)?);
                self.moved = true;
            }
            _ => {}
        }
        if let Some(dress) = program.dress(self.place) {
            let bare = match (&self.made, &self.dressed, program.node(self.place.id)) {
                (_, Some(dressed), Node::Array(ArrayNode { dress: Some(_), .. })) => {
                    dressed.clone()
                }
                // A copy, for the caller may hold what is made of it.
                (Made::List(list), ..) => list.copy()?.into(),
                (Made::Dict(dict), ..) => dict.copy()?.into(),
                (Made::Object(Object { shown: Some(shown), .. }), ..) => shown.clone(),
                _ => return Ok(()),
            };
            self.dressed = Some(ffi::vectorcall(py, dress, [&bare], None)?);
            self.moved = true;
        }
        Ok(())
    }

    /// What shows of it, if it does.
    pub fn shown(&self, program: &Program) -> Option<&Ref> {
        if let Node::Object(node) = self.node(program)
            && self.met.len() < node.required
        {
            return None;
        }
        self.dressed.as_ref().or(self.made.shown())
    }

    /// Every object that is held.
    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        let parts = self.parts.iter().flatten().flat_map(|(key, part)| key.iter().chain([part]));
        let fresh =
            self.fresh.iter().flat_map(|(spot, value)| spot.name().into_iter().chain([value]));
        // Of a table, what became of a key may be any object; all others are strings.
        let name = if let Slot::Item(_, name) = &self.slot { name.as_ref() } else { None };
        let spare = self.spare.iter().flat_map(|spare| spare.held());
        self.made
            .held()
            .chain(spare)
            .chain(parts)
            .chain(fresh)
            .chain(name)
            .chain(&self.dressed)
            .chain(self.labels.iter().map(|label| &label.tag))
    }
}

/// The plan of the child in hand, if it has one.
pub fn child(program: &Program, frame: &Frame) -> Option<Id> {
    match (program.node(frame.place.id), &frame.slot) {
        (Node::Array(node), _) => node.first.get(frame.count).copied().or(node.rest),
        (Node::Table(node), Slot::Item(..)) => Some(node.value),
        (Node::Object(node), Slot::Field(index, _) | Slot::Outranked(index, _)) => {
            Some(node.fields[*index].plan)
        }
        (Node::Object(node), Slot::Extra(_)) => Some(node.others),
        _ => None,
    }
}
