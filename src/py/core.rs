//! A machine and a builder together, with the error that ended them: what every entry point drives.

use pyo3::PyTraverseError;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PySequence, PyString};

use super::build::{Builder, Building, Style};
use super::error::{self, End, Kept};
use super::ffi::{self, Failed, List, Ref};
use super::missing::missing;
use super::options::{Options, interpreter_max_digits};
use crate::error::{Error, Kind, Limit, Stop};
use crate::machine::{Machine, Open, Status};
use crate::number::Number;

/// So few bytes make too few containers for a garbage collection among them to matter.
const FEW_BYTES: usize = 64;

/// A document on its way into Python.
#[derive(Debug)]
pub struct Core {
    machine: Machine,
    builder: Builder,
    /// Whether the interpreter's limit of digits is still to be asked for.
    asks_digits: bool,
    /// Whether it was made without options.
    is_simple: bool,
    end: End,
}

impl Core {
    #[expect(clippy::inline_always, reason = "it is large, and is not to be moved")]
    #[inline(always)]
    pub fn new(options: Options) -> Self {
        let machine = Machine::new(options.machine);
        let builder = Builder::new(options.style);
        let asks_digits = options.asks_digits;
        Self { machine, builder, asks_digits, is_simple: false, end: End::NotYet }
    }

    /// One without options.
    #[expect(clippy::inline_always, reason = "as above")]
    #[inline(always)]
    pub fn simplest(py: Python<'_>) -> PyResult<Self> {
        Ok(Self { is_simple: true, ..Self::new(Options::lazily(py)?) })
    }

    pub fn reset(&mut self) {
        if !self.begin_again() {
            *self = Self { is_simple: self.is_simple, ..Self::new(self.options()) };
        }
    }

    /// Begins another document, after a whole one that has left little memory behind, as if it were
    /// new; else `false`.
    #[inline]
    pub fn begin_again(&mut self) -> bool {
        let is_whole = matches!(self.end, End::NotYet | End::Finished)
            && self.machine.status() == Status::Complete;
        if !is_whole || !self.builder.begin_again() {
            return false;
        }
        self.machine.restart();
        self.end = End::NotYet;
        true
    }

    /// Whether it takes another document as one made without any options would.
    #[inline]
    pub fn is_simplest(&self) -> bool {
        // Once it has asked, it would not see that limit change.
        self.is_simple && self.asks_digits
    }

