//! Builds Python values, copying only what someone else still holds.
//!
//! Values pile up on a stack until their container closes: then it is made at its exact size. Only
//! when somebody asks for the value are the open containers made real, with what they hold so far;
//! from then on they grow. So `write` alone builds nothing that nobody asks for, but for what is
//! open after a long chunk ([`Builder::end_write`]).
//!
//! A value handed out must not change (law 5). Of an open container the builder owns one reference,
//! its parent another; whoever holds more is the caller, and then what is below is his too. So
//! after a value was handed out, the first container on the open path with a reference too many,
//! and all below it, are *frozen*: they are copied before they change. Counting once for each value
//! handed out is enough, since only handing out another lets a caller hold more. Or else the one
//! before it takes its turn again, if nobody holds that any more ([`spare`]).

mod changes;
mod containers;
mod frame;
mod path;
mod scalar;
mod sink;
mod spare;

use pyo3::prelude::*;
use smallvec::SmallVec;

use self::changes::Changes;
use self::frame::{Frame, Kind};
use self::scalar::Shown;
pub use self::sink::Building;
pub use self::spare::{MAX_LATE, catch_up_list};
use super::ffi::{self, Container, Either, Failed, Ref};
use super::open_text::OpenText;
use crate::number::Number;
use crate::text::Text;

/// How many values may pile up before their containers are made real: 16 KiB of pointers, so that
/// wide containers need no second copy of theirs.
const MAX_PENDING: usize = 2048;

/// For how many a builder that begins another document may keep room.
const MAX_KEPT: usize = 256;

/// How many bytes may have hundreds of containers, which is when the garbage collector comes.
const LONG: usize = 1 << 14;

/// In place of how many open containers: their order is left as it is.
const UNORDERED: u8 = u8::MAX;

/// How many containers may be open within one another before their frames take memory of their own.
const FRAMES: usize = 4;

/// How values look to whoever asks; fixed for a parser's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Open strings do not show.
    pub atomic_strings: bool,
    /// Open numbers do.
    pub eager_numbers: bool,
    /// A repeated key is refused.
    pub unique_keys: bool,
    /// Containers change in the caller's hands.
    pub live: bool,
    /// Changes are recorded.
    pub deltas: bool,
}

/// How the value differs from the one last handed out. Unless it may in anything, the open
/// containers are real, and hold all that closed in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    None,
    /// The open string is longer, or the open number another.
    Scalar,
    Any,
}

/// The value so far.
#[derive(Debug)]
pub struct Builder {
    style: Style,
    frames: SmallVec<[Frame; FRAMES]>,
    stack: Vec<Ref>,
    /// The stack before last, emptied, for its memory.
    emptied: Vec<Ref>,
    /// The root, once it is complete or where it is an open scalar that shows.
    root: Option<Ref>,
    text: OpenText,
    /// Whether `text` is a string that has begun and has not ended.
    in_string: bool,
    shown: Shown,
    change: Change,
    /// Whether values just pile up: a container is open, and nobody is told of changes.
    piles: bool,
    /// Whether a value was handed out since frozen containers were last looked for.
    lent: bool,
    /// From how many open containers on they are put in order for the garbage collector: those that
    /// have begun in this write, before whose end it does not come.
    ordered: u8,
    /// Whether somebody around it holds the root, too.
    is_within: bool,
    /// Whether the root before last is in what is around it, whose turn it is as well.
    is_turn: bool,
    /// The first frame whose container the caller may hold.
    frozen_from: u32,
    /// What changed since it was last asked, if it ever is.
    changes: Option<Box<Changes>>,
}

impl Builder {
    #[expect(clippy::inline_always, reason = "it is large, and is not to be moved")]
    #[inline(always)]
    pub fn new(style: Style) -> Self {
        Self {
            style,
            frames: SmallVec::new(),
            stack: Vec::new(),
            emptied: Vec::new(),
            root: None,
            text: OpenText::new(),
            in_string: false,
            shown: Shown::Nothing,
            change: Change::None,
            piles: false,
            lent: false,
            ordered: UNORDERED,
            is_within: false,
            is_turn: false,
            frozen_from: u32::MAX,
            changes: style.deltas.then(Box::default),
        }
    }

