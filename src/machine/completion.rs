//! What would complete the document: the proof that what has come is the start of one.

use super::{BOM, Machine, Next, Token, TokenText};
use crate::string::{self, Inside, Step};

type IsTaken<'a> = &'a mut dyn FnMut(&str) -> bool;

impl Machine {
    /// A shortest text that completes the document. `is_taken` says whether the innermost object
    /// must not have a key, because it has it already; without it, none is.
    ///
    /// It is UTF-8, but for its start where the last chunk ended in the middle of a character.
    #[must_use]
    pub fn completion(&self, is_taken: Option<IsTaken<'_>>) -> Vec<u8> {
        let mut rest = match (self.token, self.next) {
            (Token::Bom(count), _) => [&BOM[usize::from(count)..], b"0"].concat(),
            (Token::String(inside), _) => {
                let mut rest = inside.endings().next().unwrap_or_default();
                rest.push(b'"');
                rest
            }
            (Token::Key(inside), _) => [&*key_rest(inside, &self.text, is_taken), b":0"].concat(),
            (Token::None, Next::Key) => {
                let rest = key_rest(Inside::Text, &TokenText::default(), is_taken);
                [b"\"", &*rest, b":0"].concat()
            }
            (Token::Number(part), _) if part.is_whole() => Vec::new(),
            (Token::Number(_), _) | (Token::None, Next::Root | Next::Element | Next::Member) => {
                b"0".to_vec()
            }
            (Token::Literal(literal, known), _) => literal.letters()[usize::from(known)..].to_vec(),
            (Token::None, Next::Colon) => b":0".to_vec(),
            (
                Token::None,
                Next::FirstElement
                | Next::FirstKey
                | Next::ArrayComma
                | Next::ObjectComma
                | Next::End,
            ) => Vec::new(),
        };
        rest.extend(self.brackets.iter().map(|bracket| {
            let [_, close] = bracket.pair();
            close
        }));
        rest
    }
}

/// The shortest end of a key, its quote included, that makes it one that is not taken.
fn key_rest(inside: Inside, key: &TokenText, mut is_taken: Option<IsTaken<'_>>) -> Vec<u8> {
    let mut is_free = |ending: &[u8], more: &str| {
        let Some(is_taken) = &mut is_taken else { return true };
        let mut key = key.clone();
        read_ending(inside, ending, &mut key);
        !is_taken(&format!("{}{more}", key.text().as_str()))
    };
    let shortest = inside.endings().find(|ending| is_free(ending, ""));
    let mut rest = shortest.unwrap_or_else(|| {
        let ending = inside.endings().next().unwrap_or_default();
        let mut more = String::new();
        loop {
            let next = ('0'..=char::MAX).filter(|char| *char != '\\');
            for char in next {
                more.push(char);
                if is_free(&ending, &more) {
                    return [&*ending, more.as_bytes()].concat();
                }
                more.pop();
            }
            more.push('0');
        }
    });
    rest.push(b'"');
    rest
}

/// Adds to a key what the end of an unfinished escape or character makes of it.
fn read_ending(mut inside: Inside, ending: &[u8], key: &mut TokenText) {
    for &byte in ending {
        let Ok(step) = inside.step(byte) else { unreachable!("an ending fits") };
        let mut buffer = [0; 4];
        if let Some(text) = string::completed(&step, &mut buffer) {
            key.push(text);
        }
        if let Step::Open(open) = step {
            inside = open;
        }
    }
}
