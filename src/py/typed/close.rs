//! What has closed: validated, and handed to the container around it.

use super::Inside;
use super::frame::Frame;
use super::program::{Judge, Leaf, Node, Place, Validator};
use super::sink::Growing;
use super::waiting::Label;
use crate::error::Stop;
use crate::machine::Machine;
use crate::py::build::{Builder, Building, Style};
use crate::py::ffi::{self, Failed, Ref};

impl Growing<'_, '_> {
    /// Any JSON has closed.
    pub(super) fn end_plain(&mut self) -> Result<(), Failed> {
        let inside = std::mem::replace(&mut self.typed.inside, Inside::Frames);
        let Inside::Plain(mut builder, _) = inside else { return Ok(()) };
        self.typed.changed |= builder.changed(None);
        let value = builder.value(self.py, None)?;
        self.typed.put(value.clone(), value);
        Ok(())
    }

    /// What was passed over has closed.
    pub(super) fn end_waiting(&mut self) -> Result<(), Failed> {
        let inside = std::mem::replace(&mut self.typed.inside, Inside::Frames);
        let Inside::Waiting(waiting) = inside else { return Ok(()) };
        self.typed.begin = waiting.begin;
        let judge = waiting.plan.map_or(Judge::Nobody, |place| self.program.judge(place));
        self.typed.labels = untold(waiting.labels);
        let shown = match (judge, waiting.plan) {
            _ if self.is_document() => None,
            (Judge::Leaf(Leaf { validator: Some(validator), .. }), Some(place)) => {
                self.member(place, validator, self.text())?
            }
            (Judge::Misfit(kind), _) => self.refuse_whole(kind)?,
            _ => None,
        };
        self.typed.labels.clear();
        let is_tagged = |place: Place| matches!(self.program.node(place.id), Node::Tagged(_));
        let part = match judge {
            _ if !self.keeps_parts() => Some(ffi::none(self.py)),
            // By none of its tags: which one it is may be another question in Python.
            _ if waiting.plan.is_some_and(is_tagged) => None,
            Judge::Leaf(Leaf { settled: true, .. }) => shown.clone(),
            _ => self.plain(self.text())?,
        };
        self.typed.changed |=
            shown.is_some() && self.typed.frames.last().is_none_or(Frame::shows_child);
        self.typed.put(shown, part);
        Ok(())
    }

    fn refuse_whole(&mut self, kind: &str) -> Result<Option<Ref>, Failed> {
        if self.typed.settings.fail_fast
            && let Some(input) = self.plain(self.text())?
        {
            let end = self.typed.end;
            self.refuse_as(kind, &input, None, end)?;
        }
        Ok(None)
    }

    /// Bytes that were taken before, as plain JSON, which may be cut off.
    pub(super) fn plain(&self, text: &[u8]) -> Result<Option<Ref>, Failed> {
        let mut machine = Machine::starting_at(1, super::replaying());
        let mut builder = Builder::new(Style::default());
        let mut sink = Building::new(self.py, &mut builder);
        let ended = machine.write(text, &mut sink).and_then(|_| {
            // A bare number ends with them.
            if machine.ends_here() { machine.finish(&mut sink) } else { Ok(()) }
        });
        match ended {
            Ok(()) => builder.value(self.py, None),
            Err(Stop::Sink(failed)) => Err(failed),
            Err(Stop::Refused(_)) => unreachable!("it was taken before"),
        }
    }

    /// Whether what closes is the whole document, which is validated when somebody asks for it.
    fn is_document(&self) -> bool {
        self.typed.frames.is_empty()
    }

    /// What a validator makes of a string or another scalar; `None` if it is refused, or not asked.
    pub(super) fn fit(&mut self, validator: &Validator) -> Result<Option<Ref>, Failed> {
        if self.is_document() {
            return Ok(None);
        }
        self.validate(validator, self.text())
    }

