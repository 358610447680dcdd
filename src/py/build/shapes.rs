//! Objects of one shape: where siblings have the same keys, in the same order.
//!
//! The keys of the last object at a depth foretell those of the next one, so that a key is found by
//! comparing its bytes. And where two had the same keys, the next one starts as a copy of a dict
//! that has them all: filling in values is cheaper than adding keys.

use pyo3::Python;

use crate::py::ffi::{self, Failed, Ref};
use crate::text::{Text, Width};

/// Deeper objects are built the plain way: what is held here is bounded.
const MAX_DEPTH: usize = 16;
/// So are wider ones.
const MAX_KEYS: usize = 64;

/// The last shape at each depth.
#[derive(Debug, Default)]
pub struct Shapes {
    by_depth: Vec<Shape>,
    /// Whether there was a root that is an object: most have no sibling, and are not worth noting.
    had_root: bool,
}

#[derive(Debug, Default)]
struct Shape {
    keys: Vec<Ref>,
    /// A dict of these keys without values, once two objects had them. Nobody else ever sees it.
    template: Option<Ref>,
}

impl Shapes {
    /// The key that is likely to be the one at `index` in an object at `depth`, if it is `text`.
    #[inline]
    pub fn foretold(&self, depth: usize, index: usize, text: Text<'_>) -> Option<Ref> {
        let key = self.by_depth.get(depth)?.keys.get(index)?;
        (text.width() == Width::Ascii && ffi::is_ascii_text(key, text.bytes())).then(|| key.clone())
    }

    /// A dict of `members`, keys and values in turn.
    #[inline]
    pub fn dict(
        &mut self,
        py: Python<'_>,
        depth: usize,
        members: &mut Vec<Ref>,
        from: usize,
    ) -> Result<Ref, Failed> {
        let count = (members.len() - from) / 2;
        if depth >= MAX_DEPTH || !(2..=MAX_KEYS).contains(&count) {
            return plain(py, members.drain(from..));
        }
        if depth == 0 && !std::mem::replace(&mut self.had_root, true) {
            return plain(py, members.drain(from..));
        }
        if self.by_depth.len() <= depth {
            self.by_depth.reserve_exact(depth + 1 - self.by_depth.len());
            self.by_depth.resize_with(depth + 1, Shape::default);
        }
        let shape = &mut self.by_depth[depth];
        let keys = members[from..].iter().step_by(2);
        if shape.keys.len() != count || !shape.keys.iter().zip(keys).all(|(old, key)| old.is(key)) {
            shape.template = None;
            shape.keys.clear();
            shape.keys.extend(members[from..].iter().step_by(2).cloned());
            return plain(py, members.drain(from..));
        }
        let template = match &shape.template {
            Some(template) => template,
            None => shape.template.insert(without_values(py, &shape.keys)?),
        };
        let dict = ffi::dict_copy(template)?;
        set_all(&dict, members.drain(from..))?;
        Ok(dict)
    }

    /// Every object that is held.
    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        self.by_depth.iter().flat_map(|shape| shape.keys.iter().chain(&shape.template))
    }
}

fn without_values(py: Python<'_>, keys: &[Ref]) -> Result<Ref, Failed> {
    let (dict, none) = (ffi::dict(py)?, ffi::none(py));
    for key in keys {
        ffi::dict_set(&dict, key, &none)?;
    }
    Ok(dict)
}

/// A new dict of these.
pub fn plain(py: Python<'_>, members: impl Iterator<Item = Ref>) -> Result<Ref, Failed> {
    let dict = ffi::dict(py)?;
    set_all(&dict, members)?;
    Ok(dict)
}

/// Puts keys and values, in turn, into a dict.
#[inline]
pub fn set_all(dict: &Ref, mut members: impl Iterator<Item = Ref>) -> Result<(), Failed> {
    while let (Some(key), Some(value)) = (members.next(), members.next()) {
        ffi::dict_set(dict, &key, &value)?;
    }
    Ok(())
}
