//! From bytes to values (RFC 8259).

use super::value::{Number, Object, Value};
use std::fmt;

/// Longer texts are refused unread.
pub const MOST_BYTES: usize = 1 << 20;

/// Lists and objects within each other; each takes a part of the guest's small stack.
pub const MOST_DEPTH: usize = 32;

/// What is wrong with a text, and at which byte.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub at: usize,
    pub what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, to: &mut fmt::Formatter) -> fmt::Result {
        write!(to, "{} at byte {}", self.what, self.at)
    }
}

/// Read one value and nothing else. A name that an object has twice is a fault: readers differ in which they believe.
pub fn parse(bytes: &[u8]) -> Result<Value, Fault> {
    if bytes.len() > MOST_BYTES {
        return Err(Fault { at: MOST_BYTES, what: "too long" });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| Fault { at: error.valid_up_to(), what: "no UTF-8" })?;
    let mut reader = Reader { text, at: 0 };
    let value = reader.value(0)?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => reader.fault("more than one value"),
    }
}

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        match self.peek() {
            Some(b'{' | b'[') if depth == MOST_DEPTH => self.fault("too deep"),
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.list(depth + 1),
            Some(b'"') => self.string().map(Value::Text),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z') => self.word(),
            Some(_) => self.fault("no value"),
            None => self.fault("the text ends"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut members = Object::new();
        self.at += 1;
        if self.takes(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                return self.fault("no name");
            }
            let begin = self.at;
            let name = self.string()?;
            if members.contains_key(&name) {
                return Err(Fault { at: begin, what: "a name for the second time" });
            }
            if !self.takes(b':') {
                return self.fault("no colon");
            }
            let value = self.value(depth)?;
            members.insert(name, value);
            if self.takes(b'}') {
                return Ok(Value::Object(members));
            }
            if !self.takes(b',') {
                return self.fault("no comma");
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value, Fault> {
        let mut elements = Vec::new();
        self.at += 1;
        if self.takes(b']') {
            return Ok(Value::List(elements));
        }
        loop {
            elements.push(self.value(depth)?);
            if self.takes(b']') {
                return Ok(Value::List(elements));
            }
            if !self.takes(b',') {
                return self.fault("no comma");
            }
        }
    }

    fn word(&mut self) -> Result<Value, Fault> {
        for (word, value) in [("null", Value::Null), ("true", Value::Bool(true)), ("false", Value::Bool(false))] {
            if self.text[self.at..].starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        self.fault("no value")
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    fn number(&mut self) -> Result<Value, Fault> {
        let begin = self.at;
        self.skip(|byte| byte == b'-', 1);
        if self.skip(|byte| byte == b'0', 1) == 0 {
            self.digits()?;
        }
        if self.skip(|byte| byte == b'.', 1) == 1 {
            self.digits()?;
        }
        if self.skip(|byte| matches!(byte, b'e' | b'E'), 1) == 1 {
            self.skip(|byte| matches!(byte, b'+' | b'-'), 1);
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'0'..=b'9')) {
            return self.fault("a zero in front");
        }
        Ok(Value::Number(Number(self.text[begin..self.at].to_string())))
    }

    fn digits(&mut self) -> Result<(), Fault> {
        match self.skip(|byte| byte.is_ascii_digit(), usize::MAX) {
            0 => self.fault("no digit"),
            _ => Ok(()),
        }
    }

    pub(super) fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'), usize::MAX);
        self.byte()
    }

    fn takes(&mut self, wanted: u8) -> bool {
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    pub(super) fn skip(&mut self, belongs: impl Fn(u8) -> bool, most: usize) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        let count = rest.iter().take(most).take_while(|byte| belongs(**byte)).count();
        self.at += count;
        count
    }

    pub(super) fn fault<T>(&self, what: &'static str) -> Result<T, Fault> {
        Err(Fault { at: self.at, what })
    }
}
