//! The characters and names of a document (XML 1.0 §2.2 and §2.3).

use crate::stop::{fault, Stop};

pub(super) struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Scanner<'a> {
        Scanner { text, at: 0 }
    }

    pub(super) fn rest(&self) -> &'a [u8] {
        &self.text[self.at..]
    }

    /// Read no further than `length` bytes from here.
    pub(super) fn cut(&mut self, length: usize) {
        self.text = &self.text[..self.at + length];
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    pub(super) fn takes(&mut self, wanted: &[u8]) -> bool {
        let there = self.rest().starts_with(wanted);
        self.at += if there { wanted.len() } else { 0 };
        there
    }

    pub(super) fn take(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let count = rest.iter().position(|byte| !belongs(*byte)).unwrap_or(rest.len());
        self.at += count;
        &rest[..count]
    }

    /// Skip white space and count it.
    pub(super) fn blanks(&mut self) -> usize {
        self.take(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).len()
    }

    /// Go behind the first `end` and give what comes before it.
    pub(super) fn until(&mut self, end: &[u8]) -> Result<&'a [u8], Stop> {
        let rest = self.rest();
        match rest.windows(end.len()).position(|bytes| bytes == end) {
            Some(length) => {
                self.at += length + end.len();
                Ok(&rest[..length])
            }
            None => fault("the document ends early"),
        }
    }

    /// Read a name. Beyond ASCII all characters are taken for letters.
    pub(super) fn name(&mut self) -> Result<&'a [u8], Stop> {
        match self.peek() {
            Some(b'A'..=b'Z' | b'a'..=b'z' | b'_' | b':' | 0x80..=0xff) => {}
            Some(_) => return fault("a name is missing"),
            None => return fault("the document ends early"),
        }
        Ok(self.take(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-' | b'.' | 0x80..=0xff)))
    }
}

/// Tell whether a character may be in a document, be it as itself or by a reference.
pub(super) fn is_character(code: u32) -> bool {
    matches!(code, 9 | 10 | 13 | 0x20..=0xd7ff | 0xe000..=0xfffd | 0x1_0000..=0x10_ffff)
}
