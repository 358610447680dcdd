//! The laws of the machine, in Rust alone. The Python tests prove them again through the door that
//! users take.

use std::sync::LazyLock;

use partialjson::{Error, Kind, Machine, Options, Status, Stop, Tree, Value};
use proptest::prelude::*;

/// What a parse comes to: the value, and the error or the status.
#[derive(Debug, Clone, PartialEq)]
struct Outcome {
    value: Option<String>,
    end: Result<Status, Error>,
    offset: u64,
}

fn parse<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, options: Options) -> Outcome {
    let (mut machine, mut tree) = (Machine::new(options), Tree::default());
    let mut end = Ok(());
    for chunk in chunks {
        end = end.and_then(|()| machine.write(chunk, &mut tree).map(|_| ()));
    }
    Outcome {
        value: tree.snapshot().map(|value| value.to_string()),
        end: match end {
            Ok(()) => Ok(machine.status()),
            Err(Stop::Refused(error)) => Err(error),
        },
        offset: machine.offset(),
    }
}

fn whole(bytes: &[u8]) -> Outcome {
    parse([bytes], Options::default())
}

/// The pieces of `bytes` between some cuts.
fn cut<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    at.extend([0, bytes.len()]);
    at.sort_unstable();
    at.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

/// JSON texts with every kind of token, and whitespace in every place.
fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        number(),
        string(),
        run(number().boxed()),
        run(string().boxed()),
        run(prop::sample::select(vec!["null", "true", "false"]).prop_map(str::to_owned).boxed()),
        run(run(number().boxed()).boxed()),
    ];
    leaf.prop_recursive(6, 40, 6, |inner| {
        let spaced =
            (space(), inner, space()).prop_map(|(a, value, b)| format!("{a}{value}{b}")).boxed();
        let member = (space(), string(), space(), spaced.clone())
            .prop_map(|(a, key, b, value)| format!("{a}{key}{b}:{value}"));
        prop_oneof![
            (space(), prop::collection::vec(spaced, 0..6))
                .prop_map(|(space, parts)| format!("[{}{space}]", parts.join(","))),
            (space(), prop::collection::vec(member, 0..6))
                .prop_map(|(space, parts)| format!("{{{}{space}}}", parts.join(","))),
        ]
    })
    .prop_flat_map(|root| (space(), Just(root), prop_oneof![3 => space(), 1 => Just(FAR.as_str())]))
    .prop_map(|(a, root, b)| format!("{a}{root}{b}"))
}

/// More than is looked at together, so that nothing before it is near the end of the bytes.
static FAR: LazyLock<String> = LazyLock::new(|| " ".repeat(300));

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just(""), 2 => Just(" "), 1 => Just("\n\t \r"), 1 => Just("\n\n")]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        (-99_i8..99).prop_map(|n| n.to_string()),
        Just("-0".to_owned()),
        any::<f64>()
            .prop_filter("JSON has no others", |x| x.is_finite())
            .prop_map(|x| format!("{x:?}")),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?",
    ]
}

/// Many of one kind, which the machine takes in one go.
fn run(part: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    let comma = prop_oneof![
        8 => Just(", "),
        8 => Just(","),
        1 => Just(" , "),
        1 => Just(",\n"),
        4 => Just(",\n  "),
        1 => Just(",\n            "),
    ];
    let parts = prop::collection::vec((part, comma), 1..12);
    parts.prop_map(|parts| {
        let text: String = parts.iter().flat_map(|(part, comma)| [part, *comma]).collect();
        format!("[{}]", text.trim_end_matches([',', ' ', '\n']))
    })
}

fn string() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -!#-\\[\\]-~]{0,12}",
        2 => "[上海éß😀𝄞\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}]{1,4}",
        1 => prop::sample::select(vec!["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"])
            .prop_map(str::to_owned),
        1 => any::<char>().prop_map(|c| {
            let mut units = [0; 2];
            let units = c.encode_utf16(&mut units);
            units.iter().map(|unit| format!("\\u{unit:04X}")).collect::<Vec<_>>().concat()
        }),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

/// A document with one byte changed, left out or put in.
fn broken() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        prop::sample::select(b"{}[],:\"\\0-.eEtfnNu +x/\n\x00\x7f\xc3\xa9\xed\xf4\xff".to_vec()),
        any::<u8>(),
    ];
    (document(), any::<prop::sample::Index>(), byte, 0..3).prop_map(|(text, at, byte, how)| {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        match how {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            _ => drop(bytes.remove(at)),
        }
        bytes
    })
}

/// What Python's `json` writes, too, and a mark at the beginning.
fn lenient() -> impl Strategy<Value = Vec<u8>> {
    (broken(), any::<bool>(), any::<bool>()).prop_map(|(mut bytes, has_nan, has_bom)| {
        if has_nan && let Ok(text) = std::str::from_utf8(&bytes) {
            let text = text.replace("null", "NaN").replace("true", "-Infinity");
            bytes = text.replace("false", "Infinity").into_bytes();
        }
        if has_bom {
            bytes.splice(..0, *b"\xef\xbb\xbf");
        }
        bytes
    })
}

