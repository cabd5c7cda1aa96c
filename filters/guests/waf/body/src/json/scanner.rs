//! The tokens of a JSON text (RFC 8259 §2, §6 and §7).

use crate::stop::{fault, Stop};
use crate::urlencoded::hex;

pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Scan what is known to be UTF-8.
    pub(super) fn new(text: &'a [u8]) -> Scanner<'a> {
        Scanner { text, at: 0 }
    }

    /// The next byte that is no white space.
    pub(super) fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }

    pub(super) fn takes(&mut self, wanted: u8) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    pub(super) fn end(&mut self) -> Result<(), Stop> {
        match self.peek() {
            None => Ok(()),
            Some(_) => fault("bytes behind the value"),
        }
    }

    /// Say what is wrong where the reader is.
    pub(super) fn unexpected<T>(&self, what: &'static str) -> Result<T, Stop> {
        fault(if self.at >= self.text.len() { "the text ends early" } else { what })
    }

    /// Append a string, a number or a word; `null` appends nothing.
    pub(super) fn scalar(&mut self, to: &mut Vec<u8>) -> Result<(), Stop> {
        match self.byte() {
            Some(b'"') => self.string(to),
            Some(b'-' | b'0'..=b'9') => self.number(to),
            Some(b't') => self.word(b"true", b"true", to),
            Some(b'f') => self.word(b"false", b"false", to),
            Some(b'n') => self.word(b"null", b"", to),
            _ => self.unexpected("a value is missing"),
        }
    }

    fn word(&mut self, word: &[u8], means: &[u8], to: &mut Vec<u8>) -> Result<(), Stop> {
        let rest = &self.text[self.at..];
        if !rest.starts_with(word) {
            return fault(if word.starts_with(rest) { "the text ends early" } else { "an unknown word" });
        }
        self.at += word.len();
        to.extend_from_slice(means);
        Ok(())
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`, kept as written.
    fn number(&mut self, to: &mut Vec<u8>) -> Result<(), Stop> {
        let begin = self.at;
        self.one_of(b"-");
        if !self.one_of(b"0") {
            self.digits()?;
        }
        if self.one_of(b".") {
            self.digits()?;
        }
        if self.one_of(b"eE") {
            self.one_of(b"+-");
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'0'..=b'9')) {
            return fault("a number with a zero in front");
        }
        to.extend_from_slice(&self.text[begin..self.at]);
        Ok(())
    }

    fn digits(&mut self) -> Result<(), Stop> {
        match self.run(|byte| byte.is_ascii_digit()) {
            0 => self.unexpected("a number without a digit"),
            _ => Ok(()),
        }
    }

    /// Append a string's characters; the reader is at its opening quote.
    pub(super) fn string(&mut self, to: &mut Vec<u8>) -> Result<(), Stop> {
        self.at += 1;
        loop {
            let begin = self.at;
            self.run(|byte| byte >= b' ' && byte != b'"' && byte != b'\\');
            to.extend_from_slice(&self.text[begin..self.at]);
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape(to)?,
                _ => return self.unexpected("a control character in a string"),
            }
        }
    }

    fn escape(&mut self, to: &mut Vec<u8>) -> Result<(), Stop> {
        self.at += 1;
        let character = match self.byte() {
            Some(b'u') => return self.unicode(to),
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            _ => return self.unexpected("an unknown escape"),
        };
        self.at += 1;
        to.push(character);
        Ok(())
    }

    /// `uXXXX`, or two of them that are halves of one character.
    fn unicode(&mut self, to: &mut Vec<u8>) -> Result<(), Stop> {
        let code = match self.unit()? {
            high @ 0xd800..=0xdbff if self.one_of(b"\\") => match self.unit()? {
                low @ 0xdc00..=0xdfff => 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00),
                _ => high,
            },
            whole => whole,
        };
        match char::from_u32(code) {
            Some(character) => to.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            None => return self.unexpected("half a surrogate pair"),
        }
        Ok(())
    }

    fn unit(&mut self) -> Result<u32, Stop> {
        let digits = match self.text.get(self.at..self.at + 5) {
            Some([b'u', digits @ ..]) => digits,
            Some(_) => return fault("half a surrogate pair"),
            None => return fault("the text ends early"),
        };
        let unit = digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | u32::from(hex(*digit)?)));
        self.at += 5;
        unit.map_or_else(|| fault("an unknown escape"), Ok)
    }

    fn byte(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn one_of(&mut self, bytes: &[u8]) -> bool {
        let there = self.byte().map_or(false, |byte| bytes.contains(&byte));
        self.at += usize::from(there);
        there
    }

    fn run(&mut self, belongs: impl Fn(u8) -> bool) -> usize {
        let rest = &self.text[self.at..];
        let count = rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
        self.at += count;
        count
    }
}
