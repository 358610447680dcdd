//! What is a list or a dict.

use pyo3::ffi;

use super::{Dict, Failed, List, Ref};

/// A `list` or a `dict`, in one word: which of the two, it says itself.
#[derive(Debug)]
pub struct Container(Ref);

/// The same, told apart.
pub enum Either<'a> {
    List(&'a List),
    Dict(&'a Dict),
}

impl Container {
    #[inline]
    pub fn either(&self) -> Either<'_> {
        let object = std::ptr::from_ref(&self.0);
        // SAFETY: it was made of one of the two, of which each is a `Ref`, and no `List` is of a
        // subclass.
        unsafe {
            if ffi::PyList_CheckExact(self.as_ptr()) == 1 {
                Either::List(&*object.cast())
            } else {
                Either::Dict(&*object.cast())
            }
        }
    }

    pub fn copy(&self) -> Result<Self, Failed> {
        match self.either() {
            Either::List(list) => list.copy().map(Self::from),
            Either::Dict(dict) => dict.copy().map(Self::from),
        }
    }
}

impl From<List> for Container {
    #[inline]
    fn from(list: List) -> Self {
        Self(list.into())
    }
}

impl From<Dict> for Container {
    #[inline]
    fn from(dict: Dict) -> Self {
        Self(dict.into())
    }
}

is_a_ref!(Container);
