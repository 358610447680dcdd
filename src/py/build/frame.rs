//! An open container, and what it holds.

use pyo3::Python;

use super::shapes;
use crate::py::ffi::{self, Failed, Ref};

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
    pub container: Option<Ref>,
    /// Where on the stack begins what is not in it yet: values, or keys and values in turn.
    pub pending: usize,
    /// How many elements of a list are in it for good.
    pub settled: usize,
    /// How many keys have come.
    pub keys: usize,
    /// Whether it holds its open child too, as that was when last shown.
    pub linked: bool,
    /// Whether `container` is newer than the one in the parent, and so nobody else's.
    pub moved: bool,
}

impl Frame {
    /// Puts `values` into the container, which is made or, if `frozen`, copied first.
    #[inline]
    pub fn grow(
        &mut self,
        py: Python<'_>,
        values: impl ExactSizeIterator<Item = Ref>,
        frozen: bool,
    ) -> Result<(), Failed> {
        let Some(container) = &mut self.container else {
            if self.kind == Kind::List {
                self.settled = values.len();
            }
            self.container = Some(build(py, self.kind, values)?);
            self.moved = true;
            return Ok(());
        };
        if frozen && !self.moved {
            *container = match self.kind {
                Kind::List => ffi::list_copy(container)?,
                Kind::Dict => ffi::dict_copy(container)?,
            };
            self.moved = true;
        }
        if values.len() == 0 {
            return Ok(());
        }
        match self.kind {
            Kind::List => {
                for value in values {
                    if std::mem::take(&mut self.linked) {
                        ffi::list_set(py, container, self.settled, &value)?;
                    } else {
                        ffi::list_append(container, &value)?;
                    }
                    self.settled += 1;
                }
            }
            Kind::Dict => {
                self.linked = false;
                shapes::set_all(container, values)?;
            }
        }
        Ok(())
    }

    /// Puts the open child into its slot.
    pub fn link(&mut self, py: Python<'_>, key: Option<&Ref>, child: &Ref) -> Result<(), Failed> {
        let container = self.container.as_ref().expect("a parent is made before its child");
        match (self.kind, key) {
            (Kind::Dict, Some(key)) => ffi::dict_set(container, key, child)?,
            (Kind::List, _) if self.linked => ffi::list_set(py, container, self.settled, child)?,
            (Kind::List, _) => ffi::list_append(container, child)?,
            (Kind::Dict, None) => unreachable!("an open member has a key"),
        }
        self.linked = true;
        Ok(())
    }
}

/// A new container of exactly these.
#[inline]
fn build(
    py: Python<'_>,
    kind: Kind,
    values: impl ExactSizeIterator<Item = Ref>,
) -> Result<Ref, Failed> {
    match kind {
        Kind::List => ffi::list(py, values),
        Kind::Dict => shapes::plain(py, values),
    }
}
