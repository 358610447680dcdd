//! Plans of `_plan.py` to nodes.

use std::collections::HashMap;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::object::Build;
use super::program::{
    Answer, ArrayNode, Extra, Field, Id, Leaf, Mode, Node, ObjectNode, Same, TableNode, TaggedNode,
    TextNode, UnionNode, Validator, WrapNode,
};
use crate::py::ffi::{self, Ref};

/// The nodes of a plan and of all plans in it, and which is its own.
pub fn compile(plan: &Bound<'_, PyAny>) -> PyResult<(Vec<Node>, Id)> {
    let mut compiler = Compiler { ids: HashMap::new(), todo: Vec::new() };
    let root = compiler.id(plan);
    let mut nodes = Vec::new();
    // Plans that refer to each other are numbered when first met, and compiled in that order.
    while let Some(plan) = compiler.todo.get(nodes.len()).cloned() {
        nodes.push(compiler.compile(&plan)?);
    }
    Ok((nodes, root))
}

struct Compiler<'py> {
    ids: HashMap<usize, Id>,
    todo: Vec<Bound<'py, PyAny>>,
}

impl<'py> Compiler<'py> {
    fn id(&mut self, plan: &Bound<'py, PyAny>) -> Id {
        let next = self.todo.len();
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
                alone: plan.getattr("alone")?.extract()?,
            }),
            "tagged" => {
                let mut choices = HashMap::new();
                for (tag, choice) in plan.getattr("choices")?.cast::<PyDict>()? {
                    let (plan, label): (Bound<'_, PyAny>, Bound<'_, PyAny>) = choice.extract()?;
                    choices.insert(tag.extract()?, (self.id(&plan), Ref::from_bound(label)));
                }
                Node::Tagged(TaggedNode {
                    tags: plan.getattr("tags")?.extract()?,
                    choices,
                    leaf: leaf(&plan.getattr("leaf")?)?,
                })
            }
            "wrap" => Node::Wrap(WrapNode {
                inner: self.id(&plan.getattr("inner")?),
                dress: optional(plan.getattr("dress")?),
                leaf: leaf(&plan.getattr("leaf")?)?,
                nests: plan.getattr("nests")?.extract()?,
                mode: mode(plan)?,
                mends: plan.getattr("mends")?.extract()?,
            }),
            // `_plan.py` has no other.
            _ => {
                let message = format!("{kind:?} is no kind of plan");
                return Err(ffi::exception::<PyTypeError>(plan.py(), &message));
            }
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
        Ok(ObjectNode {
            others: self.id(&plan.getattr("others")?),
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
            mode: mode(plan)?,
            certain: plan.getattr("certain")?.extract()?,
            loc_by_alias: plan.getattr("loc_by_alias")?.extract()?,
        })
    }
}

fn mode(plan: &Bound<'_, PyAny>) -> PyResult<Mode> {
    Ok(match plan.getattr("mode")?.extract()? {
        0 => Mode::Never,
        1 => Mode::Lax,
        _ => Mode::Always,
    })
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
        settled: plan.getattr("settled")?.extract()?,
    })
}

fn validator(validator: &Bound<'_, PyAny>) -> PyResult<Option<Validator>> {
    if validator.is_none() {
        return Ok(None);
    }
    Validator::of(validator).map(Some)
}
