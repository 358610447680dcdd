//! Parts of a document as they close, and nothing else of it: the core of `iteritems`.

use pyo3::PyTraverseError;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyString};

use super::build::{Builder, Building};
use super::chunk::{Chunk, Scratch};
use super::core::steps;
use super::error::{self, Kept};
use super::ffi::{self, Failed, List, Ref};
use super::missing::missing;
use super::options::Options;
use crate::error::{Error, Kind, Stop};
use crate::machine::{Machine, Open};
use crate::sink::{Sink, Verdict};
use crate::text::Text;

/// One step of a pattern.
#[derive(Debug)]
enum Step {
    Any,
    /// Any, but of an array.
    Element,
    Key(String),
    Index(u64),
}

/// A container that is open around the items, or beside them.
#[derive(Debug)]
struct Around {
    /// Whether the pattern so far leads here.
    on_path: bool,
    place: Place,
}

/// Where in a container its open member stands.
#[derive(Debug)]
enum Place {
    Key(String),
    Index(u64),
}

/// A sink that builds what a pattern names and passes over all else.
#[derive(Debug)]
struct Selection {
    pattern: Vec<Step>,
    around: Vec<Around>,
    /// The item that is being built, and how many of its containers are open.
    builder: Builder,
    depth: usize,
    in_item: bool,
    items: Vec<Ref>,
    /// Where the value in hand begins, and where the first array did of which any element is meant.
    begin: u64,
    array_at: Option<u64>,
}

/// A selection at work, attached to the interpreter.
struct Selecting<'a, 'py> {
    py: Python<'py>,
    selection: &'a mut Selection,
}

impl Selecting<'_, '_> {
    /// A value begins: whether it belongs to an item.
    #[inline]
    fn begin(&mut self) -> bool {
        self.selection.in_item || {
            let selection = &mut *self.selection;
            let depth = selection.around.len();
            selection.in_item = depth == selection.pattern.len() && selection.leads_here();
            selection.in_item
        }
    }

    /// A scalar, told to the item if it is in one.
    #[inline]
    fn scalar(
        &mut self,
        tell: impl FnOnce(&mut Building<'_, '_>) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        if self.begin() {
            tell(&mut Building::new(self.py, &mut self.selection.builder))?;
        }
        self.end()
    }

    /// A value has ended.
    fn end(&mut self) -> Result<(), Failed> {
        let selection = &mut *self.selection;
        if selection.depth > 0 {
            return Ok(());
        }
        if std::mem::take(&mut selection.in_item) {
            selection.items.extend(selection.builder.value(self.py, None)?);
            selection.builder = Builder::new(selection.builder.style());
        }
        if let Some(Around { place: Place::Index(index), .. }) = selection.around.last_mut() {
            *index += 1;
        }
        Ok(())
    }

    fn open(
        &mut self,
        place: Place,
        tell: impl FnOnce(&mut Building<'_, '_>) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        if self.begin() {
            self.selection.depth += 1;
            return tell(&mut Building::new(self.py, &mut self.selection.builder));
        }
        let selection = &mut *self.selection;
        let on_path = selection.leads_here();
        let step = selection.pattern.get(selection.around.len());
        if let (true, Some(Step::Element), Place::Index(_)) = (on_path, step, &place) {
            selection.array_at.get_or_insert(selection.begin);
        }
        selection.around.push(Around { on_path, place });
        Ok(())
    }

    fn close(
        &mut self,
        tell: impl FnOnce(&mut Building<'_, '_>) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        if self.selection.in_item {
            tell(&mut Building::new(self.py, &mut self.selection.builder))?;
            self.selection.depth -= 1;
        } else {
            self.selection.around.pop();
        }
        self.end()
    }
}

impl Selection {
    /// Whether the pattern leads to the open slot.
    fn leads_here(&self) -> bool {
        let Some(parent) = self.around.last() else { return true };
        parent.on_path
            && match (self.pattern.get(self.around.len() - 1), &parent.place) {
                (Some(Step::Any), _) | (Some(Step::Element), Place::Index(_)) => true,
                (Some(Step::Key(wanted)), Place::Key(key)) => wanted == key,
                (Some(Step::Index(wanted)), Place::Index(index)) => wanted == index,
                _ => false,
            }
    }
}

impl Sink for Selecting<'_, '_> {
    type Error = Failed;

    #[inline]
    fn begins(&mut self, offset: u64) {
        self.selection.begin = offset;
    }

    fn null(&mut self) -> Result<(), Failed> {
        self.scalar(|item| item.null())
    }

    fn boolean(&mut self, value: bool) -> Result<(), Failed> {
        self.scalar(|item| item.boolean(value))
    }

