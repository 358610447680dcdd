//! Laws 2 and 4: serde_json takes and refuses the same documents, and reads the same values.

#![no_main]

use libfuzzer_sys::fuzz_target;
use partialjson::{Error, Kind, Machine, Options, Stop, Syntax, Tree, Value};
use partialjson_fuzz::{MAX_DEPTH, is_out_of_range};
use serde_json::Value as Oracle;

const BOM: &[u8] = b"\xef\xbb\xbf";

fn ours(document: &[u8]) -> Result<Value, Error> {
    let options = Options { max_depth: MAX_DEPTH, max_digits: u64::MAX, ..Options::default() };
    let (mut machine, mut tree) = (Machine::new(options), Tree::default());
    let end = machine.write(document, &mut tree).and_then(|_| machine.finish(&mut tree));
    end.map_err(|Stop::Refused(error)| error)?;
    Ok(tree.take().expect("a finished document has a root"))
}

/// Whether two values are one, as far as serde_json can tell: it holds integers beyond 64 bits,
/// and `-0`, as floats.
fn same(ours: &Value, theirs: &Oracle) -> bool {
    match (ours, theirs) {
        (Value::Null, Oracle::Null) => true,
        (Value::Boolean(ours), Oracle::Bool(theirs)) => ours == theirs,
        (Value::Integer(0), Oracle::Number(theirs)) => theirs.as_f64() == Some(0.0),
        (Value::Integer(ours), Oracle::Number(theirs)) => theirs.as_i64() == Some(*ours),
        (Value::BigInteger(ours), Oracle::Number(theirs)) => match theirs.as_u64() {
            Some(theirs) => *ours == theirs.to_string(),
            None => ours.parse().ok() == theirs.as_f64(),
        },
        (Value::Float(ours), Oracle::Number(theirs)) => {
            theirs.is_f64() && theirs.as_f64().map(f64::to_bits) == Some(ours.to_bits())
        }
        (Value::String(ours), Oracle::String(theirs)) => ours == theirs,
        (Value::Array(ours), Oracle::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(a, b)| same(a, b))
        }
        (Value::Object(ours), Oracle::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().zip(theirs).all(|((a, x), (b, y))| a == b && same(x, y))
        }
        _ => false,
    }
}

fuzz_target!(|data: &[u8]| {
    // serde_json knows no byte order mark.
    let document = data.strip_prefix(BOM).unwrap_or(data);
    if document.len() < BOM.len() && BOM.starts_with(document) {
        return;
    }
    match (ours(data), serde_json::from_slice::<Oracle>(document)) {
        (Ok(ours), Ok(theirs)) => assert!(same(&ours, &theirs), "{ours} is not {theirs}"),
        // What overflows is infinite here and an error there.
        (Ok(_), Err(error)) => assert!(is_out_of_range(&error), "only they refuse it: {error}"),
        (Err(Error { kind: Kind::Limit { .. }, .. }), _) => {}
        (Err(error), Ok(_)) => panic!("only we refuse it: {error}"),
        (Err(ours), Err(theirs)) => match ours.kind {
            // Or a number out of range, which is refused before the end.
            Kind::Incomplete => assert!(theirs.is_eof() || is_out_of_range(&theirs), "{theirs}"),
            // It takes four hexadecimal digits at once, and looks at UTF-8 when the string ends.
            Kind::Syntax { expected: Syntax::Utf8 | Syntax::Hex | Syntax::Surrogate, .. }
            | Kind::Limit { .. } => {}
            Kind::Syntax { .. } => assert!(!theirs.is_eof(), "{ours}, but {theirs}"),
        },
    }
});
