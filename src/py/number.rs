//! Numbers as Python's: integers of any size, past the interpreter's own limit too, which is the
//! caller's to lift.

use pyo3::prelude::*;

use super::ffi::{self, Failed, Ref};
use crate::number::Number;

/// Digits of a block: below the least limit that an interpreter can have (640).
const BLOCK: usize = 512;

/// The `int` or `float` that a number is.
#[inline]
pub fn to_python(py: Python<'_>, number: Number<'_>) -> Result<Ref, Failed> {
    match number {
        Number::Small(value) => ffi::integer(py, value),
        Number::Float(value) => ffi::float(py, value),
        Number::Big(digits) => exact(py, digits),
    }
}

/// The `int` that `-?[0-9]+` writes.
fn exact(py: Python<'_>, text: &str) -> Result<Ref, Failed> {
    combine(py, text).map(Ref::from_bound).map_err(|error| Failed::set(py, error))
}

/// Blocks of digits, combined in pairs, so that the numbers that are multiplied are of one size, as
/// Python's fast multiplication wants them.
fn combine<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    let fetch = |failed: Failed| failed.fetch(py);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    // From the least significant block to the most.
    let mut blocks = Vec::with_capacity(digits.len() / BLOCK + 1);
    let mut end = digits.len();
    while end > 0 {
        let begin = end.saturating_sub(BLOCK);
        blocks.push(ffi::integer_of_digits(py, &digits[begin..end]).map_err(fetch)?.into_bound(py));
        end = begin;
    }
    let number = |value| ffi::count(py, value).map_err(fetch).map(|value| value.into_bound(py));
    let mut base = number(10)?;
    if blocks.len() > 1 {
        base = base.pow(number(BLOCK)?, py.None())?;
    }
    while blocks.len() > 1 {
        let pairs = blocks.chunks(2).map(|pair| match pair {
            [low, high] => high.mul(&base)?.add(low),
            [low] => Ok(low.clone()),
            _ => unreachable!("chunks of two"),
        });
        blocks = pairs.collect::<PyResult<_>>()?;
        if blocks.len() > 1 {
            base = base.mul(&base)?;
        }
    }
    let value = blocks.swap_remove(0);
    if negative { value.neg() } else { Ok(value) }
}