    /// One whose root somebody around it holds, too.
    pub fn within(self) -> Self {
        Self { is_within: true, ..self }
    }

    pub fn style(&self) -> Style {
        self.style
    }

    /// Whether [`Builder::value`] would differ from what it last gave.
    pub fn changed(&self, number: Option<Number<'_>>) -> bool {
        self.change != Change::None
            || number.is_some_and(|number| self.shown.same(number).is_none())
    }

    /// To be called when so many bytes have come, before they are looked at: makes room for a
    /// document, at one stroke if it is small.
    #[inline]
    pub fn make_room(&mut self, bytes: usize) {
        let is_ordered = bytes >= LONG && ffi::order_is_known();
        self.ordered = if is_ordered { self.depth() } else { UNORDERED };
        if self.stack.capacity() == 0 {
            self.stack.reserve_exact((bytes / 8).clamp(8, 64));
        }
    }

    /// To be called before anything is told: sees what the caller still holds.
    #[inline]
    pub fn begin_write(&mut self) {
        if std::mem::take(&mut self.lent) && !self.style.live {
            self.frozen_from = self.first_shared();
        }
    }

    /// To be called when all is told. What is open after much has come is made real, in its order
    /// for the garbage collector, which may come now.
    #[inline]
    pub fn end_write(&mut self, py: Python<'_>) -> Result<(), Failed> {
        if self.ordered < self.depth() { self.flush(py) } else { Ok(()) }
    }

    /// Sees what the caller still holds of a value that somebody around it has handed out.
    pub fn look_again(&mut self) {
        self.lent = true;
        self.begin_write();
    }

    /// Has the processor fetch what will be needed: of thousands of parsers that take turns,
    /// nothing is at hand.
    #[inline]
    pub fn fetch(&self) {
        ffi::fetch(self.stack.as_ptr_range().end);
        // The outermost and the innermost: there may be any number in between.
        for frame in self.frames.first().into_iter().chain(self.frames.last()) {
            if let Some(container) = &frame.container {
                container.fetch();
            }
        }
        self.text.fetch(match &self.shown {
            Shown::Text(shown) => Some(shown),
            _ => None,
        });
    }

    /// The same where the value is asked for, too.
    #[inline]
    pub fn fetch_for_value(&self) {
        self.fetch();
        if let Some(container) = self.frames.last().and_then(|frame| frame.container.as_ref()) {
            container.fetch_members();
        }
    }

    /// The root before last, if it is a container whose turn may come again.
    pub fn spare_root(&self) -> Option<&Ref> {
        self.frames.first()?.spare.as_ref().map(|spare| &*spare.container)
    }

    /// Says whether that is in what is around it, whose turn it is; to be called before each look.
    pub fn take_turn(&mut self, is_turn: bool) {
        self.is_turn = is_turn;
    }

    /// Says that the caller holds something around the root.
    pub fn freeze(&mut self) {
        self.lent = false;
        self.frozen_from = 0;
    }

    fn first_shared(&self) -> u32 {
        // One reference is the builder's, and one its parent's.
        let owns = [1 + isize::from(self.is_within)].into_iter().chain(std::iter::repeat(2));
        let shared = self.frames.iter().zip(owns).position(|(frame, own)| {
            frame.container.as_ref().is_some_and(|container| container.is_shared(own))
        });
        shared.map_or(u32::MAX, |i| u32::try_from(i).expect("fewer than `max_depth`"))
    }

    /// How many containers are open; [`UNORDERED`] where they are more.
    #[inline]
    fn depth(&self) -> u8 {
        u8::try_from(self.frames.len()).unwrap_or(UNORDERED)
    }

    /// Everything that shows, or `None` where nothing does; `number` is the open number, if open
    /// numbers show.
    #[inline]
    pub fn value(
        &mut self,
        py: Python<'_>,
        number: Option<Number<'_>>,
    ) -> Result<Option<Ref>, Failed> {
        let value = self.look(py, number)?;
        self.change = Change::None;
        self.lent = true;
        Ok(value)
    }

