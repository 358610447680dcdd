//! What the machine says, followed along the program.

use pyo3::prelude::*;

use super::frame::{self, Frame, Slot};
use super::object::Build;
use super::program::{Extra, Judge, Kind, Leaf, Node, ObjectNode, Place, Program};
use super::scalar::Scalar;
use super::waiting::{Tag, Waiting};
use super::{Inside, Typed};
use crate::number::Number;
use crate::py::build::{Builder, Building, Change, Style};
use crate::py::ffi::{self, Failed, Ref};
use crate::py::seen::Seen;
use crate::sink::{Sink, Verdict};
use crate::text::Text;

/// A typed value at work, attached to the interpreter, with all bytes received.
pub struct Growing<'a, 'py> {
    pub(super) py: Python<'py>,
    pub(super) typed: &'a mut Typed,
    pub(super) program: &'a Program,
    /// Everything received.
    pub(super) raw: &'a [u8],
    seen: Seen,
}

impl<'a, 'py> Growing<'a, 'py> {
    #[inline]
    pub fn new(py: Python<'py>, typed: &'a mut Typed, program: &'a Program, raw: &'a [u8]) -> Self {
        typed.begin_write();
        Self { py, typed, program, raw, seen: Seen::Untried }
    }

    /// The plan of the value in hand, for JSON of this kind; `None` where nothing is done with it.
    fn plan(&mut self, kind: Kind) -> Result<Option<Place>, Failed> {
        let program = self.program;
        if let Some(chosen) = self.typed.chosen.take() {
            return Ok(Some(program.member(chosen.id, kind).within(chosen)));
        }
        let Some(frame) = self.typed.frames.last() else {
            return Ok(Some(program.member(program.root(), kind)));
        };
        let child = frame::child(program, frame);
        if let Node::Array(node) = program.node(frame.place.id)
            && node.max_length == Some(frame.count)
            && frame.place.is_certain()
        {
            self.refuse_length((&node.misfit, frame.count))?;
        }
        Ok(child.map(|id| program.member(id, kind)))
    }

    /// With `fail_fast`, ends before the element that is one too many for the array around it.
    /// `most` says, by the name of its misfit, what the array is, and how many it may have.
    #[cold]
    fn refuse_length(&mut self, most: (&str, usize)) -> Result<(), Failed> {
        if !self.typed.settings.fail_fast {
            return Ok(());
        }
        // The array itself is too long, not an element of it.
        let Some(frame) = self.typed.frames.pop() else { return Ok(()) };
        let (first, last) = (frame.begin, self.typed.begin);
        let refused = self.plain(&self.raw[first..last]).and_then(|input| {
            let input = input.unwrap_or_else(|| ffi::none(self.py));
            self.refuse_as("too_long", &input, Some(most), last + 1)
        });
        self.typed.frames.push(frame);
        refused.and_then(|()| self.verdict())
    }