/// Limits that documents often reach.
fn options() -> impl Strategy<Value = Options> {
    let none = Options::default();
    let bytes = prop_oneof![Just(u64::MAX), 0_u64..100];
    let string_bytes = prop_oneof![Just(u64::MAX), 0_u64..30, 60_u64..100];
    let digits = prop_oneof![Just(none.max_digits), 1_u64..25];
    let depth = prop_oneof![Just(none.max_depth), 0_u32..6];
    (any::<bool>(), depth, bytes, string_bytes, digits).prop_map(
        move |(allow_nan, max_depth, max_bytes, max_string_bytes, max_digits)| Options {
            allow_nan,
            max_depth,
            max_bytes,
            max_string_bytes,
            max_digits,
            ..none
        },
    )
}

fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..12)
}

/// The value as serde_json has it.
fn oracle(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Boolean(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::BigInteger(digits) => digits.parse::<f64>().unwrap().into(),
        Value::Float(value) => (*value).into(),
        Value::String(value) => value.as_str().into(),
        Value::Array(elements) => elements.iter().map(oracle).collect(),
        Value::Object(members) => {
            serde_json::Value::Object(members.iter().map(|(k, v)| (k.clone(), oracle(v))).collect())
        }
    }
}

/// Integers that serde_json holds as `u64` or `f64` aside, and `-0`, which is a float to it.
fn normal(value: serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Number(number) if number.as_f64() == Some(0.0) => 0.into(),
        serde_json::Value::Number(number) if !number.is_i64() => {
            number.as_f64().map_or(serde_json::Value::Null, Into::into)
        }
        serde_json::Value::Array(elements) => elements.into_iter().map(normal).collect(),
        serde_json::Value::Object(members) => {
            serde_json::Value::Object(members.into_iter().map(|(k, v)| (k, normal(v))).collect())
        }
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn law_1_any_split_gives_the_same_outcome(text in document(), cuts in cuts()) {
        let bytes = text.as_bytes();
        prop_assert_eq!(parse(cut(bytes, &cuts), Options::default()), whole(bytes));
    }

    #[test]
    fn law_1_any_split_gives_the_same_error(bytes in broken(), cuts in cuts()) {
        let expected = whole(&bytes);
        prop_assert_eq!(parse(cut(&bytes, &cuts), Options::default()), expected.clone());
        prop_assert_eq!(parse(bytes.chunks(1), Options::default()), expected);
    }

    #[test]
    fn law_1_any_split_gives_the_same_outcome_with_any_options(
        bytes in lenient(), options in options(), cuts in cuts(),
    ) {
        let expected = parse([&*bytes], options);
        prop_assert_eq!(parse(cut(&bytes, &cuts), options), expected.clone());
        prop_assert_eq!(parse(bytes.chunks(1), options), expected);
    }

    #[test]
    fn law_2_a_whole_document_is_what_serde_json_reads(text in document()) {
        let (mut machine, mut tree) = (Machine::new(Options::default()), Tree::default());
        machine.write(text.as_bytes(), &mut tree).unwrap();
        machine.finish(&mut tree).unwrap();
        // serde_json refuses what overflows; Python and we give infinity.
        if let Ok(expected) = serde_json::from_str::<serde_json::Value>(&text) {
            let value = oracle(&tree.snapshot().unwrap());
            prop_assert_eq!(normal(value), normal(expected));
        }
    }

    #[test]
    fn law_4_every_accepted_prefix_can_be_completed(bytes in broken()) {
        let (mut machine, mut tree) = (Machine::new(Options::default()), Tree::default());
        for (i, &byte) in bytes.iter().enumerate() {
            if machine.write(&[byte], &mut tree).is_err() {
                break;
            }
            let mut whole = bytes[..=i].to_vec();
            whole.extend(machine.completion(None));
            let (mut again, mut tree) = (Machine::new(Options::default()), Tree::default());
            prop_assert_eq!(again.write(&whole, &mut tree), Ok(whole.len()));
            prop_assert_eq!(again.finish(&mut tree), Ok(()));
            let text = whole.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&whole);
            if let Err(error) = serde_json::from_slice::<serde_json::Value>(text) {
                prop_assert!(error.to_string().starts_with("number out of range"), "{}", error);
            }
        }
    }

    #[test]
    fn law_4_what_is_refused_serde_json_refuses(bytes in broken()) {
        if let Err(error) = whole(&bytes).end {
            let is_syntax = matches!(error.kind, Kind::Syntax { .. });
            prop_assert!(is_syntax);
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            prop_assert!(serde_json::from_slice::<serde_json::Value>(text).is_err());
        }
    }

    #[test]
    fn law_8_an_error_stays_and_the_value_before_it_too(bytes in broken()) {
        let (mut machine, mut tree) = (Machine::new(Options::default()), Tree::default());
        if let Err(first) = machine.write(&bytes, &mut tree) {
            let before = tree.snapshot().map(|value| value.to_string());
            let accepted = usize::try_from(machine.offset()).unwrap();
            prop_assert_eq!(machine.write(b" ", &mut tree), Err(first.clone()));
            prop_assert_eq!(machine.finish(&mut tree), Err(first));
            prop_assert_eq!(before, whole(&bytes[..accepted]).value);
        }
    }
}

