//! What shows how and what validates it, compiled from the plans of `_plan.py`.
//!
//! A program holds no state: one serves all parsers of a type, and all threads.

use std::collections::HashMap;

use pyo3::PyTraverseError;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::object::Build;
use crate::py::ffi::Ref;

/// The place of a node in its program.
pub type Id = usize;

/// The plan of what is no part of the type: any JSON, as it is.
pub const ANY: Id = 0;

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
    /// Makes a key of the text of one, `MISSING` where it does not fit.
    pub key: Option<Validator>,
    pub value: Id,
}

/// An object with fields.
#[derive(Debug)]
pub struct ObjectNode {
    pub build: Build,
    pub leaf: Leaf,
    pub fields: Vec<Field>,
    by_key: HashMap<Box<[u8]>, Answer>,
    /// The keys that an alias path reaches into.
    reached: Vec<String>,
    pub extra: Extra,
    /// Whether whole models may be in it.
    pub nests: bool,
    pub mode: Mode,
    /// Whether no validator sees an object before its fields are validated.
    pub certain: bool,
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
}

/// An object whose type a member of it tells.
#[derive(Debug)]
pub struct TaggedNode {
    pub tags: Vec<String>,
    pub choices: HashMap<String, Id>,
    pub array: Option<Id>,
    pub text: Option<Id>,
    pub leaf: Leaf,
}

/// What shows as something that is made of it: a root model, a named tuple.
#[derive(Debug)]
pub struct WrapNode {
    pub inner: Id,
    pub dress: Ref,
    pub leaf: Leaf,
}

/// A node, and the wrap that it is in, if it is in one.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub id: Id,
    pub wrap: Option<Id>,
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
        let mut compiler = Compiler { ids: HashMap::new(), todo: Vec::new() };
        let root = compiler.id(plan);
        let mut nodes = vec![Node::Any];
        // Plans that refer to each other are numbered when first met, and compiled in that order.
        while let Some(plan) = compiler.todo.get(nodes.len() - 1).cloned() {
            nodes.push(compiler.compile(&plan)?);
        }
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
        let mut wrap = None;
        loop {
            let member = match (&self.nodes[id], kind) {
                (Node::Wrap(node), _) => {
                    wrap = Some(id);
                    Some(node.inner)
                }
                (Node::Union(union), Kind::Text) => union.text,
                (Node::Union(union), Kind::Array) => union.array,
                (Node::Union(union), Kind::Object) => union.mapping,
                (Node::Tagged(tagged), Kind::Text) => tagged.text,
                (Node::Tagged(tagged), Kind::Array) => tagged.array,
                _ => None,
            };
            match member {
                Some(member) => id = member,
                None => return Place { id, wrap },
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

    /// What makes something else of what shows there.
    pub fn dress(&self, place: Place) -> Option<&Ref> {
        match place.wrap.map(|id| &self.nodes[id]) {
            Some(Node::Wrap(node)) => Some(&node.dress),
            _ => None,
        }
    }
}

/// Plans to nodes.
struct Compiler<'py> {
    ids: HashMap<usize, Id>,
    todo: Vec<Bound<'py, PyAny>>,
}

impl<'py> Compiler<'py> {
    fn id(&mut self, plan: &Bound<'py, PyAny>) -> Id {
        let next = self.todo.len() + 1;
        *self.ids.entry(plan.as_ptr() as usize).or_insert_with(|| {
            self.todo.push(plan.clone());
            next
        })
    }

    fn optional_id(&mut self, plan: &Bound<'py, PyAny>) -> Option<Id> {
        if plan.is_none() { None } else { Some(self.id(plan)) }
    }

