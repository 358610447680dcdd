//! What shows how and what validates it, compiled from the plans of `_plan.py`.
//!
//! A program holds no state: one serves all parsers of a type, and all threads.

use std::collections::HashMap;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;

use super::object::Build;
use crate::py::ffi::Ref;

/// The place of a node in its program.
pub type Id = usize;

/// A plan, with the plans of its parts.
#[pyclass(module = "partialjson._partialjson", frozen)]
#[derive(Debug)]
pub struct Program {
    nodes: Vec<Node>,
    root: Id,
}

/// What the JSON at some place becomes.
#[derive(Debug)]
pub enum Node {
    Any,
    Leaf(Leaf),
    Text(TextNode),
    Array(ArrayNode),
    Table(TableNode),
    Object(ObjectNode),
    Union(UnionNode),
    Tagged(TaggedNode),
    Wrap(WrapNode),
}

/// What shows when it is complete, and what validates it.
#[derive(Debug)]
pub struct Leaf {
    pub validator: Option<Validator>,
    /// Kinds of JSON that are what the type wants as they are.
    pub same: Same,
    /// The strings that the type takes, if it takes no others.
    pub literals: Option<Vec<String>>,
    /// Whether what was made of it is what a validator around it may get.
    pub settled: bool,
}

/// Kinds of scalars, as a set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Same {
    pub null: bool,
    pub boolean: bool,
    pub integer: bool,
    pub float: bool,
    pub text: bool,
    /// An integer becomes a float.
    pub widen: bool,
}

/// The bound methods of a `SchemaValidator`.
#[derive(Debug)]
pub struct Validator {
    pub json: Ref,
    pub python: Ref,
}

/// A string, which shows while it grows.
#[derive(Debug)]
pub struct TextNode {
    pub leaf: Leaf,
    /// Whether every string fits as it is.
    pub free: bool,
}

/// An array, which shows the elements that show.
#[derive(Debug)]
pub struct ArrayNode {
    pub first: Vec<Id>,
    pub rest: Option<Id>,
    /// Makes what shows of the elements, if that is no list.
    pub dress: Option<Ref>,
    pub max_length: Option<usize>,
    /// The type of error where the JSON is no array.
    pub misfit: String,
}

/// An object with keys of any name.
#[derive(Debug)]
pub struct TableNode {
    /// What validates keys; `None` where any text is one.
    pub key: Option<Validator>,
    pub value: Id,
}

/// An object with fields.
#[derive(Debug)]
pub struct ObjectNode {
    pub build: Build,
    pub leaf: Leaf,
    pub fields: Vec<Field>,
    pub by_key: HashMap<Box<[u8]>, Answer>,
    /// The keys that an alias path reaches into.
    pub reached: Vec<String>,
    pub extra: Extra,
    /// The plan of what no field answers to, where that is kept.
    pub others: Id,
    /// Whether whole models may be in it.
    pub nests: bool,
    pub mode: Mode,
    /// Whether no validator sees an object before its fields are validated.
    pub certain: bool,
    /// Whether errors name a field by its JSON key.
    pub loc_by_alias: bool,
    /// How many fields it stays hidden for.
    pub required: usize,
}

#[derive(Debug)]
pub struct Field {
    pub name: Ref,
    pub plan: Id,
    /// Whether what its plan refuses the whole object refuses, too.
    pub certain: bool,
    /// Whether the object stays hidden until it shows.
    pub required: bool,
}

/// A JSON key that a field answers to.
#[derive(Clone, Debug)]
pub struct Answer {
    pub field: usize,
    /// How many keys of the field win over it.
    pub rank: u8,
    /// Whether the field answers to no other key.
    pub only: bool,
    pub key: Ref,
}

/// What becomes of keys that no field answers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extra {
    Allow,
    Forbid,
    Ignore,
}

/// When parsed parts may be validated in place of the JSON text, with the same result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Never,
    Lax,
    Always,
}

impl Mode {
    pub fn allows(self, strict: bool) -> bool {
        self == Self::Always || (self == Self::Lax && !strict)
    }
}