#[test]
fn every_cut_of_a_document_with_everything_in_it() {
    let text = "\u{feff}{\"a\\\"\\u00e9\\ud83d\\ude00é\": [1, -2.5e+10, 0, -0.0, 1e400, true, null],\r\n \
                \"\": {\"上海\": \"\\n😀\\/\\ud800\\udc00 end\", \"b\": {}, \"c\": []}, \
                \"big\": 123456789012345678901234567890}\n";
    let bytes = text.as_bytes();
    let expected = whole(bytes);
    assert_eq!(expected.end, Ok(Status::Complete));
    for i in 0..=bytes.len() {
        for j in i..=bytes.len() {
            let pieces = [&bytes[..i], &bytes[i..j], &bytes[j..]];
            assert_eq!(parse(pieces, Options::default()), expected, "cut at {i} and {j}");
        }
    }
}

#[test]
fn every_cut_of_a_run_that_ends_badly() {
    let begins = [
        "[1, -2,3.5, 10e2,12345678901234567890, ",
        "[\"a\",\"\\n\", \"é\",\"\", ",
        "[true,null, false,\n  true,\n",
        "[[1,-2],[3.5, 4], [5],[[6],[7],[",
    ];
    let rests = ["x", "]", ",", "01]", "-]", "4 5", "4}", "4.]", "4\n]", "\"b\"}", "\"b\"x", "\"b"];
    for text in begins.iter().flat_map(|begin| rests.map(|rest| format!("{begin}{rest}"))) {
        let expected = whole(text.as_bytes());
        for at in 0..=text.len() {
            let (first, second) = text.as_bytes().split_at(at);
            assert_eq!(parse([first, second], Options::default()), expected, "{text} cut at {at}");
        }
        let bytes = text.as_bytes().chunks(1);
        assert_eq!(parse(bytes, Options::default()), expected, "{text} byte by byte");
    }
}

#[test]
fn law_7_depth_costs_no_stack() {
    const DEPTH: u32 = 1_000_000;
    let thread = std::thread::Builder::new().stack_size(64 * 1024).spawn(|| {
        let options = Options { max_depth: DEPTH, ..Options::default() };
        let (mut machine, mut tree) = (Machine::new(options), Tree::default());
        for _ in 0..DEPTH / 1000 {
            machine.write(&[b'['; 1000], &mut tree).unwrap();
        }
        let rest = machine.completion(None);
        assert_eq!(rest, vec![b']'; DEPTH as usize]);
        let error = machine.write(b"[", &mut tree).unwrap_err();
        assert!(matches!(error, Stop::Refused(Error { kind: Kind::Limit { .. }, .. })));
        drop(tree.snapshot());
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn law_7_a_deep_value_is_cloned_compared_and_shown_without_recursion() {
    const DEPTH: u32 = 100_000;
    let thread = std::thread::Builder::new().stack_size(64 * 1024).spawn(|| {
        let options = Options { max_depth: 2 * DEPTH, ..Options::default() };
        let (mut machine, mut tree) = (Machine::new(options), Tree::default());
        let text = r#"{"a":["#.repeat(DEPTH as usize) + &"]}".repeat(DEPTH as usize);
        machine.write(text.as_bytes(), &mut tree).unwrap();
        let value = tree.snapshot().unwrap();
        assert!(value == tree.take().unwrap());
        assert_eq!(format!("{value:?}"), text);
        let mut other = value.clone();
        assert!(value == other);
        let Value::Object(members) = &mut other else { unreachable!() };
        members[0].1 = Value::Null;
        assert!(value != other);
    });
    thread.unwrap().join().unwrap();
}

#[test]
fn a_clone_has_everything_in_its_place() {
    let text = r#"{"a":[1,-2.5,"x",{"b":null,"c":[[],{},true]}],"":123456789012345678901}"#;
    let (mut machine, mut tree) = (Machine::new(Options::default()), Tree::default());
    machine.write(text.as_bytes(), &mut tree).unwrap();
    let value = tree.take().unwrap();
    assert_eq!(value.clone().to_string(), text);
    assert_eq!(value.clone(), value);
}

/// Its negative overflows, wherever the digits are added up before they are counted.
#[test]
fn the_least_integer_is_read_whole_and_cut() {
    for digits in ["9223372036854775807", "9223372036854775808", "9223372036854775809"] {
        for text in [format!("-{digits} "), format!("{digits} ")] {
            let value = whole(text.as_bytes()).value.unwrap();
            assert_eq!(value, text.trim());
            let bytes = text.as_bytes().chunks(1);
            assert_eq!(parse(bytes, Options::default()).value.unwrap(), value);
        }
    }
}

#[test]
fn the_default_depth_is_refused_at_bracket_1025() {
    let outcome = whole(&[b'['; 2000]);
    assert_eq!(outcome.end.unwrap_err().pos, 1024);
    assert_eq!(outcome.offset, 1024);
}
