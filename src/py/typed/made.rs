//! What shows of an open container.

use pyo3::prelude::*;

use super::object::Object;
use super::program::Node;
use crate::py::ffi::{self, Failed, Ref};

/// Where in its container something shows.
#[derive(Clone, Debug)]
pub enum Spot {
    Element,
    Field(usize),
    Name(Ref),
}

/// What shows of a container.
#[derive(Debug)]
pub enum Made {
    Nothing,
    List(Ref),
    Dict(Ref),
    Object(Object),
}

impl Made {
    /// Whether somebody holds it beside us, of whom there are so many.
    #[inline]
    pub fn is_shared(&self, own: isize) -> bool {
        match self {
            Self::Nothing => false,
            Self::List(container) | Self::Dict(container) => container.is_shared(own),
            Self::Object(object) => object.is_shared(own),
        }
    }

    pub fn copy(&self, py: Python<'_>, node: &Node) -> Result<Self, Failed> {
        Ok(match (self, node) {
            (Self::List(list), _) => Self::List(ffi::list_copy(list)?),
            (Self::Dict(dict), _) => Self::Dict(ffi::dict_copy(dict)?),
            (Self::Object(object), Node::Object(node)) => {
                Self::Object(object.copy(py, &node.build)?)
            }
            _ => Self::Nothing,
        })
    }

    /// What shows, if it needs no dress.
    pub fn shown(&self) -> Option<&Ref> {
        match self {
            Self::Nothing => None,
            Self::List(container) | Self::Dict(container) => Some(container),
            Self::Object(object) => object.shown.as_ref(),
        }
    }

    /// Every object that is held.
    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        let (container, object) = match self {
            Self::Nothing => (None, None),
            Self::List(container) | Self::Dict(container) => (Some(container), None),
            Self::Object(object) => (None, Some(object)),
        };
        container.into_iter().chain(object.into_iter().flat_map(Object::held))
    }
}