/// What each kind of JSON is, where one member alone takes it.
#[derive(Debug)]
pub struct UnionNode {
    pub text: Option<Id>,
    pub array: Option<Id>,
    pub mapping: Option<Id>,
    pub leaf: Leaf,
    /// Whether `null` is all that it adds to its one member.
    pub alone: bool,
}

/// An object whose type a member of it tells.
#[derive(Debug)]
pub struct TaggedNode {
    pub tags: Vec<String>,
    /// By the JSON text of a tag; with the tag.
    pub choices: HashMap<String, (Id, Ref)>,
    pub leaf: Leaf,
}

/// What shows as something that is made of it, or is validated as more than its type: a root model,
/// a named tuple, what a validator sees before its type does.
#[derive(Debug)]
pub struct WrapNode {
    pub inner: Id,
    pub dress: Option<Ref>,
    pub leaf: Leaf,
    pub nests: bool,
    pub mode: Mode,
    /// Whether its leaf may take what is refused within.
    pub mends: bool,
}

/// A node, and what is around it before anything is in a frame.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub id: Id,
    pub wrap: Option<Id>,
    /// The union of several that it is a member of. Pydantic's errors name that member.
    pub union: Option<Id>,
    /// Whether a validator may take what is refused within.
    pub mends: bool,
}

impl Place {
    /// Whether what is refused within is refused here, too.
    pub fn is_certain(self) -> bool {
        // In a union of several, its other members may have something to say.
        self.union.is_none() && !self.mends
    }

    /// The same, within a place of which it turned out what is there.
    pub fn within(self, outer: Self) -> Self {
        Self {
            id: self.id,
            wrap: outer.wrap.or(self.wrap),
            union: self.union.or(outer.union),
            mends: self.mends || outer.mends,
        }
    }
}

/// The kinds of JSON that are told apart before they are complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Scalar,
    Text,
    Array,
    Object,
}

#[pymethods]
impl Program {
    /// Compiles a plan of `_plan.py`.
    #[new]
    fn new(plan: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (nodes, root) = super::compile::compile(plan)?;
        Ok(Self { nodes, root })
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.nodes.iter().flat_map(Node::held).try_for_each(|held| visit.call(held.as_py()))
    }
}

impl Program {
    pub fn root(&self) -> Id {
        self.root
    }

    #[inline]
    pub fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    /// The node for JSON of this kind at the place of node `id`.
    pub fn member(&self, mut id: Id, kind: Kind) -> Place {
        let (mut wrap, mut union, mut mends) = (None, None, false);
        loop {
            if let Node::Union(UnionNode { alone: false, .. }) = &self.nodes[id] {
                union = union.or(Some(id));
            }
            let member = match (&self.nodes[id], kind) {
                (Node::Wrap(node), _) => {
                    wrap = Some(id);
                    mends |= node.mends;
                    Some(node.inner)
                }
                (Node::Union(union), Kind::Text) => union.text,
                (Node::Union(union), Kind::Array) => union.array,
                (Node::Union(union), Kind::Object) => union.mapping,
                _ => None,
            };
            match member {
                Some(member) => id = member,
                None => return Place { id, wrap, union, mends },
            }
        }
    }

    /// What decides about JSON there that is not looked into.
    pub fn judge(&self, place: Place) -> Judge<'_> {
        self.nodes[place.wrap.unwrap_or(place.id)].judge()
    }

    /// What validates a container there, once it has closed.
    pub fn closer(&self, place: Place) -> Option<&Validator> {
        self.nodes[place.wrap.unwrap_or(place.id)].closer()
    }

    /// Whether what is there is validated from its parts, because whole models may be among them.
    pub fn keeps_parts(&self, place: Place, strict: bool) -> bool {
        match &self.nodes[place.wrap.unwrap_or(place.id)] {
            Node::Object(ObjectNode { nests, mode, .. })
            | Node::Wrap(WrapNode { nests, mode, .. }) => *nests && mode.allows(strict),
            _ => false,
        }
    }

    /// Whether what is there may be validated from its parts, of which what is around it consists.
    pub fn takes_parts(&self, place: Place, strict: bool) -> bool {
        match &self.nodes[place.wrap.unwrap_or(place.id)] {
            Node::Object(ObjectNode { mode, .. }) | Node::Wrap(WrapNode { mode, .. }) => {
                mode.allows(strict)
            }
            _ => true,
        }
    }

    /// What finds the errors of a union of several as Pydantic does.
    pub fn union(&self, place: Place) -> Option<&Validator> {
        match place.union.map(|id| &self.nodes[id]) {
            Some(Node::Union(node)) => node.leaf.validator.as_ref(),
            _ => None,
        }
    }

    /// What makes something else of what shows there.
    pub fn dress(&self, place: Place) -> Option<&Ref> {
        match place.wrap.map(|id| &self.nodes[id]) {
            Some(Node::Wrap(node)) => node.dress.as_ref(),
            _ => None,
        }
    }
}

