//! The container before last, which takes its turn again once its reader has let go of it: as in
//! `build`, and for objects, too.

use pyo3::prelude::*;

use super::made::{Made, Spot};
use super::program::Node;
use crate::py::build::{MAX_LATE, catch_up_list};
use crate::py::ffi::{Failed, Ref};

/// What an open container was before it was last handed out and replaced.
#[derive(Debug)]
pub struct Spare {
    pub made: Made,
    /// How many elements of a list were in it for good.
    settled: usize,
    /// Whether it holds the child that was open then.
    linked: bool,
    /// Where something has come since, but for lists.
    late: Vec<Spot>,
}

impl Spare {
    pub fn new(made: Made, settled: usize, linked: bool) -> Self {
        Self { made, settled, linked, late: Vec::new() }
    }

    /// Notes where something comes that stays. False where that is too much.
    pub fn note(&mut self, spot: Spot) -> bool {
        if !matches!(spot, Spot::Element) {
            self.late.push(spot);
        }
        self.late.len() <= MAX_LATE
    }

    /// The child that was open is so no more.
    pub fn turn(&mut self) {
        self.linked = false;
    }

    /// Gives it what `newer` got since, and lets them change places. False where it is not as it
    /// was left, because its reader has changed it; it is of no use then.
    pub fn take_turns(
        &mut self,
        py: Python<'_>,
        node: &Node,
        newer: &mut Made,
        settled: usize,
        linked: &mut bool,
    ) -> Result<bool, Failed> {
        let mut still_linked = self.linked && self.late.is_empty();
        match (&self.made, &*newer) {
            (Made::List(list), Made::List(newer)) => {
                if !catch_up_list(py, list, newer, self.settled..settled, &mut still_linked)? {
                    return Ok(false);
                }
            }
            (Made::Dict(_), Made::Dict(_)) | (Made::Object(_), Made::Object(_)) => {
                if !self.late.is_empty() && !self.take_late(py, node, newer)? {
                    return Ok(false);
                }
            }
            _ => return Ok(false),
        }
        std::mem::swap(&mut self.made, newer);
        self.settled = settled;
        self.linked = std::mem::replace(linked, still_linked);
        Ok(true)
    }

    /// Takes from `newer`, which is of the same kind, what has come since. False where that is not
    /// there.
    fn take_late(&mut self, py: Python<'_>, node: &Node, newer: &Made) -> Result<bool, Failed> {
        for spot in self.late.drain(..) {
            match (&self.made, newer, node, spot) {
                (Made::Dict(dict), Made::Dict(newer), _, Spot::Name(name)) => {
                    let Some(value) = newer.get(&name)? else { return Ok(false) };
                    dict.set(&name, &value)?;
                }
                (Made::Object(object), Made::Object(newer), Node::Object(node), spot) => {
                    let (name, is_field) = match &spot {
                        Spot::Field(index) => (&node.fields[*index].name, true),
                        Spot::Name(name) => (name, false),
                        Spot::Element => return Ok(false),
                    };
                    object.take_over(py, &node.build, newer, name, is_field)?;
                }
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Every object that is held.
    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        self.made.held().chain(self.late.iter().filter_map(Spot::name))
    }
}
