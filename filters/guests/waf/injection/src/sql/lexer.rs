//! Cuts a value into tokens as the database servers of all dialects would, reading each byte once.

use super::functions;
use super::literals;
use super::token::{Kind, Token};
use super::words;

/// Where the application's own statement puts the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Bare,
    /// Inside a literal that this quote opened.
    Quoted(u8),
}

pub struct Lexer<'a> {
    input: &'a [u8],
    at: usize,
    place: Place,
    started: bool,
}

impl<'a> Lexer<'a> {
    pub fn new(input: &'a [u8], place: Place) -> Self {
        Lexer { input, at: 0, place, started: false }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.input.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'a [u8] {
        &self.input[self.at..]
    }

    /// Hand out the next `length` bytes as one token.
    fn take(&mut self, kind: Kind, length: usize) -> Token<'a> {
        let text = &self.rest()[..length.min(self.input.len() - self.at)];
        self.at += text.len();
        Token::new(kind, text)
    }

    /// Hand out a literal whose content starts `prefix` bytes ahead and ends at `quote`.
    fn quoted(&mut self, prefix: usize, quote: u8) -> Token<'a> {
        let from = (self.at + prefix).min(self.input.len());
        let (length, closed) = literals::until_quote(&self.input[from..], quote);
        let text = &self.input[from..from + length];
        self.at = from + length + closed as usize;
        let kind = if quote == b'`' { Kind::Word } else { Kind::Text };
        Token::new(kind, text)
    }

    /// Hand out what lies between two marks, or runs to the end of the input.
    fn between(&mut self, kind: Kind, prefix: usize, end: &[u8]) -> Token<'a> {
        let body = &self.rest()[prefix.min(self.rest().len())..];
        let found = body.windows(end.len()).position(|window| window == end);
        let text = &body[..found.unwrap_or(body.len())];
        self.at = (self.at + prefix + text.len() + end.len()).min(self.input.len());
        Token::new(kind, text)
    }

    fn skip_space(&mut self) {
        let spaces = self.rest().iter().take_while(|byte| is_space(**byte)).count();
        self.at += spaces;
    }

    fn comment_to_line_end(&mut self) -> Token<'a> {
        let length = self.rest().iter().position(|byte| *byte == b'\n').unwrap_or(self.rest().len());
        self.take(Kind::Comment, length)
    }

    fn slash(&mut self) -> Token<'a> {
        let ambiguous = [&b"/*!"[..], b"/*/*/"].iter().any(|start| self.rest().starts_with(start));
        match self.peek(1) {
            b'*' if ambiguous => self.between(Kind::Ambiguous, 2, b"*/"),
            b'*' => self.between(Kind::Comment, 2, b"*/"),
            _ => self.take(Kind::Operator, 1),
        }
    }

    fn dollar(&mut self) -> Token<'a> {
        match literals::dollar_tag(self.rest()) {
            Some(length) => {
                let tag = &self.rest()[..length];
                self.between(Kind::Text, length, tag)
            }
            None if self.peek(1).is_ascii_digit() => self.number(1),
            None => self.word(),
        }
    }

    fn variable(&mut self) -> Token<'a> {
        let prefix = if self.peek(1) == b'@' { 2 } else { 1 };
        let quote = self.peek(prefix);
        if matches!(quote, b'`' | b'\'' | b'"') {
            return Token { kind: Kind::Variable, ..self.quoted(prefix + 1, quote) };
        }
        let name = self.rest()[prefix..].iter().take_while(|byte| is_word(**byte)).count();
        self.take(Kind::Variable, prefix + name)
    }

    fn number(&mut self, prefix: usize) -> Token<'a> {
        let length = literals::number_length(&self.rest()[prefix..]);
        self.take(Kind::Number, prefix + length)
    }

    fn operator(&mut self) -> Token<'a> {
        const LONG: [&[u8]; 16] = [
            b"<=>", b"||", b"&&", b"<>", b"!=", b"<=", b">=", b":=", b"::", b"<<", b">>", b"!<", b"!>", b"==", b"|/",
            b"~*",
        ];
        let length = LONG.iter().find(|long| self.rest().starts_with(long)).map_or(1, |long| long.len());
        let kind = match &self.rest()[..length] {
            b"||" | b"&&" => Kind::Logic,
            b":" => Kind::Colon,
            _ => Kind::Operator,
        };
        self.take(kind, length)
    }

    /// Hand out a word, the literal that it introduces (`N'…'`, `q'[…]'`), or the function that it calls.
    fn word(&mut self) -> Token<'a> {
        if let Some((prefix, quote)) = literals::introducer(self.rest()) {
            return self.quoted(prefix, quote);
        }
        if let Some(close) = literals::oracle_quote(self.rest()) {
            return self.between(Kind::Text, 3, &[close, b'\'']);
        }
        let length = self.rest().iter().take_while(|byte| is_word(**byte)).count().max(1);
        let length = keyword_before_dot(&self.rest()[..length]).unwrap_or(length);
        let mut token = self.take(Kind::Word, length);
        token.kind = self.meaning(token.text);
        token
    }

    fn meaning(&self, text: &[u8]) -> Kind {
        let next = self.rest().iter().copied().find(|byte| !is_space(*byte));
        let calls = next == Some(b'(');
        if text.eq_ignore_ascii_case(b"in") {
            return if calls { Kind::Operator } else { Kind::Word };
        }
        let kind = words::word(text);
        if calls && !matches!(kind, Kind::Logic | Kind::Query) {
            return functions::call(text).unwrap_or(kind);
        }
        kind
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let (Place::Quoted(quote), false) = (self.place, self.started) {
            self.started = true;
            return Some(self.quoted(0, quote));
        }
        self.skip_space();
        let byte = *self.input.get(self.at)?;
        Some(match byte {
            b'\'' | b'"' | b'`' => self.quoted(1, byte),
            b'-' if self.peek(1) == b'-' => self.comment_to_line_end(),
            b'#' => self.comment_to_line_end(),
            b'/' => self.slash(),
            b'(' => self.take(Kind::Open, 1),
            b')' => self.take(Kind::Close, 1),
            b',' => self.take(Kind::Comma, 1),
            b';' => self.take(Kind::Semicolon, 1),
            b'{' => self.take(Kind::BraceOpen, 1),
            b'}' => self.take(Kind::BraceClose, 1),
            b'\\' if self.peek(1) == b'N' => self.take(Kind::Number, 2),
            b'\\' => self.take(Kind::Backslash, 1),
            b'[' => self.between(Kind::Word, 1, b"]"),
            b'@' => self.variable(),
            b'$' => self.dollar(),
            b'0'..=b'9' => self.number(0),
            b'.' if self.peek(1).is_ascii_digit() => self.number(0),
            b'?' | b']' => self.take(Kind::Other, 1),
            byte if is_operator(byte) => self.operator(),
            _ => self.word(),
        })
    }
}

