//! What can be wrong with a document, and where.

use std::fmt;

/// What the machine could have taken where it met a byte that it could not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Syntax {
    /// A value had to begin here.
    Value,
    /// A value or `]` had to come, just after `[`.
    FirstElement,
    /// A key or `}` had to come, just after `{`.
    FirstKey,
    /// A key had to come, after a comma.
    Key,
    /// `:` had to come, after a key.
    Colon,
    /// `,` or `]` had to come.
    ArrayNext,
    /// `,` or `}` had to come.
    ObjectNext,
    /// Only whitespace may follow the root.
    End,
    /// The next letter of `true`, `false`, `null` (or of `NaN`, `Infinity`).
    Literal,
    /// A digit had to come.
    Digit,
    /// A number cannot go on like this.
    Number,
    /// A control character in a string must be escaped (RFC 8259 §7).
    Control,
    /// Not one of the escapes of RFC 8259 §7.
    Escape,
    /// Four hexadecimal digits had to come after `\u`.
    Hex,
    /// Half of a surrogate pair without the other half.
    Surrogate,
    /// Not UTF-8: an overlong form, a surrogate, above U+10FFFF, or cut short (RFC 3629 §3).
    Utf8,
    /// The object has this key already, and `duplicate_keys` is `"error"`.
    Duplicate,
}

impl Syntax {
    fn message(self) -> &'static str {
        match self {
            Self::Value => "expected a value",
            Self::FirstElement => "expected a value or ']'",
            Self::FirstKey => "expected a key in double quotes or '}'",
            Self::Key => "expected a key in double quotes",
            Self::Colon => "expected ':'",
            Self::ArrayNext => "expected ',' or ']'",
            Self::ObjectNext => "expected ',' or '}'",
            Self::End => "expected nothing more after the document",
            Self::Literal => "expected true, false or null",
            Self::Digit => "expected a digit",
            Self::Number => "malformed number",
            Self::Control => "control character in a string must be escaped",
            Self::Escape => "invalid escape in a string",
            Self::Hex => "expected four hexadecimal digits after \\u",
            Self::Surrogate => "lone surrogate in a string",
            Self::Utf8 => "invalid UTF-8",
            Self::Duplicate => "repeated key",
        }
    }
}

/// The bounds that a caller may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// Containers within one another.
    Depth,
    /// Bytes in the whole stream.
    Bytes,
    /// Raw bytes between the quotes of one string or key.
    StringBytes,
    /// Digits in the integer part of one number.
    Digits,
}

impl Limit {
    /// The option that sets this bound.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Depth => "max_depth",
            Self::Bytes => "max_bytes",
            Self::StringBytes => "max_string_bytes",
            Self::Digits => "max_digits",
        }
    }
}

/// The kind of a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// This byte can be part of no document that begins so.
    Syntax {
        /// What could have come instead.
        expected: Syntax,
        /// The refused byte.
        found: u8,
    },
    /// The caller said that nothing more comes, before the document was whole.
    Incomplete,
    /// A bound that the caller set was passed.
    Limit {
        /// Which one.
        limit: Limit,
        /// The bound itself.
        maximum: u64,
    },
}

/// A refusal and its place. Two streams with the same bytes give the same error, however cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    /// What is wrong.
    pub kind: Kind,
    /// Bytes from the start of the stream to the refused byte, 0-based.
    pub pos: u64,
    /// Line of the refused byte, 1-based; lines end with `\n`.
    pub line: u64,
    /// Code points from the start of the line, 1-based.
    pub column: u64,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Syntax { expected, found } => {
                f.write_str(expected.message())?;
                // Only the refused byte is quoted: what stands around it depends on the cuts.
                match found {
                    b' '..=b'~' => write!(f, ", found '{}'", found as char),
                    _ => write!(f, ", found byte 0x{found:02x}"),
                }
            }
            Kind::Incomplete => f.write_str("the document is incomplete"),
            Kind::Limit { limit, maximum } => {
                let name = limit.name();
                write!(f, "the document exceeds {name}={maximum}")
            }
        }
    }
}

impl std::error::Error for Error {}

/// Why [`Machine::write`](crate::Machine::write) stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop<E> {
    /// The document is refused.
    Refused(Error),
    /// The sink could not take what the machine said.
    Sink(E),
}

impl<E> From<Error> for Stop<E> {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}
