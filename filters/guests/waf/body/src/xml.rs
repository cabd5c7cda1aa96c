//! XML bodies (XML 1.0, fifth edition), tokenised and checked for well-formedness; nothing is validated or fetched.

mod declaration;
mod markup;
mod reference;
mod scanner;
mod tag;

use crate::caps::{Caps, Overflow};
use crate::fields::Fields;
use crate::stop::{fault, Stop};
use scanner::Scanner;

/// What an XML body carries. The first fault ends the reading; what came before it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Xml {
    /// All character data of the root element in one piece, as the XPath expression `/*` gives it.
    pub text: Vec<u8>,
    /// All attributes by their names as written; namespace declarations are none (`//@*`).
    pub attributes: Fields,
    /// There is a document type declaration.
    pub doctype: bool,
    /// The declarations within it, as written. They are not followed: a reference to an entity of theirs is a fault.
    pub subset: Vec<u8>,
    pub fault: Option<&'static str>,
    pub overflow: Option<Overflow>,
}

/// Read a document; an empty body holds nothing and is no fault.
///
/// In UTF-8, with or without a byte order mark, or in a single-byte superset of ASCII that it declares; bytes of the latter
/// are kept as they are. UTF-16 and all else is a fault.
pub fn xml(body: &[u8], caps: &Caps) -> Xml {
    if body.is_empty() {
        return Xml::default();
    }
    let mut reader =
        Reader { scanner: Scanner::new(body), document: Xml::default(), open: Vec::new(), has_root: false, caps };
    let (fault, overflow) = Stop::parts(reader.read());
    Xml { fault, overflow, ..reader.document }
}

struct Reader<'a> {
    scanner: Scanner<'a>,
    document: Xml,
    /// The names of the elements that the reader is in.
    open: Vec<&'a [u8]>,
    has_root: bool,
    caps: &'a Caps,
}

impl<'a> Reader<'a> {
    fn read(&mut self) -> Result<(), Stop> {
        let unreadable = self.declaration()?;
        self.content()?;
        match (unreadable, self.has_root && self.open.is_empty()) {
            (true, _) => fault("bytes that are no UTF-8"),
            (false, true) => Ok(()),
            (false, false) => fault("the document ends early"),
        }
    }

    fn content(&mut self) -> Result<(), Stop> {
        while let Some(byte) = self.scanner.peek() {
            match byte {
                b'<' => self.markup()?,
                _ if self.open.is_empty() => self.blanks()?,
                b'&' => self.scanner.reference(&mut self.document.text)?,
                _ => self.characters()?,
            }
            self.check_text()?;
        }
        Ok(())
    }

    fn blanks(&mut self) -> Result<(), Stop> {
        match self.scanner.blanks() {
            0 => fault("text outside the root element"),
            _ => Ok(()),
        }
    }

    fn characters(&mut self) -> Result<(), Stop> {
        let text = self.scanner.take(|byte| byte != b'<' && byte != b'&');
        if text.windows(3).any(|end| end == b"]]>") {
            return fault("]]> in text");
        }
        append_lines(text, &mut self.document.text);
        Ok(())
    }

    fn check_text(&self) -> Result<(), Overflow> {
        let document = &self.document;
        match document.text.len() + document.attributes.text_bytes() + document.subset.len() > self.caps.text_bytes {
            true => Err(Overflow::Text),
            false => Ok(()),
        }
    }
}

/// Append text, its ends of lines made LF (§2.11).
fn append_lines(text: &[u8], to: &mut Vec<u8>) {
    let mut lines = text.split(|byte| *byte == b'\r');
    to.extend_from_slice(lines.next().unwrap_or_default());
    for line in lines {
        to.push(b'\n');
        to.extend_from_slice(line.strip_prefix(b"\n").unwrap_or(line));
    }
}

#[cfg(test)]
mod tests;