    /// The text of the value that has just ended.
    pub(super) fn text(&self) -> &'a [u8] {
        &self.raw[self.typed.begin..self.typed.end]
    }

    pub(super) fn keeps_parts(&self) -> bool {
        self.typed.frames.last().is_some_and(|frame| frame.parts.is_some())
    }

    fn scalar(&mut self, scalar: Scalar<'_>) -> Result<(), Failed> {
        match &mut self.typed.inside {
            Inside::Frames => {}
            Inside::Plain(builder, _) => {
                return scalar.tell(&mut Building::new(self.py, builder)).map(|()| {
                    self.typed.change = Change::Any;
                });
            }
            Inside::Waiting(waiting) => {
                waiting.tell(self.program, scalar);
                return Ok(());
            }
            Inside::Text(_) => unreachable!("a string has no parts"),
        }
        let Some(place) = self.plan(scalar.kind())? else {
            let part = scalar.to_python(self.py)?;
            self.typed.put(None, Some(part));
            return self.verdict();
        };
        let (shown, fits) = self.of_scalar(place, scalar)?;
        let part = if self.keeps_parts() {
            match (self.program.node(place.id), self.program.judge(place)) {
                (_, Judge::Leaf(Leaf { settled: true, .. }))
                | (Node::Object(_) | Node::Array(_) | Node::Table(_), _) => {
                    shown.clone().filter(|_| fits)
                }
                _ => Some(scalar.to_python(self.py)?),
            }
        } else {
            // Nobody asks for it.
            Some(ffi::none(self.py))
        };
        if shown.is_some() {
            self.typed.changed |= self.typed.frames.last().is_none_or(Frame::shows_child);
        }
        self.typed.put(shown, part);
        self.verdict()
    }

    fn begin_container(&mut self, kind: Kind) -> Result<(), Failed> {
        match &mut self.typed.inside {
            Inside::Frames => {}
            Inside::Plain(builder, depth) => {
                *depth += 1;
                self.typed.change = Change::Any;
                return tell_begin(kind, &mut Building::new(self.py, builder));
            }
            Inside::Waiting(waiting) => {
                waiting.tag.pass();
                waiting.depth += 1;
                return Ok(());
            }
            Inside::Text(_) => unreachable!("a string has no parts"),
        }
        let plan = self.plan(kind)?;
        match (plan.map(|place| (place, self.program.node(place.id))), kind) {
            (Some((place, Node::Array(_))), Kind::Array)
            | (Some((place, Node::Table(_) | Node::Object(_))), Kind::Object) => {
                let strict = self.typed.settings.strict;
                let parts = self.program.keeps_parts(place, strict)
                    || self.keeps_parts() && self.program.takes_parts(place, strict);
                let slot = if kind == Kind::Array {
                    Slot::Element
                } else {
                    Slot::Ignored(ffi::none(self.py))
                };
                self.typed.changed |= self.typed.frames.last().is_none_or(Frame::shows_child);
                let mut frame = Frame::new(place, self.typed.begin, slot, parts);
                frame.labels = std::mem::take(&mut self.typed.labels);
                self.typed.frames.push(frame);
                self.typed.change = Change::Any;
            }
            (Some((Place { wrap: None, .. }, Node::Any)), _) => {
                let mut builder = self.plain_builder();
                tell_begin(kind, &mut Building::new(self.py, &mut builder))?;
                self.typed.inside = Inside::Plain(builder, 1);
                self.typed.change = Change::Any;
            }
            (plan, _) => {
                let plan = plan.map(|(place, _)| place);
                self.wait(plan, 1);
            }
        }
        self.verdict()
    }

    fn plain_builder(&self) -> Box<Builder> {
        let style = Style {
            atomic_strings: self.typed.settings.atomic_strings,
            eager_numbers: self.typed.settings.eager_numbers,
            ..Style::default()
        };
        Box::new(Builder::new(style).within())
    }

    fn wait(&mut self, plan: Option<Place>, depth: usize) {
        self.typed.change = Change::Any;
        self.typed.inside = Inside::Waiting(Waiting {
            plan,
            depth,
            begin: self.typed.begin,
            tag: Tag::Unknown,
            labels: std::mem::take(&mut self.typed.labels),
            literal: String::new(),
        });
    }

    fn end_container(&mut self, kind: Kind) -> Result<(), Failed> {
        match &mut self.typed.inside {
            Inside::Frames => self.end_frame()?,
            Inside::Plain(builder, depth) => {
                tell_end(kind, &mut Building::new(self.py, builder))?;
                *depth -= 1;
                self.typed.change = Change::Any;
                if *depth == 0 {
                    self.end_plain()?;
                }
            }
            Inside::Waiting(waiting) => {
                waiting.depth -= 1;
                if waiting.depth == 0 {
                    self.end_waiting()?;
                }
            }
            Inside::Text(_) => unreachable!("a string has no parts"),
        }
        self.verdict()
    }
}

