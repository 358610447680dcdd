//! A sink that needs no Python: for tests, fuzzing, and users of the crate.

use std::convert::Infallible;
use std::fmt;

use crate::sink::{Sink, Verdict};
use crate::text::Text;

/// A JSON value. Members keep the order of the document; a repeated key keeps its first place.
///
/// Nothing that it does recurses (law 7), so what `derive` would write is written out below.
#[expect(missing_docs, reason = "each is what RFC 8259 §3 calls it")]
pub enum Value {
    Null,
    Boolean(bool),
    Integer(i64),
    /// As it is written, where it does not fit.
    BigInteger(String),
    Float(f64),
    String(String),
    Array(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// The containers that are open and what they hold so far.
///
/// Made for being right: a repeated key is looked for from the start of its object.
#[derive(Debug, Default)]
pub struct Tree {
    open: Vec<Container>,
    string: Option<String>,
    root: Option<Value>,
    /// Refuse repeated keys.
    pub unique_keys: bool,
}

#[derive(Debug)]
enum Container {
    Array(Vec<Value>),
    Object { members: Vec<(String, Value)>, key: Option<String> },
}

impl Tree {
    /// The best-effort value so far, the open string and the open containers in it.
    ///
    /// # Panics
    /// Never: open containers always fit into one another.
    #[must_use]
    pub fn snapshot(&self) -> Option<Value> {
        let mut value = self.string.clone().map(Value::String).or_else(|| self.root.clone());
        for container in self.open.iter().rev() {
            value = Some(match container {
                Container::Array(elements) => {
                    Value::Array(elements.iter().cloned().chain(value).collect())
                }
                Container::Object { members, key } => {
                    let mut members = members.clone();
                    if let Some(value) = value {
                        set(&mut members, key.clone().expect("a value has a key"), value);
                    }
                    Value::Object(members)
                }
            });
        }
        value
    }

    /// Takes the root out once it is complete.
    pub fn take(&mut self) -> Option<Value> {
        self.root.take()
    }

    #[expect(clippy::unnecessary_wraps, reason = "what a sink returns")]
    fn put(&mut self, value: Value) -> Result<(), Infallible> {
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Container::Array(elements)) => elements.push(value),
            Some(Container::Object { members, key }) => {
                set(members, key.take().expect("a value has a key"), value);
            }
        }
        Ok(())
    }
}

fn set(members: &mut Vec<(String, Value)>, key: String, value: Value) {
    match members.iter_mut().find(|(known, _)| *known == key) {
        Some((_, old)) => *old = value,
        None => members.push((key, value)),
    }
}

impl Sink for Tree {
    type Error = Infallible;

    fn null(&mut self) -> Result<(), Infallible> {
        self.put(Value::Null)
    }

    fn boolean(&mut self, value: bool) -> Result<(), Infallible> {
        self.put(Value::Boolean(value))
    }

    fn integer(&mut self, value: i64) -> Result<(), Infallible> {
        self.put(Value::Integer(value))
    }

    fn big_integer(&mut self, digits: &str) -> Result<(), Infallible> {
        self.put(Value::BigInteger(digits.to_owned()))
    }

    fn float(&mut self, value: f64) -> Result<(), Infallible> {
        self.put(Value::Float(value))
    }

    fn string(&mut self, text: Text<'_>) -> Result<(), Infallible> {
        self.put(Value::String(text.as_str().to_owned()))
    }

    fn string_begin(&mut self) -> Result<(), Infallible> {
        self.string = Some(String::new());
        Ok(())
    }

    fn string_part(&mut self, text: Text<'_>) -> Result<(), Infallible> {
        self.string.as_mut().expect("it has begun").push_str(text.as_str());
        Ok(())
    }

    fn string_end(&mut self) -> Result<(), Infallible> {
        let string = self.string.take().expect("it has begun");
        self.put(Value::String(string))
    }

    fn key(&mut self, text: Text<'_>) -> Result<Verdict, Infallible> {
        let Some(Container::Object { members, key }) = self.open.last_mut() else {
            unreachable!("keys stand in objects")
        };
        let text = text.as_str();
        if self.unique_keys && members.iter().any(|(known, _)| known == text) {
            return Ok(Verdict::Repeated);
        }
        *key = Some(text.to_owned());
        Ok(Verdict::Fine)
    }

    fn empty_array(&mut self) -> Result<bool, Infallible> {
        self.put(Value::Array(Vec::new()))?;
        Ok(true)
    }

    fn empty_object(&mut self) -> Result<bool, Infallible> {
        self.put(Value::Object(Vec::new()))?;
        Ok(true)
    }

    fn array_begin(&mut self) -> Result<(), Infallible> {
        self.open.push(Container::Array(Vec::new()));
        Ok(())
    }

    fn array_end(&mut self) -> Result<(), Infallible> {
        let Some(Container::Array(elements)) = self.open.pop() else {
            unreachable!("brackets match")
        };
        self.put(Value::Array(elements))
    }

    fn object_begin(&mut self) -> Result<(), Infallible> {
        self.open.push(Container::Object { members: Vec::new(), key: None });
        Ok(())
    }

