//! Whether we rely on what CPython does but does not promise.
//!
//! That is: exact reference counts, which tell whether a value is anybody else's, the table of a
//! dict, the memory of a list, what a new `str` or `float` begins with, and how the garbage
//! collector lists containers. All are tried when the module is imported, and `PARTIALJSON_SAFE=1`
//! in the environment turns all off. Then every value handed out is copied before it grows, and
//! dicts, lists, strings and numbers are made by the calls that are there for it.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use pyo3::ffi;
use pyo3::prelude::*;

use super::order::{self, is_order};
use super::{
    Dict, Failed, GrowingStr, List, Pause, Ref, count, dicts, float, fresh, key, key_at, none,
    put_before, string, text, unit_size,
};
use crate::text::{Text, Width};

static TAKEN: AtomicBool = AtomicBool::new(false);

/// Whether shortcuts are taken.
#[inline]
pub fn taken() -> bool {
    TAKEN.load(Relaxed)
}

/// Decides it, once, when the module is imported.
pub fn set_up(py: Python<'_>) -> PyResult<bool> {
    let is_safe = std::env::var_os("PARTIALJSON_SAFE");
    if is_safe.is_none_or(|value| value.is_empty() || value == "0") {
        TAKEN.store(true, Relaxed);
        let work = fresh::learn(py).and_then(|()| {
            Ok(counts_are_exact(py)?
                && heads_are_right(py)?
                && strings_grow(py)?
                && lists_are_right(py)?
                && order_can_be_changed(py)?
                && dicts::learn(py)?
                && dicts_are_right(py)?)
        });
        if !matches!(work, Ok(true)) {
            fresh::forget();
        }
        TAKEN.store(work.map_err(|failed| failed.fetch(py))?, Relaxed);
    }
    Ok(taken())
}

/// Whether a count goes up and down with the references there are.
fn counts_are_exact(py: Python<'_>) -> Result<bool, Failed> {
    let value = List::of(py, std::iter::empty())?;
    let alone = !value.is_shared(1);
    let other = value.clone();
    let shared = value.is_shared(1) && !value.is_shared(2);
    let outer = List::of(py, std::iter::once(other))?;
    let held = value.is_shared(1) && !value.is_shared(2);
    drop(outer);
    Ok(alone && shared && held && !value.is_shared(1))
}