fn tell_begin(kind: Kind, sink: &mut Building<'_, '_>) -> Result<(), Failed> {
    if kind == Kind::Array { sink.array_begin() } else { sink.object_begin() }
}

fn tell_end(kind: Kind, sink: &mut Building<'_, '_>) -> Result<(), Failed> {
    if kind == Kind::Array { sink.array_end() } else { sink.object_end() }
}

impl Sink for Growing<'_, '_> {
    type Error = Failed;

    #[inline]
    fn begins(&mut self, offset: u64) {
        if let Inside::Frames = self.typed.inside {
            self.typed.begin = usize::try_from(offset).expect("memory holds it");
        }
    }

    #[inline]
    fn ends(&mut self, offset: u64) {
        self.typed.end = usize::try_from(offset).expect("memory holds it");
    }

    #[inline]
    fn pauses(&self) -> bool {
        matches!(&self.typed.inside, Inside::Waiting(Waiting { tag: Tag::Chosen(..), .. }))
    }

    fn null(&mut self) -> Result<(), Failed> {
        self.scalar(Scalar::Null)
    }

    fn boolean(&mut self, value: bool) -> Result<(), Failed> {
        self.scalar(Scalar::Boolean(value))
    }

    fn integer(&mut self, value: i64) -> Result<(), Failed> {
        self.scalar(Scalar::Number(Number::Small(value)))
    }

    fn big_integer(&mut self, digits: &str) -> Result<(), Failed> {
        self.scalar(Scalar::Number(Number::Big(digits)))
    }

    fn float(&mut self, value: f64) -> Result<(), Failed> {
        self.scalar(Scalar::Number(Number::Float(value)))
    }

    fn string(&mut self, text: Text<'_>) -> Result<(), Failed> {
        self.scalar(Scalar::Text(text))
    }

    fn string_begin(&mut self) -> Result<(), Failed> {
        match &mut self.typed.inside {
            Inside::Frames => {}
            Inside::Plain(builder, _) => {
                self.typed.change = Change::Any;
                return Building::new(self.py, builder).string_begin();
            }
            Inside::Waiting(waiting) => {
                if let Tag::Next = waiting.tag {
                    waiting.tag = Tag::Open(String::new());
                }
                return Ok(());
            }
            Inside::Text(_) => unreachable!("a string has no parts"),
        }
        let plan = self.plan(Kind::Text)?;
        self.typed.change = Change::Any;
        match plan.map(|place| (place, self.program.node(place.id))) {
            Some((place, Node::Text(_))) => {
                self.typed.text.clear();
                self.typed.text_shown = None;
                self.typed.inside = Inside::Text(place);
                self.text_came();
            }
            Some((Place { wrap: None, .. }, Node::Any)) => {
                let mut builder = self.plain_builder();
                Building::new(self.py, &mut builder).string_begin()?;
                self.typed.inside = Inside::Plain(builder, 0);
            }
            plan => self.wait(plan.map(|(place, _)| place), 0),
        }
        self.verdict()
    }

    fn string_part(&mut self, text: Text<'_>) -> Result<(), Failed> {
        match &mut self.typed.inside {
            Inside::Text(_) => {
                self.typed.text.push(text);
                self.typed.change = self.typed.change.max(Change::Scalar);
                self.text_came();
            }
            Inside::Plain(builder, _) => {
                self.typed.change = Change::Any;
                Building::new(self.py, builder).string_part(text)?;
            }
            Inside::Waiting(waiting) => {
                if let Tag::Open(tag) = &mut waiting.tag {
                    tag.push_str(&String::from_utf8_lossy(text.bytes()));
                }
                if waiting.depth == 0 && self.typed.settings.fail_fast {
                    return self.literal_part(text);
                }
            }
            Inside::Frames => unreachable!("a string has begun"),
        }
        Ok(())
    }