    /// The same for a look that ends before the next write, and that [`Builder::changed`] knows
    /// nothing of.
    #[inline]
    pub fn look(
        &mut self,
        py: Python<'_>,
        number: Option<Number<'_>>,
    ) -> Result<Option<Ref>, Failed> {
        self.update(py, number)?;
        Ok(match self.frames.first() {
            Some(frame) => frame.container.as_deref().cloned(),
            None => self.root.clone(),
        })
    }

    /// The complete value, given away; `None` where the root is a container that is open.
    #[inline]
    pub fn take_root(&mut self) -> Option<Ref> {
        let root = self.root.take();
        if root.is_some() {
            self.change = Change::None;
        }
        root
    }

    /// Begins another document, after a whole one that has left little memory behind, as if nothing
    /// had been before; else `false`.
    #[inline]
    pub fn begin_again(&mut self) -> bool {
        let is_small = !self.frames.spilled()
            && self.stack.capacity() <= MAX_KEPT
            && self.emptied.capacity() <= MAX_KEPT;
        let is_whole = self.frames.is_empty() && !self.in_string;
        if !is_small || !is_whole || self.changes.is_some() {
            return false;
        }
        debug_assert!(self.stack.is_empty() && self.emptied.is_empty() && !self.is_within);
        self.text.clear();
        (self.piles, self.lent, self.frozen_from) = (false, false, u32::MAX);
        (self.change, self.shown) = (Change::None, Shown::Nothing);
        self.root = None;
        true
    }

    /// Brings everything that shows up to date.
    #[inline]
    pub fn update(&mut self, py: Python<'_>, number: Option<Number<'_>>) -> Result<(), Failed> {
        if self.changed(number) {
            // Once an open number shows, nothing else says that it was another.
            self.change = self.change.max(Change::Scalar);
            self.materialise(py, number)?;
        }
        Ok(())
    }

    /// Makes the open containers real and brings them up to date.
    fn materialise(&mut self, py: Python<'_>, number: Option<Number<'_>>) -> Result<(), Failed> {
        if self.frames.is_empty() {
            return self.show_scalar(py, number, false);
        }
        let mut takes_turns = false;
        if self.change == Change::Scalar {
            // The open containers are as they were, but may be somebody else's.
            for i in self.frozen_from as usize..self.frames.len() {
                takes_turns = self.thaw(py, i, takes_turns)?;
                self.link_into_parent(py, i)?;
            }
            self.frozen_from = u32::MAX;
            return self.show_scalar(py, number, takes_turns);
        }
        let mut stack = std::mem::replace(&mut self.stack, std::mem::take(&mut self.emptied));
        let total = stack.len();
        let mut values = stack.drain(..);
        for i in 0..self.frames.len() {
            let end = self.frames.get(i + 1).map_or(total, Frame::begin);
            let begin = total - values.len();
            if i >= self.frozen_from as usize {
                takes_turns = self.thaw(py, i, takes_turns)?;
            }
            let frame = &mut self.frames[i];
            // A key without its value stays on the stack.
            let open_key = usize::from(frame.kind == Kind::Dict && (end - begin) % 2 == 1);
            frame.grow(py, values.by_ref().take(end - begin - open_key), false)?;
            frame.pending = mark(&self.stack);
            self.stack.extend(values.by_ref().take(open_key));
            self.link_into_parent(py, i)?;
        }
        drop(values);
        self.emptied = stack;
        self.frozen_from = u32::MAX;
        self.show_scalar(py, number, takes_turns)
    }

    /// Sees to it that the caller does not hold the container of frame `i`. True where the one
    /// before last takes its turn, as the answer was for its parent.
    #[inline]
    fn thaw(&mut self, py: Python<'_>, i: usize, takes_turns: bool) -> Result<bool, Failed> {
        let (parents, [frame, ..]) = self.frames.split_at_mut(i) else { return Ok(false) };
        let parent = parents.last().filter(|_| takes_turns);
        let slot = parent.and_then(|parent| parent.slot(self.stack.get(parent.begin())));
        frame.thaw(py, slot, i == 0 && self.is_turn)
    }

