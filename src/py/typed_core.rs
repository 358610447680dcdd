//! A machine and typed values together, with the error that ended them, and a plain parser where
//! that is needed: what [`TypedParser`](super::typed_parser::TypedParser) drives.

use std::borrow::Cow;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;

use super::core::{Core, open_number};
use super::error::{End, Kept, is_of_the_document};
use super::ffi::{self, Failed, Ref};
use super::missing::missing;
use super::options::Options;
use super::typed::{Growing, Program, Settings, Typed, Validator, catch_up};
use crate::error::Stop;
use crate::machine::{Machine, Open, Status};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A JSON document that is still arriving, and its typed value as far as that has come.
pub struct TypedCore {
    machine: Machine,
    program: Py<Program>,
    typed: Typed,
    /// Everything received, for Pydantic reads JSON from text only.
    raw: Vec<u8>,
    /// What was received behind that, and refused.
    rest: Vec<u8>,
    options: Options,
    /// What validates the whole document.
    validator: Validator,
    /// What became of the whole document.
    whole: Whole,
    end: End,
    /// The plain parser, once somebody has asked what only that knows.
    plain: Option<Box<Core>>,
}

enum Whole {
    NotYet,
    Valid(Ref),
    Invalid(Kept),
}

/// How many of the bytes received the machine has taken.
fn taken(machine: &Machine) -> usize {
    usize::try_from(machine.offset()).expect("memory holds them")
}

impl TypedCore {
    pub fn new(
        program: Py<Program>,
        settings: Settings,
        options: Options,
        validator: Validator,
    ) -> Self {
        Self {
            machine: Machine::new(options.machine),
            program,
            typed: Typed::new(settings),
            raw: Vec::new(),
            rest: Vec::new(),
            options,
            validator,
            whole: Whole::NotYet,
            end: End::NotYet,
            plain: None,
        }
    }