    /// What it was made with: kept by its parts, since thousands of parsers may be open.
    fn options(&self) -> Options {
        let (machine, style) = (self.machine.options(), self.builder.style());
        Options { machine, style, asks_digits: self.asks_digits }
    }

    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    /// Shows the garbage collector everything that is held.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.builder.held().try_for_each(|held| visit.call(held.as_py()))?;
        self.end.error().map_or(Ok(()), |error| visit.call(error.held()))
    }

    /// Has the processor fetch what a write will need.
    #[inline]
    pub fn fetch(&self) {
        self.builder.fetch();
    }

    /// The same where the value is asked for, too.
    #[inline]
    pub fn fetch_for_value(&self) {
        self.builder.fetch_for_value();
    }

    /// Takes a chunk; returns how many bytes of it.
    #[inline]
    pub fn write(&mut self, py: Python<'_>, bytes: &[u8]) -> PyResult<usize> {
        self.end.check_open(py)?;
        let begin = self.machine.offset();
        self.builder.make_room(bytes.len());
        let _pause = (bytes.len() > FEW_BYTES).then(|| ffi::Pause::begin(py));
        match self.machine.write(bytes, &mut Building::new(py, &mut self.builder)) {
            Ok(count) => match self.builder.end_write(py) {
                Ok(()) => Ok(count),
                Err(failed) => Err(self.break_off(py, failed.fetch(py))),
            },
            Err(Stop::Refused(error)) if self.asks_digits(error) => {
                let maximum = interpreter_max_digits(py);
                let maximum = maximum.map_err(|error| self.break_off(py, error))?;
                self.asks_digits = false;
                self.machine.allow_digits(maximum);
                let taken = usize::try_from(error.pos - begin).expect("a chunk's length");
                Ok(taken + self.write(py, &bytes[taken..])?)
            }
            Err(stop) => Err(self.stop(py, stop)),
        }
    }

    /// Whether a number was refused for which the interpreter has not been asked.
    #[cold]
    fn asks_digits(&self, error: Error) -> bool {
        self.asks_digits && matches!(error.kind, Kind::Limit { limit: Limit::Digits, .. })
    }

    /// Says that nothing more comes.
    pub fn finish(&mut self, py: Python<'_>) -> PyResult<()> {
        if matches!(self.end, End::Finished) {
            return Ok(());
        }
        self.end.check_open(py)?;
        match self.machine.finish(&mut Building::new(py, &mut self.builder)) {
            Ok(()) => {
                self.end = End::Finished;
                Ok(())
            }
            Err(stop) => Err(self.stop(py, stop)),
        }
    }

    /// Everything that shows of a document that may be cut off, or `MISSING`: to be called once, at
    /// its end.
    #[inline]
    pub fn end_value<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if self.machine.status() == Status::Complete
            && let Some(root) = self.builder.take_root()
        {
            return Ok(root.into_bound(py));
        }
        if self.machine.ends_here() {
            self.finish(py)?;
        }
        self.value_or_missing(py)
    }

    /// Goes on to the next document of a stream, once one is complete.
    pub fn next_document(&mut self) {
        self.machine.next_document();
        self.builder = Builder::new(self.builder.style());
    }

    /// Everything that shows, or `None`.
    #[inline]
    pub fn value<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.end.check_whole(py)?;
        let number = open_number(&self.machine, self.builder.style());
        match self.builder.value(py, number) {
            Ok(value) => Ok(value.map(|value| value.into_bound(py))),
            Err(failed) => Err(self.break_off(py, failed.fetch(py))),
        }
    }

    /// Everything that shows, or `MISSING`.
    #[inline]
    pub fn value_or_missing<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self.value(py)? {
            Some(value) => Ok(value),
            None => missing(py),
        }
    }

    /// What changed since this was last called.
    pub fn take_deltas<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.end.check_whole(py)?;
        if !self.builder.style().deltas {
            let message = "take_deltas() needs Parser(deltas=True)";
            return Err(ffi::exception::<PyValueError>(py, message));
        }
        let number = open_number(&self.machine, self.builder.style());
        let updated = self.builder.update(py, number).and_then(|()| self.builder.record_open(py));
        updated.map_err(|failed| failed.fetch(py)).map_err(|error| self.break_off(py, error))?;
        // Where these cannot be made, the next call tries again.
        let deltas = list(py, self.builder.deltas(py)?)?;
        self.builder.forget_deltas();
        Ok(deltas)
    }

    /// Whether the value differs from the one last handed out.
    pub fn changed(&self) -> bool {
        self.builder.changed(open_number(&self.machine, self.builder.style()))
    }

    pub fn status(&self) -> &'static str {
        match (&self.end, self.machine.status()) {
            (End::Refused(_) | End::Broken(_), _) | (_, Status::Error) => "error",
            (_, Status::Empty) => "empty",
            (_, Status::Open) => "open",
            (_, Status::Complete) => "complete",
        }
    }

    /// Whether it was refused, and that was told.
    pub fn is_refused(&self) -> bool {
        matches!(self.end, End::Refused(_))
    }

    /// Whether building failed halfway, so that nothing can be read.
    pub fn is_broken(&self) -> bool {
        matches!(self.end, End::Broken(_))
    }

    /// The path of the deepest open node, if any is open.
    pub fn open_path(&self, py: Python<'_>) -> PyResult<Option<Vec<Ref>>> {
        self.end.check_whole(py)?;
        let path = match self.machine.open() {
            Open::Nothing => return Ok(None),
            Open::Container | Open::Slot => self.builder.path(py, false),
            Open::Scalar => self.builder.path(py, true),
        };
        path.map(Some).map_err(|failed| failed.fetch(py))
    }

    /// How far the node at a path of keys and indices has come.
    pub fn state<'py>(&mut self, path: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = path.py();
        ffi::bound(py, ffi::text(py, self.state_at(py, &steps(path)?)?))
    }

    /// `"missing"`, `"open"` or `"complete"`: only nodes on the open path can be open.
    fn state_at(&mut self, py: Python<'_>, path: &[Bound<'_, PyAny>]) -> PyResult<&'static str> {
        if let Some(open) = self.open_path(py)?
            && all_equal(path, &open)?
        {
            if path.len() <= open.len() {
                return Ok("open");
            }
            // A scalar has no parts, though what it replaces may still show.
            if self.machine.open() == Open::Scalar {
                return Ok("missing");
            }
        }
        let number = open_number(&self.machine, self.builder.style());
        let root = self.builder.look(py, number).map_err(|failed| failed.fetch(py));
        let Some(root) = root.map_err(|error| self.break_off(py, error))? else {
            return Ok("missing");
        };
        let mut node = root.into_bound(py);
        for step in path {
            let child = if let (Ok(object), true) =
                (node.cast::<PyDict>(), step.is_instance_of::<PyString>())
            {
                object.get_item(step)?
            } else if let (Ok(array), true) =
                (node.cast::<PyList>(), step.is_instance_of::<PyInt>())
            {
                step.extract().ok().and_then(|index: usize| array.get_item(index).ok())
            } else {
                None
            };
            match child {
                Some(child) => node = child,
                None => return Ok("missing"),
            }
        }
        Ok("complete")
    }

    /// A shortest text that completes the document.
    pub fn completion<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        if !matches!(self.end, End::Finished) {
            // Takes nothing, but raises the error, if there is one.
            self.write(py, &[])?;
        }
        let mut failed = Ok(());
        let is_bound = self.builder.style().unique_keys;
        let mut is_taken = |key: &str| {
            self.builder.contains(py, key).unwrap_or_else(|error| {
                failed = Err(error);
                false
            })
        };
        let rest = self.machine.completion(is_bound.then_some(&mut is_taken));
        failed.map_err(|error| self.break_off(py, error))?;
        ffi::bound(py, ffi::escaped_text(py, &rest))
    }

    #[cold]
    fn stop(&mut self, py: Python<'_>, stop: Stop<Failed>) -> PyErr {
        match stop {
            Stop::Refused(error) => self.refuse(py, error),
            Stop::Sink(failed) => self.break_off(py, failed.fetch(py)),
        }
    }

    #[cold]
    fn refuse(&mut self, py: Python<'_>, error: Error) -> PyErr {
        // Where the exception cannot be made, the next call tries again: the machine keeps the
        // error.
        self.exception(py, error).map_or_else(
            |failure| failure,
            |exception| {
                self.end = End::Refused(Kept::new(py, &exception));
                exception
            },
        )
    }

    fn exception(&mut self, py: Python<'_>, error: Error) -> PyResult<PyErr> {
        let slot = match (self.machine.open(), error.kind) {
            (Open::Slot, Kind::Incomplete) | (Open::Nothing | Open::Container, _) => false,
            (Open::Slot | Open::Scalar, _) => true,
        };
        let path = self.builder.path(py, slot).map_err(|failed| failed.fetch(py))?;
        let open_path = self.open_path(py)?;
        let value = self.value_or_missing(py)?;
        error::exception(py, error, path, open_path, &value)
    }

    #[cold]
    fn break_off(&mut self, py: Python<'_>, error: PyErr) -> PyErr {
        self.end = End::Broken(Kept::broken(py, &error));
        error
    }
}

