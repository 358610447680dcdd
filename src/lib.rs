//! A resumable parser for JSON that is still arriving.
//!
//! ```text
//! bytes → scan → machine → Sink → Python value
//!                          └────→ Tree, in Rust alone
//! ```
//!
//! The [`Machine`] takes a document in chunks, cut anywhere, looks at each byte once, and tells a
//! [`Sink`] what it finds. It holds nothing but its place: a stack of brackets and the open token.
//! Only `py` knows Python, and only with the feature `python`.

mod error;
mod literal;
mod machine;
mod number;
#[cfg(target_arch = "x86_64")]
mod processor;
mod scan;
mod sink;
mod string;
mod text;
mod value;

#[cfg(feature = "python")]
mod py;

pub use error::{Error, Kind, Limit, Stop, Syntax};
pub use machine::{Documents, Machine, Open, Options, Status};
pub use number::Number;
pub use sink::{Length, Sink, Verdict};
pub use text::{Text, Width};
pub use value::{Tree, Value};
