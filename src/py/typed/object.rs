//! Objects with fields that are still arriving: instances of `Partial[T]`, made without running any
//! code of T's but factories of defaults.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::py::ffi::{self, Dict, Failed, Ref};

/// How the object is made that shows.
#[derive(Debug)]
pub enum Build {
    /// A Pydantic model: an instance of `partial`.
    Model(Blueprint),
    /// A `TypedDict`: a dict of the fields that show.
    Dict,
    /// Anything else: what this makes of a dict of the fields that show, and the open field's name.
    Call(Ref),
}

/// A class of models, and what an instance has before anything has come.
#[derive(Debug)]
pub struct Blueprint {
    partial: Ref,
    /// What every field shows before it has begun.
    blank: Dict,
    /// Fields whose default is made anew for every object, and what makes it.
    fresh: Vec<(Ref, Ref)>,
    /// Private attributes with a default, and what makes it; `None` for a model without any.
    private: Option<Vec<(Ref, Ref)>>,
    allows_extra: bool,
    /// The descriptors of the slots.
    fields_set: Ref,
    extra_slot: Ref,
    private_slot: Ref,
    open_slot: Ref,
}

impl Build {
    /// From an `ObjectPlan`.
    pub fn parse(plan: &Bound<'_, PyAny>) -> PyResult<Self> {
        let hold = Ref::from_bound;
        let make = plan.getattr("make")?;
        if !make.is_none() {
            return Ok(Self::Call(hold(make)));
        }
        let partial = plan.getattr("partial")?;
        if partial.is_none() {
            return Ok(Self::Dict);
        }
        let [fields_set, extra_slot, private_slot, open_slot] =
            plan.getattr("slots")?.cast::<PyTuple>()?.extract::<[Bound<'_, PyAny>; 4]>()?;
        let pairs = |of: Bound<'_, PyAny>| -> PyResult<Vec<(Ref, Ref)>> {
            let pairs = of.extract::<Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)>>()?;
            Ok(pairs.into_iter().map(|(name, make)| (hold(name), hold(make))).collect())
        };
        let fresh = pairs(plan.getattr("fresh")?)?;
        let private = plan.getattr("private")?;
        let private = if private.is_none() { None } else { Some(pairs(private)?) };
        let blank = PyDict::new(plan.py());
        blank.update(plan.getattr("blank")?.cast()?)?;
        Ok(Self::Model(Blueprint {
            partial: hold(partial),
            blank: blank.into(),
            fresh,
            private,
            allows_extra: plan.getattr("extra")?.extract::<String>()? == "allow",
            fields_set: hold(fields_set),
            extra_slot: hold(extra_slot),
            private_slot: hold(private_slot),
            open_slot: hold(open_slot),
        }))
    }

    /// Every object that is held.
    pub fn held(&self) -> Vec<&Ref> {
        match self {
            Self::Model(blueprint) => {
                let pairs = blueprint.fresh.iter().chain(blueprint.private.iter().flatten());
                let slots = [&blueprint.fields_set, &blueprint.extra_slot];
                let others = [&blueprint.private_slot, &blueprint.open_slot];
                let own = [&blueprint.partial, &*blueprint.blank].into_iter();
                own.chain(slots).chain(others).chain(pairs.flat_map(|(a, b)| [a, b])).collect()
            }
            Self::Dict => Vec::new(),
            Self::Call(make) => vec![make],
        }
    }
}

/// An object that shows, and its parts.
#[derive(Debug)]
pub struct Object {
    /// What shows; for [`Build::Call`] only once it was called.
    pub shown: Option<Ref>,
    values: Dict,
    set: Option<Ref>,
    extra: Option<Dict>,
    /// The name of the open field that it was marked with.
    marked: Option<Ref>,
}

impl Object {
    /// One in which nothing shows yet.
    pub fn new(py: Python<'_>, build: &Build) -> Result<Self, Failed> {
        let Build::Model(blueprint) = build else {
            let values = Dict::new(py)?;
            let shown = matches!(build, Build::Dict).then(|| Ref::clone(&values));
            return Ok(Self { shown, values, set: None, extra: None, marked: None });
        };
        let values = blueprint.blank.copy()?;
        let extra = if blueprint.allows_extra { Some(Dict::new(py)?) } else { None };
        blueprint.assemble(py, values, ffi::set(py)?, extra)
    }

    /// The same object once more, to be changed while somebody holds this one.
    pub fn copy(&self, py: Python<'_>, build: &Build) -> Result<Self, Failed> {
        let values = self.values.copy()?;
        match (build, &self.set) {
            (Build::Model(blueprint), Some(set)) => {
                let extra = self.extra.as_ref().map(Dict::copy).transpose()?;
                blueprint.assemble(py, values, ffi::set_copy(py, set)?, extra)
            }
            (Build::Dict, _) => Ok(Self {
                shown: Some(Ref::clone(&values)),
                values,
                set: None,
                extra: None,
                marked: None,
            }),
            _ => Ok(Self { shown: None, values, set: None, extra: None, marked: None }),
        }
    }

