//! The first tokens of a value with everything folded away that an attacker could add or leave out at will.

use super::lexer::{Lexer, Place};
use super::phrases;
use super::token::{Kind, Token};

/// How many folded tokens are judged. Attacks show within the first few, and prose would in time hit anything.
pub const LENGTH: usize = 7;

pub struct Sentence<'a> {
    /// One more than are judged: only what follows the last tells whether that one is complete.
    tokens: [Token<'a>; LENGTH + 1],
    length: usize,
    /// A comment that nothing followed so far.
    comment: Option<Token<'a>>,
    /// Whether a comment stood between two tokens.
    pub interrupted: bool,
    pub place: Place,
}

impl<'a> Sentence<'a> {
    pub fn read(input: &'a [u8], place: Place) -> Self {
        let nothing = Token::new(Kind::Other, b"");
        let mut sentence =
            Sentence { tokens: [nothing; LENGTH + 1], length: 0, comment: None, interrupted: false, place };
        for token in Lexer::new(input, place) {
            sentence.add(token);
            if sentence.length > LENGTH {
                break;
            }
        }
        if let (Some(comment), true) = (sentence.comment, sentence.length < LENGTH) {
            sentence.push(comment);
        }
        sentence.length = sentence.length.min(LENGTH);
        sentence
    }

    pub fn tokens(&self) -> &[Token<'a>] {
        &self.tokens[..self.length]
    }

    fn push(&mut self, token: Token<'a>) {
        self.tokens[self.length] = token;
        self.length += 1;
    }

    fn replace_last(&mut self, count: usize, token: Token<'a>) {
        self.length -= count;
        self.push(token);
    }

    fn add(&mut self, token: Token<'a>) {
        if token.kind == Kind::Comment {
            self.comment = Some(token);
            return;
        }
        self.interrupted |= self.comment.take().is_some();
        self.drop_escape(&token);
        let folded = self.is_redundant(&token) || self.join_pair(&token) || self.join_operands(&token);
        if !folded {
            self.push(token);
        }
    }

    /// Drop ODBC's `{word` before a value; `{word}` is a template's, and no SQL.
    fn drop_escape(&mut self, next: &Token) {
        let escapes = self.ends_with(Kind::BraceOpen, Kind::Word) || self.ends_with(Kind::BraceOpen, Kind::Type);
        if escapes && next.kind != Kind::BraceClose {
            self.length -= 2;
        }
    }

    fn ends_with(&self, first: Kind, second: Kind) -> bool {
        matches!(self.tokens(), [.., one, two] if one.kind == first && two.kind == second)
    }

    /// Whether a token changes nothing: a second parenthesis or semicolon, a sign, a literal that continues one.
    fn is_redundant(&self, token: &Token) -> bool {
        let before = self.tokens().last().map(|last| last.kind);
        match (before, token.kind) {
            (_, Kind::Backslash)
            | (Some(Kind::Open), Kind::Open)
            | (Some(Kind::Close), Kind::Close)
            | (Some(Kind::Semicolon), Kind::Semicolon)
            | (Some(Kind::Text), Kind::Text) => true,
            (Some(Kind::Query), Kind::Word) => is_modifier(token),
            (_, Kind::BraceClose) => !self.ends_with(Kind::BraceOpen, Kind::Word),
            _ => is_prefix(token) && before.map_or(true, expects_operand),
        }
    }

    /// Join two words to a phrase, or drop what a type, a collation or a cast says of a value.
    fn join_pair(&mut self, token: &Token<'a>) -> bool {
        let last = match self.tokens().last() {
            Some(last) => *last,
            None => return false,
        };
        if let Some(kind) = phrases::phrase(&last, token) {
            self.replace_last(1, Token::new(kind, last.text));
            return true;
        }
        match (last.kind, token.kind) {
            (Kind::Type, Kind::Text | Kind::Number | Kind::Variable) => self.replace_last(1, *token),
            (Kind::Collate, Kind::Word | Kind::Type) => self.length -= 1,
            (Kind::Operator, Kind::Type | Kind::Word) if last.is("::") => self.length -= 1,
            _ => return false,
        }
        true
    }

    /// Join two operands of arithmetic, of a comparison or of a list to one.
    fn join_operands(&mut self, right: &Token<'a>) -> bool {
        let (left, between) = match self.tokens() {
            [.., left, between] => (*left, *between),
            _ => return false,
        };
        let kind = match (between.kind, left.kind, right.kind) {
            (Kind::Comma, one, other) if one.is_value() && other.is_value() => one,
            (Kind::Operator, Kind::Number, Kind::Number) => Kind::Number,
            (Kind::Operator, Kind::Number | Kind::Word, Kind::Number | Kind::Word | Kind::Type) => Kind::Word,
            (Kind::Operator, Kind::Variable, Kind::Number | Kind::Variable) => Kind::Variable,
            _ => return false,
        };
        let compared = between.kind == Kind::Operator && is_comparison(&between);
        let compared = compared || left.compared || right.compared;
        self.replace_last(2, Token { kind, compared, ..left });
        true
    }
}

fn expects_operand(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Open
            | Kind::Comma
            | Kind::Operator
            | Kind::Logic
            | Kind::Query
            | Kind::Union
            | Kind::Clause
            | Kind::Keyword
            | Kind::Semicolon
            | Kind::Type
    )
}

/// An operator that changes an operand, and not whether it is one.
fn is_prefix(token: &Token) -> bool {
    matches!(token.text, b"+" | b"-" | b"!" | b"~") || token.is("not") || token.is("binary")
}

fn is_comparison(operator: &Token) -> bool {
    let arithmetic = matches!(operator.text, b"+" | b"-" | b"*" | b"/" | b"%" | b"^" | b"|" | b"&" | b"<<" | b">>");
    !arithmetic && !operator.is("div") && !operator.is("mod")
}

/// A word that says how `select` is to work, not what it reads.
fn is_modifier(token: &Token) -> bool {
    ["all", "distinct", "distinctrow", "high_priority", "sql_no_cache", "straight_join", "top"]
        .iter()
        .any(|modifier| token.is(modifier))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(input: &str) -> String {
        let sentence = Sentence::read(input.as_bytes(), Place::Bare);
        sentence.tokens().iter().map(|token| token.kind.letter() as char).collect()
    }

    #[test]
    fn arithmetic_lists_signs_and_parentheses_are_folded() {
        assert_eq!(folded("-1 + ~2 * 3, 4"), "d");
        assert_eq!(folded("((1))"), "idj");
        assert_eq!(folded("or not !1"), "ld");
        assert_eq!(folded("'a' 'b'"), "s");
    }

    #[test]
    fn phrases_are_one_token() {
        assert_eq!(folded("union all select"), "uq");
        assert_eq!(folded("order by 1; drop table x"), "gdemw");
    }

    #[test]
    fn comments_count_only_at_the_end() {
        assert_eq!(folded("1 /* a */ or /* b */ 2 -- c"), "dldc");
    }

    #[test]
    fn an_escape_in_braces_is_folded_and_a_template_is_not() {
        assert_eq!(folded("{d '2000-01-01'}"), "s");
        assert_eq!(folded("{name}-1"), "ywzod");
    }

    #[test]
    fn a_long_value_is_cut() {
        assert_eq!(folded(&"a 'b' ".repeat(1000)).len(), LENGTH);
    }
}