/// The open number, where open numbers show.
#[inline]
pub fn open_number(machine: &Machine, style: Style) -> Option<Number<'_>> {
    if style.eager_numbers { machine.open_number() } else { None }
}

/// The keys and indices of a path that a caller gives.
pub fn steps<'py>(path: &Bound<'py, PyAny>) -> PyResult<Vec<Bound<'py, PyAny>>> {
    // A `str` is a sequence, too, but of characters.
    if path.is_instance_of::<PyString>() || path.cast::<PySequence>().is_err() {
        let kind = path.get_type().name()?;
        let message = format!("a path must be a sequence of keys and indices, not {kind}");
        return Err(ffi::exception::<PyTypeError>(path.py(), &message));
    }
    // Not by its iterator, of which PyO3 asks the length: what that raises would be printed.
    Ok(path.cast::<PySequence>()?.to_tuple()?.iter().collect())
}

/// Whether all steps are equal that both have; `1.0` is no index, though Python calls it 1.
fn all_equal(steps: &[Bound<'_, PyAny>], others: &[Ref]) -> PyResult<bool> {
    for (step, other) in steps.iter().zip(others) {
        let is_step = step.is_instance_of::<PyString>() || step.is_instance_of::<PyInt>();
        if !is_step || !step.eq(other.to_bound(step.py()))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A `list` of these.
pub fn list<'py>(py: Python<'py>, values: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    ffi::bound(py, List::of(py, values.into_iter().map(Ref::from_bound)))
}