    fn integer(&mut self, value: i64) -> Result<(), Failed> {
        self.scalar(|item| item.integer(value))
    }

    fn big_integer(&mut self, digits: &str) -> Result<(), Failed> {
        self.scalar(|item| item.big_integer(digits))
    }

    fn float(&mut self, value: f64) -> Result<(), Failed> {
        self.scalar(|item| item.float(value))
    }

    fn string(&mut self, text: Text<'_>) -> Result<(), Failed> {
        self.scalar(|item| item.string(text))
    }

    fn string_begin(&mut self) -> Result<(), Failed> {
        if self.begin() {
            return Building::new(self.py, &mut self.selection.builder).string_begin();
        }
        Ok(())
    }

    fn string_part(&mut self, text: Text<'_>) -> Result<(), Failed> {
        if self.selection.in_item {
            return Building::new(self.py, &mut self.selection.builder).string_part(text);
        }
        Ok(())
    }

    fn string_end(&mut self) -> Result<(), Failed> {
        self.scalar(|item| item.string_end())
    }

    fn key(&mut self, text: Text<'_>) -> Result<Verdict, Failed> {
        if self.selection.in_item {
            return Building::new(self.py, &mut self.selection.builder).key(text);
        }
        if let Some(Around { place: Place::Key(key), .. }) = self.selection.around.last_mut() {
            key.clear();
            key.push_str(text.as_str());
        }
        Ok(Verdict::Fine)
    }

    fn array_begin(&mut self) -> Result<(), Failed> {
        self.open(Place::Index(0), |item| item.array_begin())
    }

    fn array_end(&mut self) -> Result<(), Failed> {
        self.close(|item| item.array_end())
    }

    fn object_begin(&mut self) -> Result<(), Failed> {
        self.open(Place::Key(String::new()), |item| item.object_begin())
    }

    fn object_end(&mut self) -> Result<(), Failed> {
        self.close(|item| item.object_end())
    }
}

/// Gives the nodes that a path names, each when it closes, and holds none of them.
///
/// What an error follows in one chunk is returned first; the error comes with the next call.
#[pyclass(module = "partialjson._partialjson")]
pub struct Items {
    machine: Machine,
    selection: Selection,
    error: Option<Kept>,
}

#[pymethods]
impl Items {
    #[new]
    #[pyo3(signature = (path, /, **options), text_signature = "(path, /, **options)")]
    fn new(path: &Bound<'_, PyAny>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let options = Options::parse(path.py(), options)?;
        Ok(Self::of(pattern(path)?, options))
    }

    /// The same for the elements of the array that a key of the root has, and not for what it has
    /// in an object.
    #[staticmethod]
    #[pyo3(signature = (key, /, **options), text_signature = "(key, /, **options)")]
    fn of_array(key: &Bound<'_, PyString>, options: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let options = Options::parse(key.py(), options)?;
        Ok(Self::of(vec![Step::Key(key.to_cow()?.into_owned()), Step::Element], options))
    }

    /// The offset of that array's bracket, once it has come, in bytes from the start of the stream.
    #[getter]
    fn array_at(&self) -> Option<u64> {
        self.selection.array_at
    }

    /// A list of the items that the chunk completes.
    #[pyo3(signature = (chunk, /))]
    fn feed<'py>(&mut self, chunk: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = chunk.py();
        self.check(py)?;
        let mut scratch = Scratch::new();
        let chunk = Chunk::of(chunk, &mut scratch)?;
        let mut sink = Selecting { py, selection: &mut self.selection };
        if let Err(stop) = self.machine.write(chunk.bytes(), &mut sink) {
            self.error = Some(Kept::new(py, &self.exception(py, stop)));
        }
        self.take(py)
    }

    /// A list of the root, if that is the item and only the end completes it: a bare number.
    fn finish<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.check(py)?;
        if let Err(stop) =
            self.machine.finish(&mut Selecting { py, selection: &mut self.selection })
        {
            self.error = Some(Kept::new(py, &self.exception(py, stop)));
        }
        self.check(py)?;
        self.take(py)
    }

    /// Raises the error that the last chunk ended with, if it did; an interrupt only once.
    fn check(&mut self, py: Python<'_>) -> PyResult<()> {
        Kept::raise_once(&mut self.error, py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.error.iter().try_for_each(|error| visit.call(error.held()))?;
        let held = self.selection.builder.held().chain(&self.selection.items);
        held.into_iter().try_for_each(|held| visit.call(held.as_py()))
    }

    fn __clear__(&mut self) {
        self.error = None;
        self.selection.items.clear();
        self.selection.builder = Builder::new(self.selection.builder.style());
    }
}

