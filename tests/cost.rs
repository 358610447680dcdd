//! Law 6, counted: how many bytes the machine looks at, whatever the cuts.
#![cfg(feature = "count")]

use partialjson::{Machine, Options, Tree};

const SIZE: usize = 20_000;

fn repeat(part: &str) -> String {
    part.repeat(SIZE / part.len())
}

/// Documents that would cost too much, if anything were looked at again when a chunk ends.
fn families() -> Vec<(&'static str, Vec<u8>)> {
    let text = |name, text: String| (name, text.into_bytes());
    let members = |n: usize, value: &str| -> String {
        (0..n).map(|i| format!("\"key{i}\":{value},")).collect::<Vec<_>>().concat()
    };
    vec![
        text("deep arrays", format!("{}{}", "[".repeat(1000), "]".repeat(1000))),
        text("deep objects", format!("{}1{}", "{\"a\":".repeat(1000), "}".repeat(1000))),
        text("deep mixed", format!("{}1{}", "[{\"a\":".repeat(500), "}]".repeat(500))),
        text("deep and back", format!("[{}1]", "[[[[[[[[[[]]]]]]]]]],".repeat(SIZE / 21))),
        text("plain string", format!("\"{}\"", repeat("x"))),
        text("newline escapes", format!("\"{}\"", repeat("\\n"))),
        text("quote escapes", format!("\"{}\"", repeat("\\\""))),
        text("backslash escapes", format!("\"{}\"", repeat("\\\\"))),
        text("unicode escapes", format!("\"{}\"", repeat("\\u4e0a"))),
        text("surrogate escapes", format!("\"{}\"", repeat("\\ud83d\\ude00"))),
        text("two-byte characters", format!("\"{}\"", repeat("é"))),
        text("three-byte characters", format!("\"{}\"", repeat("上"))),
        text("four-byte characters", format!("\"{}\"", repeat("😀"))),
        text("widening characters", format!("\"{}é上😀\"", repeat("x"))),
        text("mixed characters", format!("\"{}\"", repeat("aé上😀\\n"))),
        text("long key", format!("{{\"{}\":1}}", repeat("k"))),
        text("long escaped key", format!("{{\"{}\":1}}", repeat("\\u4e0a"))),
        text("long integer", repeat("7")),
        text("long fraction", format!("0.{}", repeat("7"))),
        text("long exponent", format!("1e{}", repeat("0"))),
        text("leading whitespace", format!("{}1", repeat(" "))),
        text("trailing whitespace", format!("[]{}", repeat("\n"))),
        text("inner whitespace", format!("[{}1]", repeat("\t \n\r"))),
        text("wide array of integers", format!("[{}0]", repeat("1,"))),
        text("wide array of floats", format!("[{}0]", repeat("3.14159,"))),
        text("wide array of strings", format!("[{}0]", repeat("\"ab\","))),
        text("wide array of literals", format!("[{}0]", repeat("true,false,null,"))),
        text("indented strings", format!("[\n{}\"\"\n]", repeat("    \"ab\",\n"))),
        text("indented containers", format!("[{}0]", repeat("\"\",\n        [],"))),
        text("short strings with escapes", format!("[{}0]", repeat("\"a \\\"b\\\"\\n\","))),
        text(
            "strings with escapes",
            format!("[{}0]", repeat(&format!("\"a\\n{}\",", "b".repeat(250)))),
        ),
        text(
            "strings with two kinds",
            format!("[{}0]", repeat(&format!("\"a\\n{}é\",", "b".repeat(90)))),
        ),
        text("wide object", format!("{{{}\"z\":0}}", members(SIZE / 12, "1"))),
        text("duplicate keys", format!("{{{}\"a\":0}}", repeat("\"a\":1,"))),
        text("records", format!("[{}{{}}]", repeat("{\"id\":1,\"name\":\"x\",\"ok\":true},"))),
        text("empty containers", format!("[{}0]", repeat("[],{},"))),
    ]
}

fn examined(document: &[u8], chunk: usize) -> u64 {
    let options = Options { max_digits: u64::MAX, ..Options::default() };
    let (mut machine, mut tree) = (Machine::new(options), Tree::default());
    for chunk in document.chunks(chunk) {
        machine.write(chunk, &mut tree).unwrap();
    }
    machine.finish(&mut tree).unwrap();
    machine.examined()
}

#[test]
fn law_6_no_byte_is_looked_at_more_than_twice() {
    let families = families();
    assert!(families.len() >= 30);
    for (name, document) in families {
        let received = document.len() as u64;
        for chunk in [1, 2, 3, 7, 64, document.len()] {
            let examined = examined(&document, chunk);
            assert!(received <= examined, "{name}: {examined} of {received} bytes, by {chunk}");
            assert!(examined <= 2 * received, "{name}: {examined} of {received} bytes, by {chunk}");
        }
    }
}
