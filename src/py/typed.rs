//! Builds typed values while their JSON arrives, as a [`Program`] says.
//!
//! Containers that are looked into have a frame each, from the root to the deepest open one. What
//! closes is handed to the frame around it, validated; what shows of it goes into the container
//! that shows when somebody next asks, as in `build`: copied along the open path only where the
//! caller still holds it. Everything else (a number, a date, a whole model, a field nobody knows)
//! is passed over until its last byte has come, and then validated from its text.

mod close;
mod compile;
mod frame;
mod leaf;
mod made;
mod object;
mod program;
mod scalar;
mod sink;
mod spare;
mod validate;
mod waiting;

use pyo3::prelude::*;

use self::frame::Frame;
use self::program::Place;
pub use self::program::{Program, Validator};
pub use self::sink::Growing;
pub use self::validate::Settings;
use self::waiting::{Label, Tag, Waiting};
use super::build::{Builder, Change};
use super::ffi::{self, Failed, Ref};
use super::open_text::{OpenText, ShownText};
use crate::error::Stop;
use crate::machine::{Machine, Options};
use crate::number::Number;

/// What the bytes in hand belong to.
#[derive(Debug)]
enum Inside {
    /// A container that is looked into.
    Frames,
    /// A text that shows while it grows.
    Text(Place),
    /// Any JSON, which shows as it is, with so many containers open.
    Plain(Box<Builder>, usize),
    /// What shows when it is complete, or never.
    Waiting(Waiting),
}

/// A typed value that is still arriving.
#[derive(Debug)]
pub struct Typed {
    settings: Settings,
    frames: Vec<Frame>,
    inside: Inside,
    /// The root, once it is complete or where it is no container.
    root: Option<Ref>,
    text: OpenText,
    /// The open text as it was last shown.
    text_shown: Option<ShownText>,
    /// The parts of the whole document, where it can be validated from those.
    whole: Option<Ref>,
    /// Where the value in hand begins, and where it ends.
    begin: usize,
    end: usize,
    /// The plan for the next value, where its container does not say.
    chosen: Option<Place>,
    /// The tags that led to it.
    labels: Vec<Label>,
    /// Whether more or other things show than when this was last asked.
    changed: bool,
    /// How what shows differs from what was last handed out.
    change: Change,
    /// Whether a number or literal was open then.
    scalar_was_open: bool,
    lent: bool,
    frozen_from: usize,
    /// Whether what was refused last is refused by its type, and not by what a validator raised that
    /// others may heed.
    is_misfit: bool,
    /// The offset behind the byte after which the document can no longer become valid.
    pub refused_at: Option<usize>,
    /// The error that says so.
    refusal: Option<Ref>,
}

