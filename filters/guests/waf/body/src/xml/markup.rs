//! What begins with `<`: tags, comments, CDATA sections, processing instructions, the document type (XML 1.0 §2.5–§2.8).

use super::{append_lines, Reader};
use crate::stop::{fault, Stop};

impl Reader<'_> {
    pub(super) fn markup(&mut self) -> Result<(), Stop> {
        let scanner = &mut self.scanner;
        if scanner.takes(b"</") {
            self.end_tag()
        } else if scanner.takes(b"<!--") {
            self.comment()
        } else if scanner.takes(b"<![CDATA[") {
            self.cdata()
        } else if scanner.takes(b"<?") {
            self.instruction()
        } else if scanner.takes(b"<!DOCTYPE") {
            self.doctype()
        } else {
            scanner.takes(b"<");
            self.start_tag()
        }
    }

    fn comment(&mut self) -> Result<(), Stop> {
        self.scanner.until(b"--")?;
        match self.scanner.takes(b">") {
            true => Ok(()),
            false => fault("-- in a comment"),
        }
    }

    fn cdata(&mut self) -> Result<(), Stop> {
        if self.open.is_empty() {
            return fault("text outside the root element");
        }
        append_lines(self.scanner.until(b"]]>")?, &mut self.document.text);
        Ok(())
    }

    fn instruction(&mut self) -> Result<(), Stop> {
        if self.scanner.name()?.eq_ignore_ascii_case(b"xml") {
            return fault("an XML declaration that is not at the beginning");
        }
        let blanks = self.scanner.blanks();
        match self.scanner.until(b"?>")? {
            [_, ..] if blanks == 0 => fault("a processing instruction without a name"),
            _ => Ok(()),
        }
    }

    /// Read a document type up to its end and keep its internal subset as it is.
    fn doctype(&mut self) -> Result<(), Stop> {
        if self.document.doctype || self.has_root {
            return fault("a document type at the wrong place");
        }
        self.document.doctype = true;
        if self.scanner.blanks() == 0 {
            return fault("a document type without a name");
        }
        self.scanner.name()?;
        while let Some(byte) = self.scanner.peek() {
            self.scanner.takes(&[byte]);
            match byte {
                b'"' | b'\'' => drop(self.scanner.until(&[byte])?),
                b'[' => self.subset()?,
                b'>' => return Ok(()),
                b'A'..=b'Z' | b' ' | b'\t' | b'\r' | b'\n' => {}
                _ => return fault("a document type does not end"),
            }
        }
        fault("the document ends early")
    }

    fn subset(&mut self) -> Result<(), Stop> {
        let begin = self.scanner.rest();
        let ended = self.declarations();
        let length = begin.len() - self.scanner.rest().len();
        self.document.subset.extend_from_slice(&begin[..length - usize::from(ended.is_ok())]);
        ended
    }

    /// Go behind the bracket that ends the declarations; brackets in literals, comments and instructions are none.
    fn declarations(&mut self) -> Result<(), Stop> {
        while let Some(byte) = self.scanner.peek() {
            if self.scanner.takes(b"<!--") {
                self.comment()?;
            } else if self.scanner.takes(b"<?") {
                self.scanner.until(b"?>")?;
            } else {
                self.scanner.takes(&[byte]);
                match byte {
                    b'"' | b'\'' => drop(self.scanner.until(&[byte])?),
                    b']' => return Ok(()),
                    _ => {}
                }
            }
        }
        fault("the document ends early")
    }
}