    /// Whether anybody but us holds the object or a part of it, of which `own` references to it
    /// are ours.
    pub fn is_shared(&self, own: isize) -> bool {
        match (&self.set, &self.shown) {
            // A model: it holds its parts, and so do we.
            (Some(set), Some(shown)) => {
                shown.is_shared(own)
                    || shown.is_watched()
                    || self.values.is_shared(2)
                    || set.is_shared(2)
                    || self.extra.as_ref().is_some_and(|extra| extra.is_shared(2))
            }
            // One of ours more, where it is its own dict of values; nobody else's, where it was
            // made of a copy.
            _ => self.values.is_shared(own + 1),
        }
    }

    /// Shows this field, and what no field answers to, as `newer` does.
    pub fn take_over(
        &self,
        py: Python<'_>,
        build: &Build,
        newer: &Self,
        name: &Ref,
        is_field: bool,
    ) -> Result<(), Failed> {
        match newer.members(is_field).get(name)? {
            Some(value) if is_field => self.set(name, &value),
            Some(value) => self.set_extra(py, build, name, &value),
            None => Ok(()),
        }
    }

    /// Where fields are, or what no field answers to.
    fn members(&self, are_fields: bool) -> &Dict {
        self.extra.as_ref().filter(|_| !are_fields).unwrap_or(&self.values)
    }

    /// Whether this is what shows of a field, of which so many come before it.
    pub fn has_field(&self, before: usize, name: &Ref, value: &Ref) -> Result<bool, Failed> {
        // That is its place in a model, which begins with all of them.
        self.values.has(name, value, Some(before))
    }

    /// Whether this is what shows of what no field answers to.
    pub fn has_extra(&self, name: &Ref, value: &Ref) -> Result<bool, Failed> {
        self.members(false).has(name, value, None)
    }

    /// Shows a field.
    pub fn set(&self, name: &Ref, value: &Ref) -> Result<(), Failed> {
        self.values.set(name, value)?;
        self.set.as_ref().map_or(Ok(()), |set| ffi::set_add(set, name))
    }

    /// Shows a field that shows already.
    pub fn set_again(&self, name: &Ref, value: &Ref) -> Result<(), Failed> {
        self.values.set(name, value)
    }

    /// Shows what no field answers to.
    pub fn set_extra(
        &self,
        py: Python<'_>,
        build: &Build,
        name: &Ref,
        value: &Ref,
    ) -> Result<(), Failed> {
        match (&self.extra, &self.set) {
            (Some(extra), Some(set)) => {
                // A field of that name, which has another key, would pass for one that shows.
                if self.values.get(name)?.is_some() && !ffi::set_contains(set, name)? {
                    self.freshen(py, build)?;
                }
                extra.set(name, value)?;
                ffi::set_add(set, name)
            }
            _ => self.values.set(name, value),
        }
    }

    /// Gives every missing field that has one a default of its own.
    pub fn freshen(&self, py: Python<'_>, build: &Build) -> Result<(), Failed> {
        let (Build::Model(blueprint), Some(set)) = (build, &self.set) else { return Ok(()) };
        for (name, make) in &blueprint.fresh {
            if !ffi::set_contains(set, name)? {
                self.values.set(name, &ffi::vectorcall(py, make, [], None)?)?;
            }
        }
        Ok(())
    }

    /// Says which field is open. True if the object that shows is another one now.
    pub fn mark(
        &mut self,
        py: Python<'_>,
        build: &Build,
        open: Option<&Ref>,
    ) -> Result<bool, Failed> {
        let none = ffi::none(py);
        let open = open.unwrap_or(&none);
        match build {
            Build::Model(blueprint) => {
                if let Some(shown) = &self.shown
                    && !self.marked.as_ref().is_some_and(|marked| marked.is(open))
                {
                    ffi::set_slot(&blueprint.open_slot, shown, open)?;
                    self.marked = Some(open.clone());
                }
                // What a `cached_property` has put there is out of date.
                self.values.keep(py, &blueprint.blank)?;
                Ok(false)
            }
            Build::Dict => Ok(false),
            Build::Call(make) => {
                let values = self.values.copy()?;
                self.shown = Some(ffi::vectorcall(py, make, [&values, open], None)?);
                Ok(true)
            }
        }
    }

    /// Every object that is held.
    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        let parts = [&self.shown, &self.set, &self.marked].into_iter().flatten();
        parts.chain(self.extra.as_deref()).chain([&*self.values])
    }
}

impl Blueprint {
    fn assemble(
        &self,
        py: Python<'_>,
        values: Dict,
        set: Ref,
        extra: Option<Dict>,
    ) -> Result<Object, Failed> {
        let shown = ffi::blank_instance(&self.partial)?;
        let none = ffi::none(py);
        ffi::set_dict(&shown, &values)?;
        ffi::set_slot(&self.fields_set, &shown, &set)?;
        ffi::set_slot(&self.extra_slot, &shown, extra.as_deref().unwrap_or(&none))?;
        let private = match &self.private {
            None => none,
            Some(attributes) => {
                let private = Dict::new(py)?;
                for (name, make) in attributes {
                    private.set(name, &ffi::vectorcall(py, make, [], None)?)?;
                }
                private.into()
            }
        };
        ffi::set_slot(&self.private_slot, &shown, &private)?;
        Ok(Object { shown: Some(shown), values, set: Some(set), extra, marked: None })
    }
}