impl Typed {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            frames: Vec::new(),
            inside: Inside::Frames,
            root: None,
            text: OpenText::new(),
            text_shown: None,
            whole: None,
            begin: 0,
            end: 0,
            chosen: None,
            labels: Vec::new(),
            changed: false,
            change: Change::None,
            scalar_was_open: false,
            lent: false,
            frozen_from: usize::MAX,
            is_misfit: false,
            refused_at: None,
            refusal: None,
        }
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// To be called before anything is told: sees what the caller still holds.
    fn begin_write(&mut self) {
        if !std::mem::take(&mut self.lent) {
            return;
        }
        let shared = self.frames.iter().enumerate().position(|(i, frame)| frame.is_shared(i == 0));
        self.frozen_from = shared.unwrap_or(usize::MAX);
        if let Inside::Plain(builder, _) = &mut self.inside {
            match shared {
                Some(_) => builder.freeze(),
                None => builder.look_again(),
            }
        }
    }

    /// Whether more or other things show than when this was last asked.
    pub fn take_changed(&mut self, number: Option<Number<'_>>) -> bool {
        let is_new = self.plain_changed(number);
        std::mem::take(&mut self.changed) || is_new
    }

    /// Whether the plain JSON that is open shows more than when its value was last asked for.
    /// `number` is the open number, if open numbers show.
    fn plain_changed(&self, number: Option<Number<'_>>) -> bool {
        match &self.inside {
            Inside::Plain(builder, _) => builder.changed(number),
            // Elsewhere no open number shows.
            _ => false,
        }
    }

    /// The whole document, validated with the models in it that are ready; `None` where only its
    /// text can tell.
    pub fn take_whole(
        &mut self,
        py: Python<'_>,
        validator: &Validator,
    ) -> Result<Option<Ref>, Failed> {
        match self.whole.take() {
            Some(parts) => self.settings.validate_parts(py, validator, &parts),
            None => Ok(None),
        }
    }

    /// The root, which is complete, is refused; returns where it ends.
    pub fn refuse_root(&mut self) -> usize {
        self.refused_at = Some(self.end);
        self.end
    }

    /// If a value was refused, whether that was before its end.
    pub fn refused_within(&self) -> Option<bool> {
        self.refused_at.map(|offset| offset < self.end)
    }

    /// Something else shows, of which the frames do not know.
    pub fn note_change(&mut self) {
        self.changed = true;
    }

    /// Everything that shows, or `None` where nothing does. `number` is the open number, if open
    /// numbers show.
    pub fn value(
        &mut self,
        py: Python<'_>,
        program: &Program,
        scalar_is_open: bool,
        number: Option<Number<'_>>,
    ) -> Result<Option<Ref>, Failed> {
        if self.plain_changed(number) || self.scalar_was_open != scalar_is_open {
            self.change = Change::Any;
        }
        if self.change != Change::None {
            self.update(py, program, scalar_is_open, number)?;
            self.change = Change::None;
            self.scalar_was_open = scalar_is_open;
        }
        self.lent = true;
        Ok(match self.frames.first() {
            Some(frame) => frame.shown(program).cloned(),
            None => self.root.clone(),
        })
    }

    fn update(
        &mut self,
        py: Python<'_>,
        program: &Program,
        scalar_is_open: bool,
        number: Option<Number<'_>>,
    ) -> Result<(), Failed> {
        let frozen_from = std::mem::replace(&mut self.frozen_from, usize::MAX);
        let begin = match self.change {
            // The open containers are as they were, but may be somebody else's.
            Change::Scalar => frozen_from,
            Change::None | Change::Any => 0,
        };
        // What takes its turn, with the container in it, if that does, too.
        let mut parent = None;
        let mut takes_turns = false;
        for (i, frame) in self.frames.iter_mut().enumerate().skip(begin) {
            takes_turns = frame.sync(py, program, i >= frozen_from, parent)?;
            parent = takes_turns.then_some(&*frame);
        }
        if let Inside::Plain(builder, _) = &mut self.inside {
            let is_turn = match (parent, builder.spare_root()) {
                (Some(parent), Some(spare)) => parent.has(py, program, spare)?,
                _ => false,
            };
            builder.take_turn(is_turn);
        }
        let grows = self.grow_text(py, program, takes_turns)?;
        let child = if grows { None } else { self.open_scalar(py, program, number)? };
        if self.frames.is_empty() {
            if child.is_some() {
                self.root = child;
            }
            return Ok(());
        }
        let mut inner: Option<&Frame> = None;
        let mut child_is_new = true;
        let mut child_is_open = scalar_is_open || !matches!(self.inside, Inside::Frames);
        for frame in self.frames.iter_mut().rev() {
            if (child_is_new || !frame.is_linked())
                && let Some(child) = inner.map_or(child.as_ref(), |inner| inner.shown(program))
            {
                frame.link(py, program, child)?;
            }
            frame.present(py, program, child_is_open)?;
            child_is_new = frame.take_moved();
            child_is_open = true;
            inner = Some(frame);
        }
        Ok(())
    }

    /// What shows of the open string, or of plain JSON.
    fn open_scalar(
        &mut self,
        py: Python<'_>,
        program: &Program,
        number: Option<Number<'_>>,
    ) -> Result<Option<Ref>, Failed> {
        let is_root = self.frames.is_empty();
        match &mut self.inside {
            Inside::Text(place) if !self.settings.atomic_strings => {
                let place = *place;
                self.open_text(py, program, place).map(Some)
            }
            Inside::Plain(builder, _) => builder.value(py, number),
            Inside::Frames | Inside::Text(_) | Inside::Waiting(_) => {
                Ok(if is_root { self.root.clone() } else { None })
            }
        }
    }

    /// Lets the open string grow where it shows, unless the caller holds that.
    fn grow_text(
        &mut self,
        py: Python<'_>,
        program: &Program,
        takes_turns: bool,
    ) -> Result<bool, Failed> {
        let (Some(shown), Some(frame)) = (&mut self.text_shown, self.frames.last()) else {
            return Ok(false);
        };
        self.text.grow(shown, takes_turns, 2, |text| frame.shows(py, program, text))
    }

    fn open_text(
        &mut self,
        py: Python<'_>,
        program: &Program,
        place: Place,
    ) -> Result<Ref, Failed> {
        let last = self.text_shown.take();
        if last.as_ref().is_some_and(|last| self.text.lengthens(last)) {
            // For a moment nobody holds it, unless the caller does.
            match self.frames.last_mut() {
                None => self.root = None,
                Some(frame) => frame.unlink(py, program)?,
            }
        }
        let shown = self.text.show(py, last)?;
        let text = shown.text().clone();
        self.text_shown = Some(shown);
        match program.dress(place) {
            Some(dress) => ffi::vectorcall(py, dress, [&text], None),
            None => Ok(text),
        }
    }

    /// The complete value of the slot that is next: what shows of it, and what validators of the
    /// objects around it get.
    fn put(&mut self, shown: Option<Ref>, part: Option<Ref>) {
        self.change = Change::Any;
        match self.frames.last_mut() {
            None => self.root = shown.or_else(|| self.root.take()),
            Some(frame) => frame.put(shown, part),
        }
    }

    /// Where an object begins of which it is known by now, but was not then, how to look into it.
    fn take_chosen(&mut self) -> Option<usize> {
        let Inside::Waiting(waiting) = &mut self.inside else { return None };
        let Tag::Chosen(id, label) = &waiting.tag else { return None };
        let chosen = Place { id: *id, wrap: None, union: None, mends: false };
        self.chosen = Some(waiting.plan.map_or(chosen, |place| chosen.within(place)));
        let is_told = waiting.plan.is_some_and(|place| place.wrap.is_some());
        waiting.labels.push(Label { tag: label.clone(), is_told });
        self.labels = std::mem::take(&mut waiting.labels);
        let begin = waiting.begin;
        self.inside = Inside::Frames;
        Some(begin)
    }

    /// Every object that is held.
    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        let plain: Box<dyn Iterator<Item = &Ref>> = match &self.inside {
            Inside::Plain(builder, _) => Box::new(builder.held()),
            _ => Box::new(std::iter::empty()),
        };
        let frames = self.frames.iter().flat_map(Frame::held);
        let shown = self.text_shown.iter().map(ShownText::text);
        let (waiting, chosen) = match &self.inside {
            Inside::Waiting(Waiting { tag: Tag::Chosen(_, label), labels, .. }) => {
                (labels.as_slice(), Some(label))
            }
            Inside::Waiting(Waiting { labels, .. }) => (labels.as_slice(), None),
            _ => (&[][..], None),
        };
        let labels = self.labels.iter().chain(waiting).map(|label| &label.tag).chain(chosen);
        frames
            .chain(plain)
            .chain(&self.root)
            .chain(&self.refusal)
            .chain(shown)
            .chain(labels)
            .chain(&self.whole)
            .chain(self.settings.held())
    }
}

