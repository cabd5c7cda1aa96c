//! Cross-site scripting: does a value bring markup of its own that a browser would run?

mod address;
mod dangers;
mod lexer;
mod references;

use dangers::Attribute;
use lexer::{Lexer, Piece, Place};

/// Judge a value as if a page showed it as text, and as an attribute's value: bare, or in any of three quotes.
pub fn xss(input: &[u8]) -> bool {
    let brings = |byte| input.contains(&byte);
    if brings(b'<') && runs(input, Place::Text) {
        return true;
    }
    if !brings(b'=') {
        return false;
    }
    runs(input, Place::Tag)
        || [b'\'', b'"', b'`'].iter().any(|quote| brings(*quote) && runs(input, Place::QuotedAttribute(*quote)))
}

fn runs(input: &[u8], place: Place) -> bool {
    let mut attribute = Attribute::Harmless;
    Lexer::new(input, place).any(|piece| match piece {
        Piece::Element(name) => dangers::is_dangerous_element(name),
        Piece::Attribute(name) => {
            attribute = dangers::attribute(name);
            false
        }
        Piece::Value(value) => match attribute {
            Attribute::Harmless => false,
            Attribute::Dangerous => true,
            Attribute::Address => address::is_script(value),
            Attribute::Name => dangers::attribute(value) != Attribute::Harmless,
        },
        Piece::Comment(text) => dangers::is_dangerous_comment(text),
        Piece::Declaration(text) => dangers::is_dangerous_declaration(text),
    })
}
