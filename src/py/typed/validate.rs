//! What has closed, handed to Pydantic.

use std::ffi::CStr;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyTuple};

use super::frame::Slot;
use super::program::{Node, Validator};
use super::sink::Growing;
use crate::py::build::Style;
use crate::py::error::is_of_the_document;
use crate::py::ffi::{self, Dict, Failed, Ref};
use crate::py::options::flag;

/// How a parser of typed values validates; fixed for its life.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `strict` and `context`, and a tuple of these words; `None` where both have their defaults.
    keywords: Option<[Ref; 3]>,
    pub strict: bool,
    pub fail_fast: bool,
    pub atomic_strings: bool,
    pub eager_numbers: bool,
    /// What an error calls the type.
    pub title: Ref,
}

impl Settings {
    pub fn new(
        py: Python<'_>,
        strict: &Bound<'_, PyAny>,
        context: &Bound<'_, PyAny>,
        title: &Bound<'_, PyAny>,
        fail_fast: &Bound<'_, PyAny>,
        style: Style,
    ) -> PyResult<Self> {
        let keywords = if strict.is_none() && context.is_none() {
            None
        } else {
            let names = PyTuple::new(py, ["strict", "context"])?.into_any();
            Some([strict.clone(), context.clone(), names].map(Ref::from_bound))
        };
        let title = Ref::from_bound(title.clone());
        let strict = !strict.is_none() && flag("strict", strict)?;
        let fail_fast = flag("fail_fast", fail_fast)?;
        let Style { atomic_strings, eager_numbers, .. } = style;
        Ok(Self { keywords, strict, fail_fast, atomic_strings, eager_numbers, title })
    }

    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        self.keywords.iter().flatten().chain([&self.title])
    }

    /// What a method of a `SchemaValidator` returns.
    pub fn run(&self, py: Python<'_>, method: &Ref, value: &Ref) -> Result<Ref, Failed> {
        match &self.keywords {
            None => ffi::vectorcall(py, method, [value], None),
            Some([strict, context, names]) => {
                ffi::vectorcall(py, method, [value, strict, context], Some(names))
            }
        }
    }

    /// What is validated already, validated together; `None` if that is refused: then it has to be
    /// validated from its text, which alone counts.
    pub fn validate_parts(
        &self,
        py: Python<'_>,
        validator: &Validator,
        parts: &Ref,
    ) -> Result<Option<Ref>, Failed> {
        match self.run(py, &validator.python, parts) {
            Ok(value) => Ok(Some(value)),
            Err(failed) => refused(py, failed.fetch(py)).map(|_| None),
        }
    }

    /// What a type makes of the text of a key; `None` where it does not fit.
    pub(super) fn name_of(
        &self,
        py: Python<'_>,
        validator: &Validator,
        key: &[u8],
    ) -> Result<Option<Ref>, Failed> {
        let mut text = br#"{""#.to_vec();
        for &byte in key {
            match byte {
                b'"' | b'\\' => text.extend([b'\\', byte]),
                0..0x20 => text.extend(format!("\\u{byte:04x}").bytes()),
                _ => text.push(byte),
            }
        }
        text.extend(br#"":null}"#);
        let text = ffi::bytes(py, &text)?;
        match self.run(py, &validator.json, &text) {
            Ok(dict) => {
                let dict = dict.to_bound(py);
                let first = dict.cast::<PyDict>().ok().and_then(|dict| dict.iter().next());
                Ok(first.map(|(name, _)| Ref::from_bound(name)))
            }
            Err(failed) => refused(py, failed.fetch(py)).map(|_| None),
        }
    }
}

impl Growing<'_, '_> {
    /// What a validator makes of JSON text; `None` if it is refused. With `fail_fast` that is
    /// raised now, if nothing can mend it; else at the end.
    pub(super) fn validate(
        &mut self,
        validator: &Validator,
        text: &[u8],
    ) -> Result<Option<Ref>, Failed> {
        let text = ffi::bytes(self.py, text)?;
        let error = match self.typed.settings.run(self.py, &validator.json, &text) {
            Ok(value) => return Ok(Some(value)),
            Err(failed) => refused(self.py, failed.fetch(self.py))?,
        };
        self.typed.is_misfit = error.is_some();
        if let Some(error) = error
            && self.refuses_now()
        {
            self.refuse(c"located", &error, self.typed.end)?;
        }
        Ok(None)
    }

