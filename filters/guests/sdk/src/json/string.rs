//! Strings and their escapes (RFC 8259 §7).

use super::reader::{Fault, Reader};

impl Reader<'_> {
    pub(super) fn string(&mut self) -> Result<String, Fault> {
        let mut string = String::new();
        self.at += 1;
        loop {
            let begin = self.at;
            self.skip(|byte| byte >= b' ' && byte != b'"' && byte != b'\\', usize::MAX);
            string.push_str(&self.text[begin..self.at]);
            match self.byte() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => string.push(self.escape()?),
                Some(_) => return self.fault("a control character"),
                None => return self.fault("the text ends"),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let escaped = match self.text.as_bytes().get(self.at + 1) {
            Some(b'u') => return self.unicode(),
            Some(byte @ (b'"' | b'\\' | b'/')) => *byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            _ => return self.fault("no escape"),
        };
        self.at += 2;
        Ok(escaped.into())
    }

    /// `\uXXXX`, or two of them that are halves of one character.
    fn unicode(&mut self) -> Result<char, Fault> {
        let first = self.unit()?;
        let code = match first {
            0xd800..=0xdbff => match self.unit()? {
                second @ 0xdc00..=0xdfff => 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00),
                _ => return self.fault("half a character"),
            },
            whole => whole,
        };
        char::from_u32(code).map_or_else(|| self.fault("half a character"), Ok)
    }

    fn unit(&mut self) -> Result<u32, Fault> {
        let bytes = self.text.as_bytes();
        let digits = match bytes.get(self.at..self.at + 6) {
            Some([b'\\', b'u', digits @ ..]) => digits,
            _ => return self.fault("no escape"),
        };
        let unit = digits.iter().try_fold(0, |unit, digit| Some(unit << 4 | (*digit as char).to_digit(16)?));
        self.at += 6;
        unit.map_or_else(|| self.fault("no escape"), Ok)
    }
}
