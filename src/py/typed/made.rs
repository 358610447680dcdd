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

    /// Whether that is what is there.
    pub fn has(
        &self,
        py: Python<'_>,
        node: &Node,
        spot: &Spot,
        index: usize,
        child: &Ref,
    ) -> Result<bool, Failed> {
        match (self, spot, node) {
            (Self::List(list), Spot::Element, _) => Ok(ffi::list_has(py, list, index, child)),
            (Self::Dict(dict), Spot::Name(name), _) => ffi::dict_has(dict, name, child),
            (Self::Object(object), Spot::Field(index), Node::Object(node)) => {
                object.has_field(*index, &node.fields[*index].name, child)
            }
            (Self::Object(object), Spot::Name(name), _) => object.has_extra(name, child),
            _ => Ok(false),
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