/// What a replay takes: everything, for it was taken before.
fn replaying() -> Options {
    Options { allow_nan: true, max_depth: u32::MAX, max_digits: u64::MAX, ..Options::default() }
}

/// Goes anew through the bytes of an object of which the type came after other members, up to
/// there, which is at `until`: then as if it had been known from the start. All of them were taken
/// before, so that none is refused; an object in the object may have had to wait for its own type.
pub fn catch_up(
    py: Python<'_>,
    typed: &mut Typed,
    program: &Program,
    raw: &[u8],
    until: usize,
) -> Result<(), Failed> {
    // Not by recursion: objects may be in objects to any depth.
    let mut replays: Vec<(Machine, usize, usize)> = Vec::new();
    loop {
        if let Some(begin) = typed.take_chosen() {
            let until = replays.last().map_or(until, |(_, at, _)| *at);
            replays.push((Machine::starting_at(begin as u64, replaying()), begin, until));
        }
        let Some((machine, at, until)) = replays.last_mut() else { return Ok(()) };
        if at == until {
            // A number that is a tag ends before what says so.
            machine.end_number(&mut Growing::new(py, typed, program, raw))?;
            replays.pop();
            continue;
        }
        match machine.write(&raw[*at..*until], &mut Growing::new(py, typed, program, raw)) {
            Ok(count) => *at += count,
            Err(Stop::Sink(failed)) => return Err(failed),
            Err(Stop::Refused(_)) => unreachable!("it was taken before"),
        }
    }
}
