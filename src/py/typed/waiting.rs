//! What is passed over until it is complete, but for the member that tells its type.

use super::program::{Id, Node, Place, Program};
use super::scalar::Scalar;
use crate::number::Number;
use crate::py::ffi::Ref;
use crate::text::Text;

/// A value that shows when it is complete, or never.
#[derive(Debug)]
pub struct Waiting {
    /// Its plan; `None` where nothing is done with it.
    pub plan: Option<Place>,
    /// How many of its containers are open.
    pub depth: usize,
    /// The offset of its first byte.
    pub begin: usize,
    pub tag: Tag,
    /// The tags that led to it.
    pub labels: Vec<Label>,
    /// The text so far of a string that only some literals can become.
    pub literal: String,
}

/// A tag that led to an object: what Pydantic's errors have in their location.
#[derive(Debug)]
pub struct Label {
    pub tag: Ref,
    /// Whether what validates the whole object says it itself.
    pub is_told: bool,
}

/// The member of an object that tells its type.
#[derive(Debug)]
pub enum Tag {
    Unknown,
    /// Its key has come.
    Next,
    /// Some of it.
    Open(String),
    /// The object can be looked into, from its beginning.
    Chosen(Id, Ref),
}

impl Tag {
    /// A value that can be no tag has begun where one may have been expected.
    pub fn pass(&mut self) {
        if let Self::Next = self {
            *self = Self::Unknown;
        }
    }
}

impl Waiting {
    /// A scalar in it, which may be the tag.
    pub fn tell(&mut self, program: &Program, scalar: Scalar<'_>) {
        if let Tag::Next = self.tag {
            match scalar {
                Scalar::Text(text) => self.choose_text(program, text.bytes()),
                Scalar::Number(Number::Small(tag)) => self.choose(program, &tag.to_string()),
                Scalar::Boolean(tag) => self.choose(program, &tag.to_string()),
                Scalar::Null | Scalar::Number(_) => self.tag = Tag::Unknown,
            }
        }
    }

    pub fn choose_text(&mut self, program: &Program, tag: &[u8]) {
        self.choose(program, &format!("\"{}\"", String::from_utf8_lossy(tag)));
    }

    fn choose(&mut self, program: &Program, tag: &str) {
        self.tag = Tag::Unknown;
        if let Some(Node::Tagged(node)) = self.plan.map(|place| program.node(place.id))
            && let Some((id, label)) = node.choices.get(tag)
        {
            self.tag = Tag::Chosen(*id, label.clone());
        }
    }

    /// A key of it: whether the tag comes next.
    pub fn key(&mut self, program: &Program, text: Text<'_>) {
        if let (1, Tag::Unknown, Some(Node::Tagged(node))) =
            (self.depth, &self.tag, self.plan.map(|place| program.node(place.id)))
            && node.tags.iter().any(|tag| tag.as_bytes() == text.bytes())
        {
            self.tag = Tag::Next;
        }
    }
}
