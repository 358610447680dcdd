//! What shows of an open container.

use pyo3::prelude::*;

use super::object::Object;
use super::program::Node;
use crate::py::ffi::{Dict, Failed, List, Ref};

/// Where in its container something shows.
#[derive(Clone, Debug)]
pub enum Spot {
    Element,
    Field(usize),
    Name(Ref),
}

impl Spot {
    /// The object that it holds.
    pub fn name(&self) -> Option<&Ref> {
        if let Self::Name(name) = self { Some(name) } else { None }
    }
}

/// What shows of a container.
#[derive(Debug)]
pub enum Made {
    Nothing,
    List(List),
    Dict(Dict),
    Object(Object),
}

impl Made {
    /// Whether somebody holds it beside us, of whom there are so many.
    #[inline]
    pub fn is_shared(&self, own: isize) -> bool {
        match self {
            Self::Nothing => false,
            Self::List(list) => list.is_shared(own),
            Self::Dict(dict) => dict.is_shared(own),
            Self::Object(object) => object.is_shared(own),
        }
    }

    pub fn copy(&self, py: Python<'_>, node: &Node) -> Result<Self, Failed> {
        Ok(match (self, node) {
            (Self::List(list), _) => Self::List(list.copy()?),
            (Self::Dict(dict), _) => Self::Dict(dict.copy()?),
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
            Self::List(list) => Some(list),
            Self::Dict(dict) => Some(dict),
            Self::Object(object) => object.shown.as_ref(),
        }
    }

    /// Every object that is held.
    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        let (container, object) = match self {
            Self::Nothing => (None, None),
            Self::List(list) => (Some(&**list), None),
            Self::Dict(dict) => (Some(&**dict), None),
            Self::Object(object) => (None, Some(object)),
        };
        container.into_iter().chain(object.into_iter().flat_map(Object::held))
    }
}
