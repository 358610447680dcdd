//! A whole scalar: what it is in Python, and what a type makes of it.

use pyo3::prelude::*;

use super::program::{Kind, Leaf};
use crate::number::Number;
use crate::py::build::Building;
use crate::py::ffi::{self, Failed, Ref};
use crate::py::number;
use crate::sink::Sink;
use crate::text::Text;

/// A whole scalar.
#[derive(Clone, Copy)]
pub enum Scalar<'a> {
    Null,
    Boolean(bool),
    Number(Number<'a>),
    Text(Text<'a>),
}

impl Scalar<'_> {
    pub fn kind(self) -> Kind {
        if let Scalar::Text(_) = self { Kind::Text } else { Kind::Scalar }
    }

    pub fn to_python(self, py: Python<'_>) -> Result<Ref, Failed> {
        match self {
            Self::Null => Ok(ffi::none(py)),
            Self::Boolean(value) => Ok(ffi::boolean(py, value)),
            Self::Number(number) => number::to_python(py, number),
            Self::Text(text) => ffi::string(py, text),
        }
    }

    /// What a type makes of it that takes it without a validator.
    pub fn as_it_is(self, py: Python<'_>, leaf: &Leaf) -> Result<Option<Ref>, Failed> {
        let same = leaf.same;
        let fits = match self {
            Self::Null => same.null,
            Self::Boolean(_) => same.boolean,
            Self::Number(Number::Float(_)) => same.float,
            Self::Number(Number::Small(value)) if same.widen => {
                // Exact or rounded as Python rounds it.
                #[expect(clippy::cast_precision_loss, reason = "that is what float() does")]
                return ffi::float(py, value as f64).map(Some);
            }
            Self::Number(Number::Big(_)) if same.widen => false,
            Self::Number(_) => same.integer,
            Self::Text(_) => same.text,
        };
        if fits { self.to_python(py).map(Some) } else { Ok(None) }
    }

    pub fn tell(self, sink: &mut Building<'_, '_>) -> Result<(), Failed> {
        match self {
            Self::Null => sink.null(),
            Self::Boolean(value) => sink.boolean(value),
            Self::Number(number) => sink.number(number),
            Self::Text(text) => sink.string(text),
        }
    }
}