/// What decides about JSON that is not looked into.
#[derive(Clone, Copy)]
pub enum Judge<'a> {
    Leaf(&'a Leaf),
    /// It never fits: the type of Pydantic's error.
    Misfit(&'a str),
    /// It always does.
    Nobody,
}

impl Node {
    fn judge(&self) -> Judge<'_> {
        match self {
            Self::Any => Judge::Nobody,
            Self::Leaf(leaf)
            | Self::Text(TextNode { leaf, .. })
            | Self::Object(ObjectNode { leaf, .. })
            | Self::Union(UnionNode { leaf, .. })
            | Self::Tagged(TaggedNode { leaf, .. })
            | Self::Wrap(WrapNode { leaf, .. }) => Judge::Leaf(leaf),
            Self::Array(node) => Judge::Misfit(&node.misfit),
            Self::Table(_) => Judge::Misfit("dict_type"),
        }
    }

    fn closer(&self) -> Option<&Validator> {
        match self {
            Self::Object(ObjectNode { leaf, .. }) | Self::Wrap(WrapNode { leaf, .. }) => {
                leaf.validator.as_ref()
            }
            _ => None,
        }
    }

    /// Every object that is held, each as often as it is.
    fn held(&self) -> Vec<&Ref> {
        match self {
            Self::Any => Vec::new(),
            Self::Leaf(leaf)
            | Self::Text(TextNode { leaf, .. })
            | Self::Union(UnionNode { leaf, .. }) => leaf.held().collect(),
            Self::Tagged(node) => {
                node.leaf.held().chain(node.choices.values().map(|(_, tag)| tag)).collect()
            }
            Self::Wrap(node) => node.leaf.held().chain(&node.dress).collect(),
            Self::Array(node) => node.dress.iter().collect(),
            Self::Table(node) => node.key.iter().flat_map(Validator::held).collect(),
            Self::Object(node) => {
                let names = node.fields.iter().map(|field| &field.name);
                let keys = node.by_key.values().map(|answer| &answer.key);
                node.leaf.held().chain(names).chain(keys).chain(node.build.held()).collect()
            }
        }
    }
}

impl Leaf {
    fn held(&self) -> impl Iterator<Item = &Ref> {
        self.validator.iter().flat_map(Validator::held)
    }
}

impl Validator {
    /// Those of a `SchemaValidator`.
    pub fn of(validator: &Bound<'_, PyAny>) -> PyResult<Self> {
        let method = |name| validator.getattr(name).map(Ref::from_bound);
        Ok(Self { json: method("validate_json")?, python: method("validate_python")? })
    }

    pub fn held(&self) -> [&Ref; 2] {
        [&self.json, &self.python]
    }
}

impl ArrayNode {
    /// Whether its elements are as validation leaves them.
    pub fn is_settled(&self, program: &Program) -> bool {
        let mut elements = self.first.iter().chain(&self.rest);
        elements.all(|&id| match program.node(id).judge() {
            Judge::Leaf(leaf) => leaf.settled,
            Judge::Nobody => true,
            Judge::Misfit(_) => false,
        })
    }
}

impl ObjectNode {
    /// The field that answers to a key.
    #[inline]
    pub fn answer(&self, key: &[u8]) -> Option<&Answer> {
        self.by_key.get(key)
    }

    /// Whether an alias path reaches into the value of a key.
    pub fn reaches(&self, key: &[u8]) -> bool {
        self.reached.iter().any(|each| each.as_bytes() == key)
    }
}
