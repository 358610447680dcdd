//! The brackets that are open.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bracket {
    Array,
    Object,
}

impl Bracket {
    #[inline]
    fn of(bit: u64) -> Self {
        if bit & 1 == 0 { Self::Array } else { Self::Object }
    }

    /// As they are written: what opens, and what closes.
    #[inline]
    pub fn pair(self) -> [u8; 2] {
        match self {
            Self::Array => *b"[]",
            Self::Object => *b"{}",
        }
    }
}

/// A stack of brackets, a bit for each, so that it needs no memory of its own up to a depth of 64.
#[derive(Debug, Default)]
pub struct Brackets {
    depth: usize,
    /// The innermost, as many as do not fill a word of `outer`; the last one is the lowest bit.
    inner: u64,
    #[expect(clippy::box_collection, reason = "mostly there is none, and parsers are kept small")]
    outer: Option<Box<Vec<u64>>>,
}

const WORD: usize = u64::BITS as usize;

impl Brackets {
    #[inline]
    pub fn push(&mut self, bracket: Bracket) {
        if self.depth.is_multiple_of(WORD) && self.depth > 0 {
            self.outer.get_or_insert_default().push(self.inner);
        }
        self.depth += 1;
        self.inner = self.inner << 1 | u64::from(bracket == Bracket::Object);
    }

    #[inline]
    pub fn pop(&mut self) {
        self.depth -= 1;
        self.inner >>= 1;
        if self.depth.is_multiple_of(WORD)
            && let Some(outer) = self.outer.as_mut().and_then(|outer| outer.pop())
        {
            self.inner = outer;
        }
    }

    #[inline]
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    #[inline]
    pub fn last(&self) -> Option<Bracket> {
        (self.depth > 0).then(|| Bracket::of(self.inner))
    }

    /// The one around the last, if it is at hand, as it mostly is.
    #[inline]
    pub fn around(&self) -> Option<Bracket> {
        (self.depth % WORD > 1).then(|| Bracket::of(self.inner >> 1))
    }

    #[inline]
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// From the innermost outwards.
    pub fn iter(&self) -> impl Iterator<Item = Bracket> {
        let outer = self.outer.as_ref().map_or(&[][..], |outer| outer);
        let inner = (0..self.depth - WORD * outer.len()).map(|i| self.inner >> i);
        let outer = outer.iter().rev().flat_map(|word| (0..WORD).map(move |i| word >> i));
        inner.chain(outer).map(Bracket::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_a_stack(steps in prop::collection::vec(prop::option::weighted(0.7, any::<bool>()), 0..400)) {
            let (mut brackets, mut twin) = (Brackets::default(), Vec::new());
            for step in steps {
                match step {
                    Some(bit) => {
                        let bracket = if bit { Bracket::Object } else { Bracket::Array };
                        brackets.push(bracket);
                        twin.push(bracket);
                    }
                    None if twin.pop().is_some() => brackets.pop(),
                    None => {}
                }
                prop_assert_eq!((brackets.depth(), brackets.last()), (twin.len(), twin.last().copied()));
            }
            prop_assert!(brackets.iter().eq(twin.into_iter().rev()));
        }
    }
}