impl Items {
    fn of(pattern: Vec<Step>, options: Options) -> Self {
        let selection = Selection {
            pattern,
            around: Vec::new(),
            builder: Builder::new(options.style),
            depth: 0,
            in_item: false,
            items: Vec::new(),
            begin: 0,
            array_at: None,
        };
        Self { machine: Machine::new(options.machine), selection, error: None }
    }

    /// The items so far. Without a list they are lost, so nothing may go on as if they were not.
    fn take<'py>(&mut self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ffi::bound(py, List::of(py, self.selection.items.drain(..)))
            .inspect_err(|error| self.error = Some(Kept::new(py, error)))
    }

    fn exception(&mut self, py: Python<'_>, stop: Stop<Failed>) -> PyErr {
        match stop {
            Stop::Sink(failed) => failed.fetch(py),
            Stop::Refused(error) => self.refusal(py, error).unwrap_or_else(|failure| failure),
        }
    }

    /// The exception for a byte that was refused, with the item that was open as far as it had
    /// come.
    fn refusal(&mut self, py: Python<'_>, error: Error) -> PyResult<PyErr> {
        let (open, slot) = match self.machine.open() {
            Open::Nothing => (None, false),
            Open::Container => (Some(false), false),
            Open::Slot => (Some(false), error.kind != Kind::Incomplete),
            Open::Scalar => (Some(true), true),
        };
        let fetch = |failed: Failed| failed.fetch(py);
        let path = self.path(py, slot).map_err(fetch)?;
        let open_path = open.map(|slot| self.path(py, slot)).transpose().map_err(fetch)?;
        let value = match self.selection.builder.value(py, None).map_err(fetch)? {
            Some(value) => value.into_bound(py),
            None => missing(py)?,
        };
        error::exception(py, error, path, open_path, &value)
    }

    fn path(&self, py: Python<'_>, slot: bool) -> Result<Vec<Ref>, Failed> {
        let selection = &self.selection;
        let inner = selection.builder.path(py, slot)?;
        let outer = selection.around.len()
            - usize::from(!slot && !selection.in_item).min(selection.around.len());
        let steps = selection.around[..outer].iter().map(|around| match &around.place {
            Place::Key(key) => ffi::text(py, key),
            Place::Index(index) => ffi::integer(py, i64::try_from(*index).unwrap_or(i64::MAX)),
        });
        steps.chain(inner.into_iter().map(Ok)).collect()
    }
}

/// A pattern from `("records", "*")` or `"records[*]"`.
fn pattern(path: &Bound<'_, PyAny>) -> PyResult<Vec<Step>> {
    if let Ok(text) = path.cast::<PyString>() {
        let text = text.to_cow()?;
        return parse(&text).ok_or_else(|| {
            let message = format!("a path is like \"records[*]\" or \"a.b[0].c\", not {text:?}");
            ffi::exception::<PyValueError>(path.py(), &message)
        });
    }
    let step = |step: Bound<'_, PyAny>| {
        if let Ok(key) = step.cast::<PyString>() {
            let key = key.to_cow()?;
            Ok(if key == "*" { Step::Any } else { Step::Key(key.into_owned()) })
        } else if step.is_instance_of::<PyInt>() {
            step.extract().map(Step::Index).or_else(|_| {
                let message = format!("an index in a path must be 0 or more, not {}", step.str()?);
                Err(ffi::exception::<PyValueError>(path.py(), &message))
            })
        } else {
            let kind = step.get_type().name()?;
            let message = format!("a step of a path must be a str or an int, not {kind}");
            Err(ffi::exception::<PyTypeError>(path.py(), &message))
        }
    };
    steps(path)?.into_iter().map(step).collect()
}

/// Keys after dots, `[*]` and `[0]`; the first key needs no dot.
fn parse(text: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(bracket) = rest.strip_prefix('[') {
            let (inside, after) = bracket.split_once(']')?;
            steps.push(match inside {
                "*" => Step::Any,
                index => Step::Index(index.parse().ok()?),
            });
            rest = after;
            continue;
        }
        let key = match rest.strip_prefix('.') {
            Some(key) if !steps.is_empty() => key,
            None if steps.is_empty() => rest,
            _ => return None,
        };
        let end = key.find(['.', '[']).unwrap_or(key.len());
        steps.push(match &key[..end] {
            name if name.is_empty() || name.contains(']') => return None,
            "*" => Step::Any,
            name => Step::Key(name.to_owned()),
        });
        rest = &key[end..];
    }
    Some(steps)
}