    fn compile(&mut self, plan: &Bound<'py, PyAny>) -> PyResult<Node> {
        let kind: String = plan.get_type().getattr("kind")?.extract()?;
        Ok(match kind.as_str() {
            "any" => Node::Any,
            "leaf" => Node::Leaf(leaf(plan)?),
            "text" => Node::Text(TextNode {
                leaf: leaf(&plan.getattr("leaf")?)?,
                free: plan.getattr("free")?.extract()?,
            }),
            "array" => {
                let first = plan.getattr("first")?.try_iter()?;
                Node::Array(ArrayNode {
                    first: first.map(|each| Ok(self.id(&each?))).collect::<PyResult<_>>()?,
                    rest: self.optional_id(&plan.getattr("rest")?),
                    dress: optional(plan.getattr("dress")?),
                    max_length: plan.getattr("max_length")?.extract()?,
                    misfit: plan.getattr("misfit")?.extract()?,
                })
            }
            "table" => Node::Table(TableNode {
                key: validator(&plan.getattr("key")?)?,
                value: self.id(&plan.getattr("value")?),
            }),
            "object" => Node::Object(self.object(plan)?),
            "union" => Node::Union(UnionNode {
                text: self.optional_id(&plan.getattr("text")?),
                array: self.optional_id(&plan.getattr("array")?),
                mapping: self.optional_id(&plan.getattr("mapping")?),
                leaf: leaf(&plan.getattr("leaf")?)?,
            }),
            "tagged" => {
                let mut choices = HashMap::new();
                for (tag, choice) in plan.getattr("choices")?.cast::<PyDict>()? {
                    choices.insert(tag.extract()?, self.id(&choice));
                }
                Node::Tagged(TaggedNode {
                    tags: plan.getattr("tags")?.extract()?,
                    choices,
                    array: self.optional_id(&plan.getattr("array")?),
                    text: self.optional_id(&plan.getattr("text")?),
                    leaf: leaf(&plan.getattr("leaf")?)?,
                })
            }
            "wrap" => Node::Wrap(WrapNode {
                inner: self.id(&plan.getattr("inner")?),
                dress: Ref::from_bound(plan.getattr("dress")?),
                leaf: leaf(&plan.getattr("leaf")?)?,
            }),
            _ => unreachable!("_plan.py has no such plan"),
        })
    }

    fn object(&mut self, plan: &Bound<'py, PyAny>) -> PyResult<ObjectNode> {
        let mut fields = Vec::new();
        let mut by_key = HashMap::new();
        for (index, field) in plan.getattr("fields")?.try_iter()?.enumerate() {
            let field = field?;
            let keys = field.getattr("keys")?.try_iter()?.collect::<PyResult<Vec<_>>>()?;
            let only = keys.len() == 1;
            for (rank, key) in keys.into_iter().enumerate() {
                let text: Box<[u8]> = key.cast::<PyString>()?.to_cow()?.as_bytes().into();
                let rank = u8::try_from(rank).unwrap_or(u8::MAX);
                let key = Ref::from_bound(key);
                by_key.entry(text).or_insert(Answer { field: index, rank, only, key });
            }
            fields.push(Field {
                name: Ref::from_bound(field.getattr("name")?),
                plan: self.id(&field.getattr("plan")?),
                certain: field.getattr("certain")?.extract()?,
                required: field.getattr("required")?.extract()?,
            });
        }
        let build = Build::parse(plan)?;
        let extra: String = plan.getattr("extra")?.extract()?;
        let mode: u8 = plan.getattr("mode")?.extract()?;
        Ok(ObjectNode {
            build,
            leaf: leaf(&plan.getattr("leaf")?)?,
            required: fields.iter().filter(|field: &&Field| field.required).count(),
            fields,
            by_key,
            reached: plan.getattr("reached")?.extract()?,
            extra: match extra.as_str() {
                "allow" => Extra::Allow,
                "forbid" => Extra::Forbid,
                _ => Extra::Ignore,
            },
            nests: plan.getattr("nests")?.extract()?,
            mode: match mode {
                0 => Mode::Never,
                1 => Mode::Lax,
                _ => Mode::Always,
            },
            certain: plan.getattr("certain")?.extract()?,
        })
    }
}

fn optional(object: Bound<'_, PyAny>) -> Option<Ref> {
    if object.is_none() { None } else { Some(Ref::from_bound(object)) }
}

fn leaf(plan: &Bound<'_, PyAny>) -> PyResult<Leaf> {
    let same: Vec<String> = plan.getattr("same")?.extract()?;
    let has = |kind: &str| same.iter().any(|each| each == kind);
    Ok(Leaf {
        validator: validator(&plan.getattr("validator")?)?,
        same: Same {
            null: has("null"),
            boolean: has("boolean"),
            integer: has("integer"),
            float: has("float"),
            text: has("text"),
            widen: has("float") && !has("integer"),
        },
        literals: plan.getattr("literals")?.extract()?,
    })
}

fn validator(validator: &Bound<'_, PyAny>) -> PyResult<Option<Validator>> {
    if validator.is_none() {
        return Ok(None);
    }
    Ok(Some(Validator {
        json: Ref::from_bound(validator.getattr("validate_json")?),
        python: Ref::from_bound(validator.getattr("validate_python")?),
    }))
}

/// What decides about JSON that is not looked into.
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
            | Self::Union(UnionNode { leaf, .. })
            | Self::Tagged(TaggedNode { leaf, .. }) => leaf.held().collect(),
            Self::Wrap(node) => node.leaf.held().chain([&node.dress]).collect(),
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
    fn held(&self) -> [&Ref; 2] {
        [&self.json, &self.python]
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

/// A tuple of these names, as a call with keywords wants it.
pub fn names<'py>(py: Python<'py>, names: &[&str]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, names)
}
