//! Elements and their attributes (XML 1.0 §3.1).

use super::Reader;
use crate::caps::Overflow;
use crate::stop::{fault, Stop};

impl<'a> Reader<'a> {
    /// Read a start tag or an empty element; the reader is behind its `<`.
    pub(super) fn start_tag(&mut self) -> Result<(), Stop> {
        if self.open.is_empty() && self.has_root {
            return fault("a second root element");
        }
        if self.open.len() >= self.caps.depth {
            return Err(Overflow::Depth.into());
        }
        self.has_root = true;
        let element = self.scanner.name()?;
        let is_empty = self.attributes()?;
        if !is_empty {
            self.open.push(element);
        }
        Ok(())
    }

    pub(super) fn end_tag(&mut self) -> Result<(), Stop> {
        let element = self.scanner.name()?;
        if self.open.pop() != Some(element) {
            return fault("an end tag for another element");
        }
        self.scanner.blanks();
        match self.scanner.takes(b">") {
            true => Ok(()),
            false => fault("a tag does not end"),
        }
    }

    /// Read attributes up to the tag's end, and tell whether the element ends there too.
    fn attributes(&mut self) -> Result<bool, Stop> {
        let mut names = Vec::new();
        loop {
            let blanks = self.scanner.blanks();
            let is_empty = self.scanner.takes(b"/>");
            if is_empty || self.scanner.takes(b">") {
                return distinct(names).map(|()| is_empty);
            }
            if blanks == 0 {
                return fault("a tag does not end");
            }
            names.push(self.attribute()?);
        }
    }

    fn attribute(&mut self) -> Result<&'a [u8], Stop> {
        let name = self.scanner.name()?;
        self.scanner.blanks();
        if !self.scanner.takes(b"=") {
            return fault("an attribute without a value");
        }
        self.scanner.blanks();
        let scanner = &mut self.scanner;
        if is_namespace(name) {
            scanner.value(&mut Vec::new())?;
        } else {
            self.document.attributes.write(self.caps, |text| {
                text.extend_from_slice(name);
                let middle = text.len();
                scanner.value(text).map(|()| middle)
            })?;
        }
        Ok(name)
    }
}

/// Tell declarations of namespaces from attributes that only begin like them (Namespaces in XML §3).
fn is_namespace(name: &[u8]) -> bool {
    match name.strip_prefix(b"xmlns") {
        Some([b':', first, rest @ ..]) => !matches!(first, b'0'..=b'9' | b'-' | b'.' | b':') && !rest.contains(&b':'),
        Some([]) => true,
        _ => false,
    }
}

/// An element may not have two attributes of one name.
fn distinct(mut names: Vec<&[u8]>) -> Result<(), Stop> {
    names.sort_unstable();
    match names.windows(2).any(|pair| pair[0] == pair[1]) {
        true => fault("an attribute comes twice"),
        false => Ok(()),
    }
}

impl super::Scanner<'_> {
    /// Append a quoted value, its white space made blanks (§3.3.3).
    fn value(&mut self, to: &mut Vec<u8>) -> Result<(), Stop> {
        let quote = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => quote,
            _ => return fault("an attribute's value without quotes"),
        };
        self.takes(&[quote]);
        while !self.takes(&[quote]) {
            to.extend_from_slice(self.take(|byte| byte > b' ' && byte != quote && byte != b'&' && byte != b'<'));
            match self.peek() {
                Some(b'&') => self.reference(to)?,
                Some(b'<') => return fault("a < in an attribute's value"),
                Some(byte) if byte <= b' ' => {
                    let _ = self.takes(b"\r\n") || self.takes(&[byte]);
                    to.push(b' ');
                }
                Some(_) => {}
                None => return fault("the document ends early"),
            }
        }
        Ok(())
    }
}