    /// A container that was looked into has closed.
    pub(super) fn end_frame(&mut self) -> Result<(), Failed> {
        let py = self.py;
        let program = self.program;
        let Some(mut frame) = self.typed.frames.pop() else { return Ok(()) };
        let depth = self.typed.frames.len();
        let closer = program.closer(frame.place);
        // Where it is now, it has no frame to say them.
        self.typed.labels = untold(std::mem::take(&mut frame.labels));
        let is_lost = frame.is_lost();
        let whole = match closer {
            // It would be validated once for each object around what is refused in it.
            Some(_) if is_lost => None,
            Some(validator) if !self.is_document() => self.whole(&mut frame, validator)?,
            Some(_) if frame.place.union.is_none() => {
                // By the validator of the document, which may be more than that of its type.
                self.typed.whole = frame.whole(py, program)?;
                None
            }
            _ => None,
        };
        self.typed.labels.clear();
        let is_seen = self.typed.frames.last().is_none_or(Frame::shows_child);
        if let Some(whole) = whole {
            self.typed.changed |= is_seen;
            self.typed.put(Some(whole.clone()), Some(whole));
            return Ok(());
        }
        let is_refused = closer.is_some();
        frame.sync(py, program, depth >= self.typed.frozen_from, None)?;
        frame.present(py, program, false)?;
        let part = if is_refused {
            None
        } else if frame.parts.is_some() {
            frame.whole(py, program)?
        } else {
            frame.fits.then(|| ffi::none(py))
        };
        let shown = frame.shown(program).cloned();
        self.typed.put(shown, part);
        if (is_lost || is_refused && self.typed.is_misfit && frame.is_decided())
            && let Some(around) = self.typed.frames.last_mut()
        {
            around.lose_child(program);
        }
        Ok(())
    }

    /// What the validator makes of a container that has closed; `None` if it is refused.
    fn whole(&mut self, frame: &mut Frame, validator: &Validator) -> Result<Option<Ref>, Failed> {
        if let Some(parts) = frame.whole(self.py, self.program)?
            && let Some(whole) = self.typed.settings.validate_parts(self.py, validator, &parts)?
        {
            return Ok(Some(whole));
        }
        self.member(frame.place, validator, &self.raw[frame.begin..self.typed.end])
    }

    /// What a validator makes of the text of what is there. In a union of several that tells the
    /// errors.
    fn member(
        &mut self,
        place: Place,
        validator: &Validator,
        text: &[u8],
    ) -> Result<Option<Ref>, Failed> {
        let Some(union) = self.program.union(place) else {
            return self.validate(validator, text);
        };
        let fail_fast = std::mem::take(&mut self.typed.settings.fail_fast);
        let whole = self.validate(validator, text);
        self.typed.settings.fail_fast = fail_fast;
        match whole? {
            None if fail_fast => {
                // The union says which member it was, and its tags, too.
                self.typed.labels.clear();
                self.validate(union, text)
            }
            whole => Ok(whole),
        }
    }

    /// A text that was shown while it grew has ended.
    pub(super) fn end_text(&mut self, place: Place) -> Result<(), Failed> {
        let py = self.py;
        self.typed.inside = Inside::Frames;
        let (text, was_shown) = match self.typed.text_shown.take() {
            Some(shown) if self.typed.text.is(&shown) => (shown.into_text(), true),
            _ => (self.typed.text.to_python(py)?, false),
        };
        self.typed.text.clear();
        let is_free = matches!(self.program.node(place.id), Node::Text(node) if node.free);
        let dress = self.program.dress(place);
        let mut shown = text.clone();
        let mut part = Some(text.clone());
        if (!is_free || dress.is_some())
            && let Judge::Leaf(Leaf { validator: Some(validator), settled, .. }) =
                self.program.judge(place)
        {
            let fit = self.fit(validator)?;
            if *settled {
                part.clone_from(&fit);
            }
            // A text that was shown while open and is refused is shown until the end.
            match (fit, dress) {
                (Some(fit), _) => shown = fit,
                (None, Some(dress)) => shown = ffi::vectorcall(py, dress, [&text], None)?,
                (None, None) => {}
            }
            self.typed.changed |= !ffi::is_equal_text(&shown, &text);
        }
        if self.typed.settings.atomic_strings || !was_shown {
            self.typed.changed |= self.typed.frames.last().is_none_or(Frame::shows_child);
        }
        if !self.keeps_parts() {
            part = Some(ffi::none(py));
        }
        self.typed.put(Some(shown), part);
        Ok(())
    }
}

/// The tags that what validates the whole object does not say itself.
fn untold(mut labels: Vec<Label>) -> Vec<Label> {
    labels.retain(|label| !label.is_told);
    labels
}
