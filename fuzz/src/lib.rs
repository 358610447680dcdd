//! What the fuzz targets share: how an input is read, and what a parse comes to.

use partialjson::{Error, Kind, Machine, Options, Status, Stop, Syntax, Tree, Value};

/// Below what serde_json takes, so that it refuses none for its depth.
pub const MAX_DEPTH: u32 = 100;

/// An input of the fuzzer: four bytes of choices, then a stream. In a seed that a person wrote the
/// choices are letters.
pub struct Input<'a> {
    choices: [u8; 4],
    pub stream: &'a [u8],
}

impl<'a> Input<'a> {
    /// `None` where there is not enough for the choices.
    #[must_use]
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let (&choices, stream) = data.split_first_chunk()?;
        Some(Self { choices, stream })
    }

    /// Small limits, or none: those past the last bit that is set.
    #[must_use]
    pub fn limits(&self) -> Options {
        let [kinds, sizes, ..] = self.choices;
        let size = |bit: u8, shift: u8| {
            let is_chosen = kinds & 1 << bit != 0;
            is_chosen.then_some(u64::from(sizes >> shift & 0xf))
        };
        Options {
            max_depth: size(0, 0).map_or(MAX_DEPTH, |depth| u32::from(depth as u8)),
            max_string_bytes: size(1, 2).unwrap_or(u64::MAX),
            max_digits: size(2, 4).map_or(u64::MAX, |digits| digits + 1),
            max_bytes: size(3, 0).map_or(u64::MAX, |bytes| 5 * bytes),
            ..self.options()
        }
    }

    /// No limits but on depth.
    #[must_use]
    pub fn options(&self) -> Options {
        let allow_nan = self.choices[0] & 1 << 4 != 0;
        Options { allow_nan, max_depth: MAX_DEPTH, max_digits: u64::MAX, ..Options::default() }
    }

    /// The stream in chunks of pseudo-random sizes, empty ones too.
    #[must_use]
    pub fn chunks(&self) -> Vec<&'a [u8]> {
        let [.., most, seed] = self.choices;
        let (mut left, mut state) = (self.stream, u32::from(seed) + 1);
        let mut chunks = Vec::new();
        while !left.is_empty() {
            // A linear congruential generator (Numerical Recipes): any would do.
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let size = (state >> 16) as usize % (usize::from(most % 32) + 2);
            let (chunk, rest) = left.split_at(size.min(left.len()));
            chunks.push(chunk);
            left = rest;
        }
        chunks
    }
}

/// What a parse comes to, as far as law 1 says that cuts do not matter.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// As text, in which `-0.0` is not `0.0` and NaN is itself.
    pub value: Option<String>,
    pub end: Result<Status, Error>,
    pub offset: u64,
    /// Unless the stream was refused.
    pub completion: Option<Vec<u8>>,
}

impl Outcome {
    #[must_use]
    pub fn of(machine: &Machine, tree: &Tree, end: Result<(), Error>) -> Self {
        Self {
            value: tree.snapshot().map(|value| value.to_string()),
            end: end.map(|()| machine.status()),
            offset: machine.offset(),
            completion: end.is_ok().then(|| machine.completion(None)),
        }
    }
}

/// Takes chunks until one is refused.
///
/// # Errors
/// The refusal.
pub fn write<'a>(
    machine: &mut Machine,
    tree: &mut Tree,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(), Error> {
    for chunk in chunks {
        match machine.write(chunk, tree) {
            Ok(count) => assert_eq!(count, chunk.len(), "all of a chunk is taken"),
            Err(Stop::Refused(error)) => return Err(error),
        }
    }
    Ok(())
}

/// What a stream in these chunks comes to.
#[must_use]
pub fn parse<'a>(chunks: impl IntoIterator<Item = &'a [u8]>, options: Options) -> Outcome {
    let (mut machine, mut tree) = (Machine::new(options), Tree::default());
    let end = write(&mut machine, &mut tree, chunks);
    Outcome::of(&machine, &tree, end)
}

/// Whether an object of the stream has a key twice.
#[must_use]
pub fn repeats_keys(stream: &[u8], options: Options) -> bool {
    let (mut machine, mut tree) = (Machine::new(options), Tree::default());
    tree.unique_keys = true;
    let repeated =
        |error: Error| matches!(error.kind, Kind::Syntax { expected: Syntax::Duplicate, .. });
    write(&mut machine, &mut tree, [stream]).is_err_and(repeated)
}

/// Whether a value can have become another one while its document went on (law 3), if no key was
/// repeated in it.
#[must_use]
pub fn grows_into(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::String(before), Value::String(after)) => after.starts_with(before.as_str()),
        (Value::Array(before), Value::Array(after)) => {
            before.len() <= after.len()
                && before.iter().zip(after).all(|(before, after)| grows_into(before, after))
        }
        (Value::Object(before), Value::Object(after)) => {
            before.len() <= after.len()
                && before
                    .iter()
                    .zip(after)
                    .all(|(before, after)| before.0 == after.0 && grows_into(&before.1, &after.1))
        }
        (before, after) => before.to_string() == after.to_string(),
    }
}

/// Whether serde_json refuses a number that overflows, which here is infinite.
#[must_use]
pub fn is_out_of_range(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("number out of range")
}
