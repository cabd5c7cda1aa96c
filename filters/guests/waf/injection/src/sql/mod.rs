//! SQL injection: is a value more than a value where a statement expects one?

mod attacks;
mod functions;
mod lexer;
mod literals;
mod phrases;
mod sentence;
mod suspect;
mod token;
mod words;

use crate::evidence::Evidence;
use lexer::Place;
use sentence::Sentence;

/// Judge a value as if it stood in a statement as it is, between apostrophes, and between double quotes.
pub fn sqli(input: &[u8]) -> Option<Evidence> {
    if crate::plain::is_plain(input) {
        return None;
    }
    judge(input, Place::Bare).or_else(|| judge_quoted(input, b'\'')).or_else(|| judge_quoted(input, b'"'))
}

fn judge_quoted(input: &[u8], quote: u8) -> Option<Evidence> {
    input.contains(&quote).then(|| Place::Quoted(quote)).and_then(|place| judge(input, place))
}

fn judge(input: &[u8], place: Place) -> Option<Evidence> {
    let sentence = Sentence::read(input, place);
    attacks::is_attack(&sentence).then(|| Evidence::new(sentence.tokens().iter().map(|token| token.kind.letter())))
}
