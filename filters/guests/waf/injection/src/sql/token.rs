//! What a piece of SQL is made of.

/// The kind of a token. Its letter is what evidence and logs show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Number,
    Text,
    /// A name that SQL gives no meaning to, which is most of what people write.
    Word,
    /// `@x`, `@@version`, and constants that need no arguments: `null`, `current_user`.
    Variable,
    /// A function of SQL's, directly before its parenthesis.
    Function,
    /// A function that an honest value has no reason to call: it waits, reads files or provokes errors.
    Probe,
    Type,
    Operator,
    /// `and`, `or`, `||` and their like.
    Logic,
    Union,
    /// `select` and what else starts a query that returns or changes rows.
    Query,
    /// `order by`, `group by`, `having`, `limit`: what may follow a condition.
    Clause,
    Keyword,
    /// A verb that starts a statement, alone: `drop`, `exec`. English is full of them.
    Verb,
    /// A verb with its object word, which English has rarely: `drop table`, `insert into`, `waitfor delay`.
    Statement,
    Comment,
    /// A comment that some servers run, or end elsewhere than others.
    Ambiguous,
    Collate,
    Open,
    Close,
    Comma,
    Semicolon,
    BraceOpen,
    BraceClose,
    Colon,
    Backslash,
    Other,
}

impl Kind {
    pub fn letter(self) -> u8 {
        match self {
            Kind::Number => b'd',
            Kind::Text => b's',
            Kind::Word => b'w',
            Kind::Variable => b'v',
            Kind::Function => b'f',
            Kind::Probe => b'p',
            Kind::Type => b't',
            Kind::Operator => b'o',
            Kind::Logic => b'l',
            Kind::Union => b'u',
            Kind::Query => b'q',
            Kind::Clause => b'g',
            Kind::Keyword => b'k',
            Kind::Verb => b'b',
            Kind::Statement => b'm',
            Kind::Comment => b'c',
            Kind::Ambiguous => b'x',
            Kind::Collate => b'a',
            Kind::Open => b'i',
            Kind::Close => b'j',
            Kind::Comma => b'n',
            Kind::Semicolon => b'e',
            Kind::BraceOpen => b'y',
            Kind::BraceClose => b'z',
            Kind::Colon => b'h',
            Kind::Backslash => b'r',
            Kind::Other => b'?',
        }
    }

    /// Something that a comparison may stand next to.
    pub fn is_value(self) -> bool {
        matches!(self, Kind::Number | Kind::Text | Kind::Word | Kind::Variable)
    }
}

#[derive(Clone, Copy, Debug)]
pub struct Token<'a> {
    pub kind: Kind,
    pub text: &'a [u8],
    /// Whether folding found a comparison in it: `1=1` is one number, compared.
    pub compared: bool,
}

impl<'a> Token<'a> {
    pub fn new(kind: Kind, text: &'a [u8]) -> Self {
        Token { kind, text, compared: false }
    }

    pub fn is(&self, word: &str) -> bool {
        self.text.eq_ignore_ascii_case(word.as_bytes())
    }
}