    /// Shows the garbage collector everything that is held.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.program)?;
        self.typed.held().try_for_each(|held| visit.call(held.as_py()))?;
        self.validator.held().iter().try_for_each(|held| visit.call(held.as_py()))?;
        if let Some(plain) = &self.plain {
            plain.traverse(visit)?;
        }
        match &self.whole {
            Whole::NotYet => {}
            Whole::Valid(value) => visit.call(value.as_py())?,
            Whole::Invalid(error) => visit.call(error.held())?,
        }
        self.end.error().map_or(Ok(()), |error| visit.call(error.held()))
    }

    pub fn begin_again(&mut self) {
        self.machine = Machine::new(self.options.machine);
        self.typed = Typed::new(self.typed.settings().clone());
        self.raw = Vec::new();
        self.rest = Vec::new();
        self.whole = Whole::NotYet;
        self.end = End::NotYet;
        self.plain = None;
    }

    pub fn status(&self) -> &'static str {
        // Which may not have been told yet.
        let refused =
            self.plain.as_ref().is_some_and(|plain| plain.machine().status() == Status::Error);
        match (&self.end, &self.whole, self.machine.status()) {
            _ if refused => "error",
            (End::Refused(_) | End::Broken(_), ..)
            | (_, Whole::Invalid(_), _)
            | (.., Status::Error) => "error",
            (.., Status::Empty) => "empty",
            (.., Status::Open) => "open",
            (.., Status::Complete) => "complete",
        }
    }

    /// Bytes taken from the start of the stream; those up to what was refused, after an error.
    pub fn offset(&self) -> usize {
        self.typed.refused_at.unwrap_or_else(|| taken(&self.machine))
    }

    /// A shortest text that would complete the JSON.
    pub fn completion<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.check_fine(py)?;
        if let End::NotYet = self.end {
            self.advance(py)?;
        }
        self.plain(py)?.completion(py)
    }

    /// What was received, without a character of which bytes are still to come.
    pub fn text(&self) -> &str {
        match std::str::from_utf8(&self.raw) {
            Ok(text) => text,
            // What was taken is UTF-8 up to the last character.
            Err(error) => std::str::from_utf8(&self.raw[..error.valid_up_to()]).unwrap_or(""),
        }
    }

    /// The same from `offset` on, with all of its bytes.
    pub fn bytes_from(&self, offset: usize) -> &[u8] {
        self.raw.get(offset..).unwrap_or_default()
    }

    /// Whether more or other things show than when this was last asked.
    pub fn take_changed(&mut self, py: Python<'_>) -> PyResult<bool> {
        self.validate(py)?;
        let number = open_number(&self.machine, self.options.style);
        Ok(self.typed.take_changed(number))
    }

    /// The validated value.
    pub fn end<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.check_fine(py)?;
        if let End::NotYet = self.end {
            self.advance(py)?;
            let program = self.program.get();
            let growing = &mut Growing::new(py, &mut self.typed, program, &self.raw);
            let finished = self.machine.finish(growing);
            finished.map_err(|stop| self.stop(py, stop))?;
            self.end = End::Finished;
        }
        self.validate(py)?;
        match &self.whole {
            Whole::Invalid(error) => Err(error.raise(py)),
            _ => self.look(py),
        }
    }

    /// Takes a chunk.
    pub fn take(&mut self, py: Python<'_>, bytes: &[u8]) -> PyResult<()> {
        self.check_fine(py)?;
        self.end.check_open(py)?;
        self.raw.extend_from_slice(bytes);
        self.advance(py)?;
        self.judge(py)
    }

    /// Raises the error after which nothing can follow.
    fn check_fine(&self, py: Python<'_>) -> PyResult<()> {
        match (&self.end, &self.whole) {
            (End::Refused(error) | End::Broken(error), _) => Err(error.raise(py)),
            (_, Whole::Invalid(error)) if self.typed.settings().fail_fast => Err(error.raise(py)),
            _ => Ok(()),
        }
    }

    /// With `fail_fast`, raises at once what becomes of the whole document.
    fn judge(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.typed.settings().fail_fast {
            self.validate(py)?;
            if let Whole::Invalid(_) = self.whole {
                // Whitespace may have come behind it.
                let end = self.typed.refuse_root();
                self.cut(end);
            }
        }
        self.check_fine(py)
    }

    /// Takes what was received; raises what is refused in it, also if that could not be told
    /// before.
    fn advance(&mut self, py: Python<'_>) -> PyResult<()> {
        if self.options.style.unique_keys {
            self.check_keys(py)?;
        }
        self.follow(py).map_err(|stop| self.stop(py, stop))
    }

    /// Has the plain parser go ahead: only that looks at the keys of what is passed over. What it
    /// refuses is refused once everything before that has been taken.
    fn check_keys(&mut self, py: Python<'_>) -> PyResult<()> {
        let checked = self.plain(py).and_then(|plain| plain.write(py, &[]));
        let Err(error) = checked else { return Ok(()) };
        let plain = self.plain.as_ref().filter(|plain| !plain.is_broken());
        let Some(offset) = plain.map(|plain| taken(plain.machine())) else {
            return Err(self.break_off(py, error));
        };
        self.cut(offset);
        self.follow(py).map_err(|stop| self.stop(py, stop))?;
        Err(self.refuse(py, error))
    }

    /// Takes what was received, along the types.
    fn follow(&mut self, py: Python<'_>) -> Result<(), Stop<Failed>> {
        let (program, raw) = (self.program.get(), &self.raw);
        loop {
            let at = taken(&self.machine);
            let mut growing = Growing::new(py, &mut self.typed, program, raw);
            let written = self.machine.write(&raw[at..], &mut growing);
            if let Err(Stop::Sink(failed)) = written {
                return Err(Stop::Sink(failed));
            }
            let at = taken(&self.machine);
            catch_up(py, &mut self.typed, program, raw, at).map_err(Stop::Sink)?;
            written?;
            if at == raw.len() {
                return Ok(());
            }
        }
    }

    /// The error for what stopped the machine, which stays.
    #[cold]
    fn stop(&mut self, py: Python<'_>, stop: Stop<Failed>) -> PyErr {
        match stop {
            Stop::Sink(failed) => {
                let error = failed.fetch(py);
                self.end = match self.typed.refused_at {
                    Some(offset) => {
                        self.cut(offset);
                        End::Refused(Kept::new(py, &error))
                    }
                    None => End::Broken(Kept::broken(py, &error)),
                };
                error
            }
            // The plain parser has the words for it: where it stands, and in what.
            Stop::Refused(_) => {
                let told = match self.plain(py) {
                    Ok(plain) => plain.finish(py),
                    Err(error) => Err(error),
                };
                let error = told.expect_err("the same bytes are refused for the same reason");
                self.refuse(py, error)
            }
        }
    }

    /// The error for a byte that the plain parser has refused, which stays once it is told.
    fn refuse(&mut self, py: Python<'_>, error: PyErr) -> PyErr {
        self.cut(taken(&self.machine));
        match &self.plain {
            Some(plain) if plain.is_refused() => {}
            // It could not be told: the next call tries again.
            Some(plain) if !plain.is_broken() => return error,
            _ => return self.break_off(py, error),
        }
        // What was whole before is judged as if nothing had followed.
        if let Err(error) = self.judge(py) {
            // The plain parser has heard of what followed.
            self.plain.take_if(|_| matches!(self.whole, Whole::Invalid(_)));
            return error;
        }
        let described = self.look(py).and_then(|value| {
            let described = ffi::set_attribute(error.value(py), c"value", &value);
            described.map_err(|failed| failed.fetch(py))
        });
        if let Err(error) = described {
            return error;
        }
        self.end = End::Refused(Kept::new(py, &error));
        error
    }

    #[cold]
    fn break_off(&mut self, py: Python<'_>, error: PyErr) -> PyErr {
        self.end = End::Broken(Kept::broken(py, &error));
        error
    }

    /// What was refused of the last chunk, and what came behind it.
    pub fn rest(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.rest)
    }

    /// Puts aside what was received from there on; the plain parser forgets it.
    fn cut(&mut self, offset: usize) {
        let rest = self.raw.split_off(offset.min(self.raw.len()));
        self.rest.splice(..0, rest);
        self.plain.take_if(|plain| taken(plain.machine()) > offset);
    }

    /// The plain parser, up to date.
    pub fn plain(&mut self, py: Python<'_>) -> PyResult<&mut Core> {
        // For want of memory, perhaps, of which there may be enough by now.
        self.plain.take_if(|plain| plain.is_broken());
        let plain = self.plain.get_or_insert_with(|| Box::new(Core::new(self.options)));
        let taken = taken(plain.machine());
        if taken < self.raw.len() {
            plain.write(py, &self.raw[taken..])?;
        }
        if let End::Finished = self.end {
            // Only a bare number is completed by the end itself.
            plain.finish(py)?;
        }
        Ok(plain)
    }

    /// Everything that shows, or `MISSING`.
    pub fn look<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.end.check_whole(py)?;
        self.validate(py)?;
        if let Whole::Valid(value) = &self.whole {
            return Ok(value.to_bound(py));
        }
        // What was refused is open where it was refused before its end, wherever the machine
        // stands.
        let is_open = || self.machine.open() == Open::Scalar;
        let is_scalar = self.typed.refused_within().unwrap_or_else(is_open);
        let number = open_number(&self.machine, self.options.style);
        match self.typed.value(py, self.program.get(), is_scalar, number) {
            Ok(Some(value)) => Ok(value.into_bound(py)),
            Ok(None) => missing(py),
            Err(failed) => {
                let error = failed.fetch(py);
                Err(self.break_off(py, error))
            }
        }
    }

    /// Validates the whole document, once it is complete.
    fn validate(&mut self, py: Python<'_>) -> PyResult<()> {
        let is_due =
            matches!((&self.whole, &self.end), (Whole::NotYet, End::NotYet | End::Finished))
                && self.machine.is_whole();
        if !is_due {
            return Ok(());
        }
        let validated = match self.typed.take_whole(py, &self.validator) {
            Ok(Some(whole)) => Ok(whole),
            Ok(None) => {
                let text = self.raw.strip_prefix(BOM).unwrap_or(&self.raw);
                let settings = self.typed.settings();
                ffi::bytes(py, text).and_then(|text| settings.run(py, &self.validator.json, &text))
            }
            Err(failed) => Err(failed),
        };
        match validated {
            Ok(value) => {
                self.whole = Whole::Valid(value);
                self.typed.note_change();
            }
            Err(failed) => {
                let error = failed.fetch(py);
                if !is_of_the_document(py, &error) {
                    return Err(error);
                }
                self.whole = Whole::Invalid(Kept::new(py, &error));
            }
        }
        Ok(())
    }
}
