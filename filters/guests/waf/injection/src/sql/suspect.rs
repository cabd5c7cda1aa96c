//! A sentence taken apart: the value that the application expected, and what follows it.

use super::lexer::Place;
use super::sentence::{Sentence, LENGTH};
use super::token::Kind::{self, *};
use super::token::Token;

/// What a sentence starts with, which says how much SQL it takes to make the rest suspicious.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
    /// The value closed the literal that the application had opened.
    Broken,
    /// A number, a whole literal, a variable, or the call of a function.
    Literal,
    /// A name, which prose is made of.
    Name,
    /// Nothing: the value starts with SQL.
    Nothing,
}

pub struct Suspect<'a> {
    pub tokens: &'a [Token<'a>],
    kinds: [Kind; LENGTH],
    pub head: Head,
    /// How many tokens the head has, with the parentheses around it.
    pub after: usize,
    pub interrupted: bool,
}

impl<'a> Suspect<'a> {
    pub fn new(sentence: &'a Sentence<'a>) -> Self {
        let tokens = sentence.tokens();
        let mut kinds = [Other; LENGTH];
        for (kind, token) in kinds.iter_mut().zip(tokens) {
            *kind = token.kind;
        }
        let (head, after) = head(&kinds[..tokens.len()], sentence.place);
        Suspect { tokens, kinds, head, after, interrupted: sentence.interrupted }
    }

    pub fn kinds(&self) -> &[Kind] {
        &self.kinds[..self.tokens.len()]
    }

    /// The kinds of the tokens behind the head.
    pub fn rest(&self) -> &[Kind] {
        &self.kinds()[self.after..]
    }

    /// Whether a token behind the head has a comparison folded into it.
    pub fn compared(&self, at: usize) -> bool {
        self.tokens.get(self.after + at).map_or(false, |token| token.compared)
    }

    /// Whether a token, counted from the first, is this word.
    pub fn is(&self, at: usize, word: &str) -> bool {
        self.tokens.get(at).map_or(false, |token| token.is(word))
    }
}

/// Tell the head of a sentence, and how many tokens it has.
fn head(kinds: &[Kind], place: Place) -> (Head, usize) {
    let open = kinds.starts_with(&[Open]) as usize;
    let (head, length) = match &kinds[open..] {
        [Text, ..] if place != Place::Bare => (Head::Broken, 1),
        [Text | Number | Variable, ..] => (Head::Literal, 1),
        [Function, Open, Close, ..] => (Head::Literal, 3),
        [Function, Open, Text | Number | Variable, Close, ..] => (Head::Literal, 4),
        [Word, ..] => (Head::Name, 1),
        _ => return (Head::Nothing, 0),
    };
    let close = (kinds.get(open + length) == Some(&Close)) as usize;
    (head, open + length + close)
}
