//! Cuts markup into pieces as a browser's tokeniser does (HTML, section 13.2.5), and the way old browsers did where
//! that is laxer: back quotes delimit values, `<%` and `<?` open comments.

/// Where the page's own markup puts the value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Text,
    /// Among a tag's attributes: what follows an unquoted value, or a value that is itself an attribute.
    Tag,
    /// Inside an attribute's value that this quote opened.
    QuotedAttribute(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    Element(&'a [u8]),
    Attribute(&'a [u8]),
    /// The value of the attribute that came last.
    Value(&'a [u8]),
    Comment(&'a [u8]),
    /// `<!…>` and `<?…>`, without the angle brackets.
    Declaration(&'a [u8]),
}

#[derive(Clone, Copy)]
enum State {
    Text,
    Attributes,
    BeforeValue,
    /// The rest of a value whose attribute is the page's own.
    Inside(u8),
}

pub struct Lexer<'a> {
    rest: &'a [u8],
    state: State,
}

impl<'a> Lexer<'a> {
    pub fn new(input: &'a [u8], place: Place) -> Self {
        let state = match place {
            Place::Text => State::Text,
            Place::Tag => State::Attributes,
            Place::QuotedAttribute(quote) => State::Inside(quote),
        };
        Lexer { rest: input, state }
    }

    fn skip(&mut self, count: usize) {
        self.rest = &self.rest[count.min(self.rest.len())..];
    }

    /// Take the bytes before the first that is wanted, or all.
    fn take_until(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let length = self.rest.iter().position(|byte| wanted(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// Take the bytes before a mark, and skip the mark.
    fn take_through(&mut self, mark: &[u8]) -> &'a [u8] {
        let found = self.rest.windows(mark.len()).position(|window| window == mark);
        let (taken, rest) = self.rest.split_at(found.unwrap_or(self.rest.len()));
        self.rest = &rest[mark.len().min(rest.len())..];
        taken
    }

    fn text(&mut self) -> Option<Piece<'a>> {
        self.take_until(|byte| byte == b'<');
        self.skip(1);
        match *self.rest.first()? {
            b'!' => Some(self.declaration()),
            b'?' | b'%' => Some(Piece::Declaration(self.take_through(b">"))),
            b'/' => {
                self.take_until(|byte| is_space(byte) || byte == b'>');
                self.state = State::Attributes;
                None
            }
            byte if byte.is_ascii_alphabetic() || byte == 0 => {
                self.state = State::Attributes;
                Some(Piece::Element(self.take_until(ends_name)))
            }
            _ => None,
        }
    }

    fn declaration(&mut self) -> Piece<'a> {
        if self.rest.starts_with(b"!--") {
            self.skip(3);
            return Piece::Comment(self.take_comment());
        }
        if self.rest.starts_with(b"![CDATA[") {
            self.skip(8);
            return Piece::Comment(self.take_through(b"]]>"));
        }
        Piece::Declaration(self.take_through(b">"))
    }

    /// Take a comment up to `-->` or `--!>`; `<!-->` and `<!--->` are whole comments.
    fn take_comment(&mut self) -> &'a [u8] {
        for end in [&b">"[..], b"->"] {
            if self.rest.starts_with(end) {
                self.skip(end.len());
                return b"";
            }
        }
        let found = self.rest.windows(4).position(|window| window.starts_with(b"-->") || window == b"--!>");
        let (length, end) = match found {
            Some(at) => (at, if self.rest[at + 2] == b'>' { 3 } else { 4 }),
            None if self.rest.ends_with(b"-->") => (self.rest.len() - 3, 3),
            None => (self.rest.len(), 0),
        };
        let comment = &self.rest[..length];
        self.skip(length + end);
        comment
    }

    fn attributes(&mut self) -> Option<Piece<'a>> {
        self.take_until(|byte| !is_space(byte) && byte != b'/');
        if *self.rest.first()? == b'>' {
            self.state = State::Text;
            return None;
        }
        let start = self.rest;
        self.skip(1);
        let length = 1 + self.take_until(|byte| ends_name(byte) || byte == b'=').len();
        let after = self.rest;
        self.take_until(|byte| !is_space(byte));
        if self.rest.first() == Some(&b'=') {
            self.skip(1);
            self.state = State::BeforeValue;
        } else {
            self.rest = after;
        }
        Some(Piece::Attribute(&start[..length]))
    }

    fn inside(&mut self, quote: u8) -> Option<Piece<'a>> {
        self.take_through(&[quote]);
        self.state = State::Attributes;
        None
    }

    fn value(&mut self) -> Piece<'a> {
        self.take_until(|byte| !is_space(byte));
        self.state = State::Attributes;
        match self.rest.first() {
            Some(quote @ (b'"' | b'\'' | b'`')) => {
                self.skip(1);
                Piece::Value(self.take_through(&[*quote]))
            }
            _ => Piece::Value(self.take_until(|byte| is_space(byte) || byte == b'>')),
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        while !self.rest.is_empty() {
            let piece = match self.state {
                State::Text => self.text(),
                State::Attributes => self.attributes(),
                State::BeforeValue => Some(self.value()),
                State::Inside(quote) => self.inside(quote),
            };
            if piece.is_some() {
                return piece;
            }
        }
        None
    }
}

pub fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ' | 0)
}

fn ends_name(byte: u8) -> bool {
    // Not at NUL: old browsers skipped it within names.
    byte != 0 && (is_space(byte) || matches!(byte, b'/' | b'>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(input: &str, place: Place) -> Vec<Piece<'_>> {
        Lexer::new(input.as_bytes(), place).collect()
    }

    #[test]
    fn a_tag_is_its_name_and_its_attributes() {
        let expected = [
            Piece::Element(b"a"),
            Piece::Attribute(b"b"),
            Piece::Attribute(b"c"),
            Piece::Value(b"d"),
            Piece::Attribute(b"e"),
            Piece::Value(b"f>"),
            Piece::Element(b"g"),
        ];
        assert_eq!(pieces("x <a b c = d/e='f>'> y <g", Place::Text)[..3], expected[..3]);
        assert_eq!(pieces("x <a b c = d e='f>'> y <g", Place::Text), expected);
    }

    #[test]
    fn a_quoted_value_ends_at_its_quote_only() {
        let expected = [Piece::Attribute(b"b"), Piece::Value(b"c")];
        assert_eq!(pieces("a\"' b=c", Place::QuotedAttribute(b'\'')), expected);
    }

    #[test]
    fn comments_end_as_browsers_end_them() {
        for input in ["<!--x--><b", "<!--x--!><b"] {
            assert_eq!(pieces(input, Place::Text), [Piece::Comment(b"x"), Piece::Element(b"b")], "{}", input);
        }
        for input in ["<!--><b", "<!---><b"] {
            assert_eq!(pieces(input, Place::Text), [Piece::Comment(b""), Piece::Element(b"b")], "{}", input);
        }
        assert_eq!(pieces("<!--x-->", Place::Text), [Piece::Comment(b"x")]);
        assert_eq!(pieces("<!--x", Place::Text), [Piece::Comment(b"x")]);
    }

    #[test]
    fn there_are_never_more_pieces_than_bytes() {
        for piece in
            ["<", "</>", "<a ", "<a>", "<!-->", "<!--", "a=", "= ", "<?", "<a b='", "\"", "<![CDATA[", "/", " a "]
        {
            let input = piece.repeat(100_000 / piece.len());
            for place in [Place::Text, Place::Tag, Place::QuotedAttribute(b'"')] {
                assert!(pieces(&input, place).len() <= input.len(), "{}", piece);
            }
        }
    }
}