/// Whether strings and numbers with copied heads are those that CPython makes.
fn heads_are_right(py: Python<'_>) -> Result<bool, Failed> {
    for len in (2..100).chain([460, 470, 1000, 100_000]) {
        let ascii = "0123456789".repeat(len / 10 + 1);
        let (ours, theirs) = (Text::ascii(&ascii.as_bytes()[..len]), text(py, &ascii[..len])?);
        for ours in [string(py, ours)?, key(py, ours)?] {
            if ours.is_shared(1) || !is_same(&ours, &theirs)? {
                return Ok(false);
            }
        }
    }
    for char in ['é', '上', '😀'] {
        for len in (2..20).chain([100, 1000]) {
            let all = char.to_string().repeat(len);
            let (ours, theirs) = (string(py, Text::of_str(&all))?, text(py, &all)?);
            if ours.is_shared(1) || !is_same(&ours, &theirs)? {
                return Ok(false);
            }
        }
    }
    for value in [0.0, -1.5, 1e300, f64::MIN_POSITIVE] {
        let (ours, theirs) = (fresh::float(py, value)?, float(py, value)?);
        if ours.is_shared(1) || !is_same(&ours, &theirs)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether strings that grow where they are come out as those that CPython makes, and only grow
/// where nobody looks.
fn strings_grow(py: Python<'_>) -> Result<bool, Failed> {
    let widths = [Width::Ascii, Width::Latin1, Width::Bmp, Width::Astral];
    for (char, width) in ['a', 'é', '上', '😀'].into_iter().zip(widths) {
        let code = u32::from(char).to_ne_bytes();
        let size = unit_size(width);
        let unit = if cfg!(target_endian = "big") { &code[4 - size..] } else { &code[..size] };
        let mut ours = GrowingStr::new(py, unit, width)?;
        for chars in 2..100 {
            let units = unit.repeat(chars);
            let other = ours.string().clone();
            let grows_beside_another = ours.grow(&units, width, 1);
            drop(other);
            if grows_beside_another {
                return Ok(false);
            }
            if !ours.grow(&units, width, 1) {
                ours = ours.lengthen(py, &units)?;
            }
            if !is_equal(ours.string(), &text(py, &char.to_string().repeat(chars))?)? {
                return Ok(false);
            }
        }
        let theirs = text(py, &char.to_string().repeat(99))?;
        // Now its hash is known.
        if !is_same(ours.string(), &theirs)? || ours.grow(&unit.repeat(99), width, 1) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether lists that are filled and lengthened at a stroke are those that CPython makes.
fn lists_are_right(py: Python<'_>) -> Result<bool, Failed> {
    let element = float(py, 0.5)?;
    for length in [0, 1, 2, 7, 100] {
        let elements = |count| std::iter::repeat_n(element.clone(), count);
        let ours = List::off(py, &mut elements(1 + length).collect(), 1)?;
        for more in [0, 1, 9, 300] {
            let theirs = List::of(py, elements(ours.len(py)))?;
            if ours.is_shared(1) || !is_equal(&ours, &theirs)? {
                return Ok(false);
            }
            ours.extend(elements(more))?;
            ours.append(&element)?;
        }
        let held = isize::try_from(1 + ours.len(py)).unwrap_or(isize::MAX);
        let counted = element.is_shared(held - 1) && !element.is_shared(held);
        drop(ours);
        if !counted || element.is_shared(1) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the garbage collector goes through containers in the order in which they were made, and
/// a later one can be put in front of others.
fn order_can_be_changed(py: Python<'_>) -> Result<bool, Failed> {
    if !order::KNOWN {
        return Ok(true);
    }
    // A collection in between would have it go through the older ones apart from the others.
    let _pause = Pause::begin(py);
    let element = none(py);
    let container = || List::of(py, std::iter::empty());
    let [a, b, c, d] = [container()?, container()?, container()?, container()?];
    let was_as_made = is_order(&[&a, &b, &c, &d]);
    put_before(&c, [&*a]);
    let is_changed = is_order(&[&c, &a, &b, &d]);
    put_before(&d, [&element, &a, &b]);
    let is_changed_again = is_order(&[&c, &d, &a, &b]);
    drop(a);
    Ok(was_as_made && is_changed && is_changed_again && is_order(&[&c, &d, &b]))
}

/// Whether both are of one class, and the same value, as keys, too.
fn is_same(a: &Ref, b: &Ref) -> Result<bool, Failed> {
    // SAFETY: attached; both live, and are no lists, which have no hash.
    let (class, hash) = unsafe {
        let [a, b] = [a.as_ptr(), b.as_ptr()];
        (ffi::Py_TYPE(a) == ffi::Py_TYPE(b), ffi::PyObject_Hash(a) == ffi::PyObject_Hash(b))
    };
    Ok(class && hash && is_equal(a, b)?)
}

/// Whether dicts that are laid out here come out as they do by the usual calls: small ones, and
/// those on both sides of where the next larger table begins.
fn dicts_are_right(py: Python<'_>) -> Result<bool, Failed> {
    let empty = Dict::new(py)?;
    let sharers = empty.sharers();
    for size in (0..12).chain([21, 22, 42, 43, dicts::MAX_KEYS, dicts::MAX_KEYS + 1]) {
        let key = |i| text(py, &format!("key {i}"));
        let keys = (0..size).map(key).collect::<Result<Vec<_>, _>>()?;
        let mut members = vec![none(py)];
        for (i, key) in keys.iter().enumerate() {
            let value = match i % 3 {
                0 => float(py, 0.5),
                1 => count(py, 1_000_000 + i),
                _ => string(py, Text::ascii(b"value")),
            };
            members.extend([key.clone(), value?]);
        }
        let plain = Dict::of(py, members[1..].iter().cloned())?;
        let ours = Dict::off(py, &mut members.clone(), 1)?;
        let is_found = dicts::KNOWN && size <= dicts::MAX_KEYS;
        let found = (0..=size).all(|i| match (key_at(py, &ours, i), keys.get(i)) {
            (Some(found), Some(key)) => is_found && found.is(key),
            (found, key) => found.is_none() && !(is_found && key.is_some()),
        });
        // Each is in `members`, ours and the plain one; keys are in `keys`, too.
        let all_have = |others: isize| {
            let counts = |(i, part): (usize, &Ref)| {
                let held = 1 + others + isize::from(i % 2 == 0);
                part.is_shared(held - 1) && !part.is_shared(held)
            };
            members[1..].iter().enumerate().all(counts)
        };
        if !found || !all_have(2) || !is_same_dict(py, &ours, &plain, &keys)? {
            return Ok(false);
        }
        drop((plain, ours));
        if !all_have(0) || empty.sharers() != sharers {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a dict is like another, which has these keys, and stays so when one more comes.
fn is_same_dict(py: Python<'_>, dict: &Dict, other: &Dict, keys: &[Ref]) -> Result<bool, Failed> {
    let tracked = is_tracked(dict) == is_tracked(other);
    let (found, expected) = (dict.keys()?, List::of(py, keys.iter().cloned())?);
    // Keys are looked for in the second one.
    let same = is_equal(dict, other)? && is_equal(other, dict)? && is_equal(&found, &expected)?;
    let (other, more) = (other.copy()?, text(py, "another key")?);
    dict.set(&more, &none(py))?;
    other.set(&more, &none(py))?;
    Ok(tracked && same && is_equal(dict, &other)? && is_equal(&other, dict)?)
}

/// Whether the garbage collector knows of it.
fn is_tracked(container: &Ref) -> bool {
    // SAFETY: attached; the container lives.
    unsafe { ffi::PyObject_GC_IsTracked(container.as_ptr()) != 0 }
}

fn is_equal(a: &Ref, b: &Ref) -> Result<bool, Failed> {
    // SAFETY: attached; both live.
    match unsafe { ffi::PyObject_RichCompareBool(a.as_ptr(), b.as_ptr(), ffi::Py_EQ) } {
        -1 => Err(Failed),
        equal => Ok(equal == 1),
    }
}