    /// With `fail_fast`, raises an error of Pydantic's own that no validator was asked for.
    pub(super) fn refuse_as(
        &mut self,
        kind: &str,
        input: &Ref,
        context: Option<(&str, usize)>,
        at: usize,
    ) -> Result<(), Failed> {
        if !self.refuses_now() {
            return Ok(());
        }
        let py = self.py;
        let kind = ffi::text(py, kind)?;
        let details = Dict::new(py)?;
        if let Some((name, value)) = context {
            details.set(&ffi::text(py, name)?, &ffi::count(py, value)?)?;
        }
        let error = ffi::tuple(py, [kind, input.clone(), details.into()].into_iter())?;
        self.refuse(c"refusal", &error, at)
    }

    /// Whether what is refused now is raised now.
    fn refuses_now(&self) -> bool {
        let typed = &*self.typed;
        typed.settings.fail_fast && typed.refused_at.is_none() && self.is_certain()
    }

    /// Has a `ValidationError` raised, with its whole location, which `maker` makes of an error.
    fn refuse(&mut self, maker: &CStr, error: &Ref, at: usize) -> Result<(), Failed> {
        let py = self.py;
        let location = ffi::tuple(py, self.location()?.into_iter())?;
        let maker = ffi::imported(py, c"partialjson._refusals", maker);
        let maker = maker.map_err(|error| Failed::set(py, error))?;
        let maker = Ref::from_bound(maker.into_bound(py));
        let title = &self.typed.settings.title;
        self.typed.refusal = Some(ffi::vectorcall(py, &maker, [error, &location, title], None)?);
        self.typed.refused_at = Some(at);
        Ok(())
    }

    /// Raises the refusal, if there is one by now.
    #[inline]
    pub(super) fn verdict(&self) -> Result<(), Failed> {
        match &self.typed.refusal {
            None => Ok(()),
            Some(refusal) => {
                Err(Failed::set(self.py, PyErr::from_value(refusal.to_bound(self.py))))
            }
        }
    }

    /// The keys and indices of the value in hand.
    fn location(&self) -> Result<Vec<Ref>, Failed> {
        let mut location = Vec::with_capacity(self.typed.frames.len());
        for frame in &self.typed.frames {
            location.extend(frame.labels.iter().map(|label| label.tag.clone()));
            location.push(match (self.program.node(frame.place.id), &frame.slot) {
                (Node::Object(node), Slot::Field(index, _) | Slot::Outranked(index, _))
                    if !node.loc_by_alias =>
                {
                    node.fields[*index].name.clone()
                }
                _ => frame.step(self.py)?,
            });
        }
        location.extend(self.typed.labels.iter().map(|label| label.tag.clone()));
        Ok(location)
    }

    /// Whether no validator on the way can make another value of what is refused.
    fn is_certain(&self) -> bool {
        self.typed.frames.iter().all(|frame| {
            let is_certain = match (self.program.node(frame.place.id), &frame.slot) {
                (Node::Object(node), Slot::Field(index, _) | Slot::Outranked(index, _)) => {
                    node.certain && node.fields[*index].certain
                }
                (Node::Object(node), _) => node.certain,
                _ => true,
            };
            is_certain && frame.place.is_certain()
        })
    }
}

/// The `ValidationError` that an error is. Any other says no more than that a part does not fit
/// yet: what is around it may change it before its validator sees it, or give a default in its
/// place. If it is to be raised, the whole document raises it. What is not about the document is
/// raised.
fn refused(py: Python<'_>, error: PyErr) -> Result<Option<Ref>, Failed> {
    static VALIDATION_ERROR: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let import = || ffi::imported(py, c"pydantic_core", c"ValidationError");
    let class = VALIDATION_ERROR.get_or_try_init(py, import);
    let class = class.map_err(|error| Failed::set(py, error))?;
    if error.is_instance(py, class.bind(py)) {
        return Ok(Some(Ref::from_bound(error.into_value(py).into_bound(py).into_any())));
    }
    if is_of_the_document(py, &error) { Ok(None) } else { Err(Failed::set(py, error)) }
}
