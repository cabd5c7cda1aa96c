//! The XML declaration, and which characters it allows for (XML 1.0 §2.8 and §4.3.3).

use super::scanner::{is_character, Scanner};
use super::Reader;
use crate::stop::{fault, Stop};

/// Encodings in which each byte below 0x80 is the character that it is in ASCII, and each other byte a character of its own.
const SINGLE_BYTE: [&[u8]; 4] = [b"iso-8859-1", b"iso-8859-15", b"windows-1252", b"latin1"];

impl Reader<'_> {
    /// Read the declaration, if there is one, and check all characters. Tell whether the document is cut where its UTF-8 ends.
    pub(super) fn declaration(&mut self) -> Result<bool, Stop> {
        self.scanner.takes(b"\xef\xbb\xbf");
        let encoding = match self.scanner.rest() {
            [b'<', b'?', b'x', b'm', b'l', b' ' | b'\t' | b'\r' | b'\n', ..] => self.scanner.encoding()?,
            _ => None,
        };
        let rest = self.scanner.rest();
        if rest.iter().any(|byte| !is_character(u32::from(*byte))) {
            return fault("a control character");
        }
        if encoding.map_or(false, |encoding| is_one_of(encoding, &SINGLE_BYTE)) {
            return Ok(false);
        }
        if !encoding.map_or(true, |encoding| is_one_of(encoding, &[b"utf-8", b"utf8", b"us-ascii"])) {
            return fault("an encoding that is not supported");
        }
        let unreadable = std::str::from_utf8(rest).err();
        self.scanner.cut(unreadable.map_or(rest.len(), |error| error.valid_up_to()));
        Ok(unreadable.is_some())
    }
}

/// Later editions of XML 1.0 take any minor version for 1.0 (§2.8).
fn is_version(version: &[u8]) -> bool {
    let minor = version.strip_prefix(b"1.").unwrap_or_default();
    !minor.is_empty() && minor.iter().all(u8::is_ascii_digit)
}

fn is_one_of(encoding: &[u8], encodings: &[&[u8]]) -> bool {
    encodings.iter().any(|known| encoding.eq_ignore_ascii_case(known))
}

impl<'a> Scanner<'a> {
    /// Read `<?xml version="…" encoding="…" standalone="…"?>` and give the encoding, if it is there.
    fn encoding(&mut self) -> Result<Option<&'a [u8]>, Stop> {
        self.takes(b"<?xml");
        let version = self.pseudo_attribute(b"version")?;
        let encoding = self.pseudo_attribute(b"encoding")?;
        self.pseudo_attribute(b"standalone")?;
        self.blanks();
        match self.takes(b"?>") && version.map_or(false, is_version) {
            true => Ok(encoding),
            false => fault("the XML declaration is malformed"),
        }
    }

    fn pseudo_attribute(&mut self, name: &[u8]) -> Result<Option<&'a [u8]>, Stop> {
        let blanks = self.blanks();
        if !self.takes(name) {
            return Ok(None);
        }
        self.blanks();
        let is_assigned = self.takes(b"=");
        self.blanks();
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) if is_assigned && blanks > 0 => {
                self.takes(&[quote]);
                self.until(&[quote]).map(Some)
            }
            _ => fault("the XML declaration is malformed"),
        }
    }
}
