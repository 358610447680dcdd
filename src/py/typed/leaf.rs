//! What shows when it is complete: validated from its text, unless it is right as it is.

use super::Inside;
use super::program::{Judge, Leaf, Node, Place, TextNode, UnionNode};
use super::scalar::Scalar;
use super::sink::Growing;
use crate::py::ffi::{self, Failed, Ref};
use crate::text::Text;

impl Growing<'_, '_> {
    /// What a whole scalar shows as, and whether that is what its type made of it.
    pub(super) fn of_scalar(
        &mut self,
        place: Place,
        scalar: Scalar<'_>,
    ) -> Result<(Option<Ref>, bool), Failed> {
        let py = self.py;
        let program = self.program;
        let shown = match (program.node(place.id), program.judge(place), scalar) {
            (Node::Text(TextNode { free: true, .. }), _, Scalar::Text(_))
                if place.wrap.is_none() =>
            {
                Some(scalar.to_python(py)?)
            }
            (Node::Text(_), Judge::Leaf(leaf), Scalar::Text(_)) => {
                if let Some(fit) = self.of_leaf(leaf, scalar)? {
                    return Ok((Some(fit), true));
                }
                // In smaller chunks it would have been shown, and would be until the end.
                let text = scalar.to_python(py)?;
                let shown = match program.dress(place) {
                    Some(dress) => ffi::vectorcall(py, dress, [&text], None)?,
                    None => text,
                };
                return Ok((Some(shown), false));
            }
            (_, Judge::Leaf(leaf), _) => self.of_leaf(leaf, scalar)?,
            (_, Judge::Misfit(kind), _) => {
                let (input, end) = (scalar.to_python(py)?, self.typed.end);
                self.refuse_as(kind, &input, None, end)?;
                None
            }
            (_, Judge::Nobody, _) => Some(scalar.to_python(py)?),
        };
        let fits = shown.is_some();
        Ok((shown, fits))
    }

    fn of_leaf(&mut self, leaf: &Leaf, scalar: Scalar<'_>) -> Result<Option<Ref>, Failed> {
        if let Some(value) = scalar.as_it_is(self.py, leaf)? {
            return Ok(Some(value));
        }
        if let (Scalar::Text(text), Some(literals)) = (scalar, &leaf.literals)
            && let Ok(text) = std::str::from_utf8(text.bytes())
        {
            self.check_literal(leaf, literals, text)?;
        }
        match &leaf.validator {
            Some(validator) => self.fit(validator),
            None => Ok(None),
        }
    }

    /// With `fail_fast`, refuses a string as soon as none of the literals begins with it.
    fn check_literal(
        &mut self,
        leaf: &Leaf,
        literals: &[String],
        text: &str,
    ) -> Result<(), Failed> {
        if !self.typed.settings.fail_fast || literals.iter().any(|each| each.starts_with(text)) {
            return Ok(());
        }
        let common = |literal: &String| {
            literal.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count()
        };
        let common = literals.iter().map(common).max().unwrap_or(0);
        let begin = match &self.typed.inside {
            Inside::Waiting(waiting) => waiting.begin,
            _ => self.typed.begin,
        };
        let Some(validator) = &leaf.validator else { return Ok(()) };
        // With an escape in it the text and its bytes differ; then it is told at its end.
        let Some(raw) = self.raw.get(begin + 1..begin + 1 + common + 1) else { return Ok(()) };
        if raw.contains(&b'\\') || !text.as_bytes().starts_with(raw) {
            return Ok(());
        }
        let mut until = common + 1;
        while !text.is_char_boundary(until) {
            until += 1;
        }
        let quoted = [b"\"", &text.as_bytes()[..until], b"\""].concat();
        let end = std::mem::replace(&mut self.typed.end, begin + 1 + until);
        self.validate(validator, &quoted)?;
        self.typed.end = end;
        Ok(())
    }

    pub(super) fn literal_part(&mut self, text: Text<'_>) -> Result<(), Failed> {
        let Inside::Waiting(waiting) = &mut self.typed.inside else { return Ok(()) };
        let Some(Node::Leaf(leaf) | Node::Union(UnionNode { leaf, .. })) =
            waiting.plan.map(|place| self.program.node(place.wrap.unwrap_or(place.id)))
        else {
            return Ok(());
        };
        let Some(literals) = &leaf.literals else { return Ok(()) };
        waiting.literal.push_str(&String::from_utf8_lossy(text.bytes()));
        let so_far = std::mem::take(&mut waiting.literal);
        self.check_literal(leaf, literals, &so_far)?;
        if let Inside::Waiting(waiting) = &mut self.typed.inside {
            waiting.literal = so_far;
        }
        self.verdict()
    }
}