    fn string_end(&mut self) -> Result<(), Failed> {
        match &mut self.typed.inside {
            Inside::Text(place) => {
                let place = *place;
                self.end_text(place)?;
            }
            Inside::Plain(builder, depth) => {
                let is_whole = *depth == 0;
                self.typed.change = Change::Any;
                Building::new(self.py, builder).string_end()?;
                if is_whole {
                    self.end_plain()?;
                }
            }
            Inside::Waiting(waiting) => {
                if let Tag::Open(tag) = &mut waiting.tag {
                    let tag = std::mem::take(tag);
                    waiting.choose_text(self.program, tag.as_bytes());
                }
                if waiting.depth == 0 {
                    self.end_waiting()?;
                }
            }
            Inside::Frames => unreachable!("a string has begun"),
        }
        self.verdict()
    }

    fn key(&mut self, text: Text<'_>) -> Result<Verdict, Failed> {
        match &mut self.typed.inside {
            Inside::Frames => {}
            Inside::Plain(builder, _) => {
                self.typed.change = Change::Any;
                return Building::new(self.py, builder).key(text);
            }
            Inside::Waiting(waiting) => {
                waiting.key(self.program, text);
                return Ok(Verdict::Fine);
            }
            Inside::Text(_) => unreachable!("a string has no parts"),
        }
        let Some(frame) = self.typed.frames.last_mut() else { return Ok(Verdict::Fine) };
        let slot = match self.program.node(frame.place.id) {
            Node::Object(node) => match node.answer(text.bytes()) {
                Some(answer) if answer.only || !frame.is_outranked(answer.field, answer.rank) => {
                    Slot::Field(answer.field, answer.key.clone())
                }
                Some(answer) => Slot::Outranked(answer.field, answer.key.clone()),
                None => {
                    let key = self.seen.key(self.py, text, |_| None)?;
                    self.other_key(node, key, text)?
                }
            },
            Node::Table(node) => {
                let key = self.seen.key(self.py, text, |_| None)?;
                let name = match &node.key {
                    None => Some(key.clone()),
                    Some(validator) => {
                        self.typed.settings.name_of(self.py, validator, text.bytes())?
                    }
                };
                Slot::Item(key, name)
            }
            _ => unreachable!("an array has no keys"),
        };
        if let Some(frame) = self.typed.frames.last_mut() {
            frame.turn_to(slot);
        }
        self.verdict()?;
        Ok(Verdict::Fine)
    }

    fn array_begin(&mut self) -> Result<(), Failed> {
        self.begin_container(Kind::Array)
    }

    fn array_end(&mut self) -> Result<(), Failed> {
        self.end_container(Kind::Array)
    }

    fn object_begin(&mut self) -> Result<(), Failed> {
        self.begin_container(Kind::Object)
    }

    fn object_end(&mut self) -> Result<(), Failed> {
        self.end_container(Kind::Object)
    }
}

impl Growing<'_, '_> {
    /// What becomes of a key that no field answers to.
    fn other_key(&mut self, node: &ObjectNode, key: Ref, text: Text<'_>) -> Result<Slot, Failed> {
        if node.reaches(text.bytes()) {
            return Ok(Slot::Ignored(key));
        }
        match node.extra {
            Extra::Ignore => Ok(Slot::Ignored(key)),
            Extra::Allow => Ok(Slot::Extra(key)),
            Extra::Forbid => {
                if let Some(frame) = self.typed.frames.last_mut() {
                    frame.turn_to(Slot::Ignored(key.clone()));
                }
                let kind = match node.build {
                    Build::Call(_) => "unexpected_keyword_argument",
                    Build::Model(_) | Build::Dict => "extra_forbidden",
                };
                let end = self.typed.end;
                self.refuse_as(kind, &key, None, end)?;
                Ok(Slot::Ignored(key))
            }
        }
    }

    /// The open text has grown, or begun.
    fn text_came(&mut self) {
        let typed = &mut *self.typed;
        typed.changed |=
            !typed.settings.atomic_strings && typed.frames.last().is_none_or(Frame::shows_child);
    }
}