    /// Puts the container of frame `i` into its parent, if another one or none is there.
    fn link_into_parent(&mut self, py: Python<'_>, i: usize) -> Result<(), Failed> {
        let (parents, [frame, ..]) = self.frames.split_at_mut(i) else { return Ok(()) };
        let moved = std::mem::take(&mut frame.moved);
        if let Some(parent) = parents.last_mut()
            && (moved || !parent.linked)
        {
            let child = frame.container.as_ref().expect("it was just made");
            parent.link(py, self.stack.get(parent.begin()), child)?;
        }
        Ok(())
    }

    /// The complete value of the slot that is next.
    #[inline]
    fn put(&mut self, py: Python<'_>, value: Ref) -> Result<(), Failed> {
        // There is nearly always room.
        if !self.piles || self.stack.len() == self.stack.capacity() {
            return self.put_slowly(py, value);
        }
        self.change = Change::Any;
        self.stack.push(value);
        Ok(())
    }

    #[inline(never)]
    fn put_slowly(&mut self, py: Python<'_>, value: Ref) -> Result<(), Failed> {
        if self.changes.is_some() {
            self.record_add(py, &value)?;
        }
        if self.stack.len() >= MAX_PENDING {
            self.flush(py)?;
        }
        self.put_known(value);
        Ok(())
    }

    /// The same, where it is no change to be recorded.
    #[inline]
    fn put_known(&mut self, value: Ref) {
        self.change = Change::Any;
        if self.frames.is_empty() {
            self.root = Some(value);
        } else {
            self.push(value);
        }
    }

    /// The key with this text, if the object before this one, among the first so many of an array,
    /// has it in the same place.
    #[inline]
    fn key_of_sibling(&self, py: Python<'_>, text: Text<'_>, first: usize) -> Option<Ref> {
        let [.., array, frame] = &self.frames[..] else { return None };
        let siblings = &self.stack[array.begin()..frame.begin()];
        if array.kind != Kind::List || siblings.len() >= first {
            return None;
        }
        let place = (self.stack.len() - frame.begin()) / 2;
        ffi::key_at(py, siblings.last()?, place).filter(|key| ffi::has_text(py, key, text))
    }

    /// Puts a key or a value on the stack.
    #[inline]
    fn push(&mut self, part: Ref) {
        if self.stack.len() == self.stack.capacity() {
            return self.push_and_grow(part);
        }
        self.stack.push(part);
    }

    /// The same where that is full: it doubles up to [`MAX_PENDING`], and from then on grows only
    /// by what may not be taken off yet.
    #[inline(never)]
    fn push_and_grow(&mut self, part: Ref) {
        let len = self.stack.len();
        self.stack.reserve_exact(match MAX_PENDING.saturating_sub(len) {
            0 => len,
            room => len.max(8).min(room),
        });
        self.stack.push(part);
    }

    /// Whether the innermost object has this key already.
    fn has_key(&mut self, py: Python<'_>, key: &Ref) -> Result<bool, Failed> {
        let frozen = self.frames.len() > self.frozen_from as usize;
        let frame = self.frames.last_mut().expect("keys stand in objects");
        // A look alone must copy nothing: `value` would hand out the copy as if it were the old
        // one.
        if frame.container.is_none() || frame.begin() < self.stack.len() {
            frame.grow(py, self.stack.drain(frame.begin()..), frozen)?;
        }
        let Some(Either::Dict(dict)) = frame.container.as_ref().map(Container::either) else {
            unreachable!("an object, which was just made")
        };
        dict.contains(key)
    }

    /// Whether the innermost object has this key already.
    pub fn contains(&mut self, py: Python<'_>, key: &str) -> PyResult<bool> {
        let found = ffi::text(py, key).and_then(|key| self.has_key(py, &key));
        found.map_err(|failed| failed.fetch(py))
    }

    /// Every object that the builder holds, for the garbage collector.
    pub fn held(&self) -> impl Iterator<Item = &Ref> {
        let containers = self.frames.iter().flat_map(Frame::held);
        let changes = self.changes.iter().flat_map(|changes| changes.held());
        let values = containers.chain(&self.stack).chain(&self.root);
        values.chain(changes)
    }
}

/// Where the stack ends: with what is pending and a key for each open dict, far below 4 billion.
#[inline]
fn mark(stack: &[Ref]) -> u32 {
    u32::try_from(stack.len()).expect("a short stack")
}
