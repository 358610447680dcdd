//! Contract section 5: every limit refuses at its byte, and nothing else is different for it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use partialjson::{Kind, Limit, Options};
use partialjson_fuzz::{Input, parse};

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::read(data) else { return };
    let options = input.limits();
    let free = parse([input.stream], input.options());
    let bound = parse(input.chunks(), options);

    let accepted = usize::try_from(free.offset).unwrap();
    let seen = &input.stream[..input.stream.len().min(accepted + 1)];
    match first_breach(seen, options) {
        // A bracket that the grammar refuses opens nothing, nor does a digit after `0` count.
        Some((Limit::Depth | Limit::Digits, at)) if at == accepted => {
            assert_eq!(bound.offset, free.offset);
        }
        Some((limit, at)) => {
            let error = bound.end.expect_err("it is past a limit");
            let Kind::Limit { limit: named, .. } = error.kind else { panic!("{error}") };
            assert_eq!((named, error.pos, bound.offset), (limit, at as u64, at as u64));
            assert_eq!(bound.value, parse([&input.stream[..at]], input.options()).value);
        }
        None => assert_eq!(bound, free),
    }
});

/// The first byte past a limit and which one, in a stream that is JSON but for its last byte.
fn first_breach(stream: &[u8], options: Options) -> Option<(Limit, usize)> {
    let (mut depth, mut digits, mut string) = (0, 0, None::<String>);
    let mut in_integer = false;
    for (at, &byte) in stream.iter().enumerate() {
        if at as u64 == options.max_bytes {
            return Some((Limit::Bytes, at));
        }
        if let Some(open) = &mut string {
            if byte == b'"' && open.unit.is_empty() {
                string = None;
            } else if open.bytes == options.max_string_bytes {
                return Some((Limit::StringBytes, at));
            } else {
                open.push(byte);
            }
            continue;
        }
        match byte {
            b'"' => string = Some(String::default()),
            b'[' | b'{' if depth == options.max_depth => return Some((Limit::Depth, at)),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let was_number =
            at > 0 && matches!(stream[at - 1], b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        match byte {
            b'0'..=b'9' | b'-' if !was_number => {
                (in_integer, digits) = (true, u64::from(byte != b'-'));
            }
            b'0'..=b'9' if in_integer => {
                if digits == options.max_digits {
                    return Some((Limit::Digits, at));
                }
                digits += 1;
            }
            _ => in_integer = false,
        }
    }
    None
}

/// An open string.
#[derive(Default)]
struct String {
    bytes: u64,
    /// The unfinished character or escape; a surrogate pair is one.
    unit: Vec<u8>,
}

impl String {
    fn push(&mut self, byte: u8) {
        self.bytes += 1;
        self.unit.push(byte);
        let length = match self.unit[..] {
            [b'\\', b'u', b'd' | b'D', b'8'..=b'9' | b'a'..=b'b' | b'A'..=b'B', ..] => 12,
            [b'\\', b'u', ..] => 6,
            [b'\\', ..] => 2,
            [0xc0..=0xdf, ..] => 2,
            [0xe0..=0xef, ..] => 3,
            [0xf0..=0xff, ..] => 4,
            _ => 1,
        };
        if self.unit.len() == length {
            self.unit.clear();
        }
    }
}
