//! `true`, `false`, `null`, and the three that JSON does not have but Python writes.

/// A literal name (RFC 8259 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Literal {
    Null,
    True,
    False,
    NaN,
    Infinity,
    MinusInfinity,
}

impl Literal {
    /// The literal that a first byte begins; the last three only with `allow_nan`.
    #[inline]
    #[must_use]
    pub fn begin(byte: u8, allow_nan: bool) -> Option<Self> {
        match byte {
            b'n' => Some(Self::Null),
            b't' => Some(Self::True),
            b'f' => Some(Self::False),
            b'N' if allow_nan => Some(Self::NaN),
            b'I' if allow_nan => Some(Self::Infinity),
            _ => None,
        }
    }

    /// The one that `rest` begins with, if all of it is there, and is JSON's.
    #[inline]
    #[must_use]
    pub fn whole(rest: &[u8]) -> Option<Self> {
        match rest.first_chunk()? {
            b"null" => Some(Self::Null),
            b"true" => Some(Self::True),
            b"fals" if rest.get(4) == Some(&b'e') => Some(Self::False),
            _ => None,
        }
    }

    /// Its letters.
    #[inline]
    #[must_use]
    pub fn letters(self) -> &'static [u8] {
        match self {
            Self::Null => b"null",
            Self::True => b"true",
            Self::False => b"false",
            Self::NaN => b"NaN",
            Self::Infinity => b"Infinity",
            Self::MinusInfinity => b"-Infinity",
        }
    }

    /// How many of `bytes` go on from its first `known` letters.
    #[inline]
    #[must_use]
    pub fn matching(self, known: usize, bytes: &[u8]) -> usize {
        let letters = &self.letters()[known..];
        letters.iter().zip(bytes).take_while(|(letter, byte)| letter == byte).count()
    }
}