    fn object_end(&mut self) -> Result<(), Infallible> {
        let Some(Container::Object { members, .. }) = self.open.pop() else {
            unreachable!("brackets match")
        };
        self.put(Value::Object(members))
    }
}

impl Value {
    /// The child with this index, if it is a container that has so many.
    fn child(&self, index: usize) -> Option<&Self> {
        match self {
            Self::Array(elements) => elements.get(index),
            Self::Object(members) => members.get(index).map(|(_, value)| value),
            _ => None,
        }
    }

    /// A copy without the children.
    fn shell(&self) -> Self {
        match self {
            Self::Null => Self::Null,
            Self::Boolean(value) => Self::Boolean(*value),
            Self::Integer(value) => Self::Integer(*value),
            Self::BigInteger(digits) => Self::BigInteger(digits.clone()),
            Self::Float(value) => Self::Float(*value),
            Self::String(text) => Self::String(text.clone()),
            Self::Array(elements) => Self::Array(Vec::with_capacity(elements.len())),
            Self::Object(members) => Self::Object(Vec::with_capacity(members.len())),
        }
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        // The containers that are being copied, each with its copy and the child that is next.
        let mut open = Vec::new();
        let (mut original, mut copy, mut index) = (self, self.shell(), 0);
        loop {
            while let Some(child) = original.child(index) {
                open.push((original, copy, index));
                (original, copy, index) = (child, child.shell(), 0);
            }
            let Some((parent, mut parent_copy, child)) = open.pop() else { return copy };
            match (parent, &mut parent_copy) {
                (Self::Object(members), Self::Object(copies)) => {
                    copies.push((members[child].0.clone(), copy));
                }
                (_, Self::Array(copies)) => copies.push(copy),
                _ => unreachable!("only containers have children"),
            }
            (original, copy, index) = (parent, parent_copy, child + 1);
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        let mut pairs = vec![(self, other)];
        while let Some(pair) = pairs.pop() {
            let equal = match pair {
                (Self::Null, Self::Null) => true,
                (Self::Boolean(a), Self::Boolean(b)) => a == b,
                (Self::Integer(a), Self::Integer(b)) => a == b,
                (Self::Float(a), Self::Float(b)) => a == b,
                (Self::BigInteger(a), Self::BigInteger(b)) | (Self::String(a), Self::String(b)) => {
                    a == b
                }
                (Self::Array(a), Self::Array(b)) => {
                    pairs.extend(a.iter().zip(b));
                    a.len() == b.len()
                }
                (Self::Object(a), Self::Object(b)) => {
                    pairs.extend(a.iter().zip(b).map(|((_, a), (_, b))| (a, b)));
                    a.iter().map(|(key, _)| key).eq(b.iter().map(|(key, _)| key))
                }
                _ => false,
            };
            if !equal {
                return false;
            }
        }
        true
    }
}

impl fmt::Debug for Value {
    /// As JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Drop for Value {
    /// Without recursion, however deep the value is.
    fn drop(&mut self) {
        let mut doomed = Vec::new();
        take_children(self, &mut doomed);
        while let Some(mut value) = doomed.pop() {
            take_children(&mut value, &mut doomed);
        }
    }
}

fn take_children(value: &mut Value, into: &mut Vec<Value>) {
    match value {
        Value::Array(elements) => into.append(elements),
        Value::Object(members) => into.extend(members.drain(..).map(|(_, value)| value)),
        Value::Null
        | Value::Boolean(_)
        | Value::Integer(_)
        | Value::BigInteger(_)
        | Value::Float(_)
        | Value::String(_) => {}
    }
}

impl fmt::Display for Value {
    /// Compact JSON, for ordinary values: strings are escaped as Rust does it, and a number that
    /// overflows is `inf`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        enum Task<'a> {
            Value(&'a Value),
            Text(&'static str),
            Key(&'a str),
        }
        let mut tasks = vec![Task::Value(self)];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Text(text) => f.write_str(text)?,
                Task::Key(key) => write!(f, "{key:?}:")?,
                Task::Value(Value::Null) => f.write_str("null")?,
                Task::Value(Value::Boolean(value)) => write!(f, "{value}")?,
                Task::Value(Value::Integer(value)) => write!(f, "{value}")?,
                Task::Value(Value::BigInteger(digits)) => f.write_str(digits)?,
                Task::Value(Value::Float(value)) => write!(f, "{value:?}")?,
                Task::Value(Value::String(value)) => write!(f, "{value:?}")?,
                Task::Value(Value::Array(elements)) => {
                    f.write_str("[")?;
                    tasks.push(Task::Text("]"));
                    for (i, element) in elements.iter().enumerate().rev() {
                        tasks.push(Task::Value(element));
                        tasks.push(Task::Text(if i == 0 { "" } else { "," }));
                    }
                }
                Task::Value(Value::Object(members)) => {
                    f.write_str("{")?;
                    tasks.push(Task::Text("}"));
                    for (i, (key, value)) in members.iter().enumerate().rev() {
                        tasks.push(Task::Value(value));
                        tasks.push(Task::Key(key));
                        tasks.push(Task::Text(if i == 0 { "" } else { "," }));
                    }
                }
            }
        }
        Ok(())
    }
}
