//! An open container, and what it holds.

use pyo3::Python;

use super::spare::{Slot, Spare};
use crate::py::ffi::{Container, Dict, Either, Failed, List, Ref};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    List,
    Dict,
}

/// An open container.
#[derive(Debug)]
pub struct Frame {
    pub kind: Kind,
    /// The real one, once somebody has asked for it.
    pub container: Option<Container>,
    /// Where on the stack begins what is not in it yet: values, or keys and values in turn.
    pub pending: u32,
    /// How many elements of a list are in it for good.
    pub settled: usize,
    /// Whether it holds its open child too, as that was when last shown.
    pub linked: bool,
    /// Whether containers are among what is pending.
    pub nests: bool,
    /// Whether `container` is newer than the one in the parent, and so nobody else's.
    pub moved: bool,
    /// What takes turns with `container`.
    pub spare: Option<Box<Spare>>,
}

impl Frame {
    /// Sees to it that nobody else holds the container, which the caller may. True where the one
    /// before last takes its turn; `slot` is the parent's, if the same is true of that. `is_around`
    /// says that it is true of what is around the root, and that the one before last is in there.
    pub fn thaw(
        &mut self,
        py: Python<'_>,
        slot: Option<Slot<'_>>,
        is_around: bool,
    ) -> Result<bool, Failed> {
        let Some(container) = &mut self.container else { return Ok(false) };
        if self.moved {
            return Ok(false);
        }
        if let Some(spare) = &mut self.spare {
            let is_in = is_around || spare.is_in(py, slot)?;
            if !spare.container.is_shared(1 + isize::from(is_in))
                && spare.take_turns(py, container, self.settled, &mut self.linked)?
            {
                self.moved = !is_in;
                return Ok(true);
            }
        }
        let copy = container.copy()?;
        let spare = Spare::new(std::mem::replace(container, copy), self.settled, self.linked);
        match &mut self.spare {
            Some(old) => **old = spare,
            None => self.spare = Some(Box::new(spare)),
        }
        self.moved = true;
        Ok(false)
    }

    /// Notes that the child with this key is in the container for good.
    pub fn note(&mut self, key: Ref) {
        note(&mut self.spare, key);
    }

    /// Every object that it holds.
    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        self.container
            .as_deref()
            .into_iter()
            .chain(self.spare.iter().flat_map(|spare| spare.held()))
    }

    /// Where its open child is; of a dict, under `key`.
    pub fn slot<'a>(&'a self, key: Option<&'a Ref>) -> Option<Slot<'a>> {
        let container = self.container.as_ref()?;
        Some(Slot { container, index: self.settled, key })
    }

    /// Whether that is its open child, and in its slot.
    #[inline]
    pub fn has(&self, py: Python<'_>, key: Option<&Ref>, child: &Ref) -> Result<bool, Failed> {
        match self.slot(key) {
            Some(slot) if self.linked => slot.has(py, child),
            _ => Ok(false),
        }
    }

    /// Where on the stack it begins.
    #[inline]
    pub fn begin(&self) -> usize {
        self.pending as usize
    }

    /// Puts `values` into the container, which is made or, if `frozen`, copied first.
    #[inline]
    pub fn grow(
        &mut self,
        py: Python<'_>,
        values: impl ExactSizeIterator<Item = Ref>,
        frozen: bool,
    ) -> Result<(), Failed> {
        let Some(container) = &mut self.container else {
            self.container = Some(match self.kind {
                Kind::List => {
                    self.settled = values.len();
                    List::of(py, values)?.into()
                }
                Kind::Dict => Dict::of(py, values)?.into(),
            });
            self.moved = true;
            return Ok(());
        };
        if frozen && !self.moved {
            *container = container.copy()?;
            self.moved = true;
        }
        if values.len() == 0 {
            return Ok(());
        }
        match container.either() {
            Either::List(list) => {
                let (first, mut values) = (self.settled, values);
                self.settled += values.len();
                if std::mem::take(&mut self.linked)
                    && let Some(value) = values.next()
                {
                    list.set(py, first, &value)?;
                }
                list.extend(values)?;
            }
            Either::Dict(dict) => {
                self.linked = false;
                let mut is_key = false;
                let noted = values.inspect(|each| {
                    is_key = !is_key;
                    if is_key && self.spare.is_some() {
                        note(&mut self.spare, each.clone());
                    }
                });
                dict.set_all(noted)?;
            }
        }
        Ok(())
    }

    /// Puts the open child into its slot.
    pub fn link(&mut self, py: Python<'_>, key: Option<&Ref>, child: &Ref) -> Result<(), Failed> {
        let container = self.container.as_ref().expect("a parent is made before its child");
        match (container.either(), key) {
            (Either::Dict(dict), Some(key)) => dict.set(key, child)?,
            (Either::List(list), _) if self.linked => list.set(py, self.settled, child)?,
            (Either::List(list), _) => list.append(child)?,
            (Either::Dict(_), None) => unreachable!("an open member has a key"),
        }
        self.linked = true;
        Ok(())
    }
}

fn note(spare: &mut Option<Box<Spare>>, key: Ref) {
    if spare.as_mut().is_some_and(|spare| !spare.note(key)) {
        *spare = None;
    }
}