pub fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | 0 | 0xA0)
}

fn is_operator(byte: u8) -> bool {
    matches!(byte, b'=' | b'<' | b'>' | b'!' | b'+' | b'-' | b'*' | b'%' | b'&' | b'|' | b'^' | b'~' | b':')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$') || (byte >= 0x80 && byte != 0xA0)
}

/// The length of the keyword in `select.1` or `union.x`, where MySQL reads the dot as no part of it.
fn keyword_before_dot(word: &[u8]) -> Option<usize> {
    let dot = word.iter().position(|byte| *byte == b'.')?;
    let known = matches!(words::word(&word[..dot]), Kind::Query | Kind::Union | Kind::Keyword | Kind::Logic);
    (known && dot + 1 < word.len()).then(|| dot)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(input: &str, place: Place) -> String {
        Lexer::new(input.as_bytes(), place).map(|token| token.kind.letter() as char).collect()
    }

    #[test]
    fn a_value_in_quotes_starts_with_the_rest_of_the_text() {
        assert_eq!(kinds("y' or 1", Place::Quoted(b'\'')), "sld");
        assert_eq!(kinds("y' or 1", Place::Bare), "ws");
    }

    #[test]
    fn a_function_is_one_only_before_a_parenthesis() {
        assert_eq!(kinds("count (", Place::Bare), "fi");
        assert_eq!(kinds("count 1", Place::Bare), "wd");
    }

    #[test]
    fn literals_of_all_dialects_are_one_token() {
        for literal in ["'a''b'", "N'x'", "U&'x'", "q'[it's]'", "$$x$$", "$t$ $x$ $t$", "'a\\'b'"] {
            assert_eq!(kinds(literal, Place::Bare), "s", "{}", literal);
        }
        for literal in ["12.5e-3", "0xFf", "0b101", ".5", "$12", "\\N"] {
            assert_eq!(kinds(literal, Place::Bare), "d", "{}", literal);
        }
        for name in ["@x", "@@version", "@`x`", "null"] {
            assert_eq!(kinds(name, Place::Bare), "v", "{}", name);
        }
    }

    #[test]
    fn a_keyword_ends_at_a_dot_and_a_sentence_does_not_start_one() {
        assert_eq!(kinds("select.1", Place::Bare), "qd");
        assert_eq!(kinds("select.", Place::Bare), "w");
    }

    #[test]
    fn each_byte_is_handed_out_once_at_most() {
        let pieces =
            ["'", "\\'", "/*", "--\n", "a ", "a (", "[", "$a", "$$", "@", "{x ", "q'[", "1e+", "((", "a.", " "];
        for piece in pieces {
            let input = piece.repeat(100_000 / piece.len());
            let mut behind = input.as_ptr() as usize;
            let mut tokens = 0;
            for token in Lexer::new(input.as_bytes(), Place::Bare) {
                assert!(token.text.as_ptr() as usize >= behind, "{}", piece);
                behind = token.text.as_ptr() as usize + token.text.len();
                tokens += 1;
            }
            assert!(tokens <= input.len(), "{}", piece);
        }
    }
}
