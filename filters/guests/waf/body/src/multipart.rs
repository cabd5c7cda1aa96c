//! multipart/form-data bodies (RFC 7578, RFC 2046 §5.1), read as strictly as libmodsecurity does, and then some.

mod boundary;
mod delimiter;
mod disposition;
mod flags;
mod header;
mod scan;

use crate::caps::{Caps, Overflow};
use crate::fields::Fields;
use crate::stop::{fault, Stop};
use delimiter::{Delimiter, Delimiters};
use disposition::Disposition;
pub use flags::MultipartFlags;

/// What a form with uploads carries. The first fault ends the reading; what came before it is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Multipart {
    /// The parts without a file's name.
    pub arguments: Fields,
    pub files: Vec<File>,
    /// By the name of their part, each header as one line: `Content-Type: text/plain`.
    pub part_headers: Fields,
    pub flags: MultipartFlags,
    pub overflow: Option<Overflow>,
    pub fault: Option<&'static str>,
}

/// A part with a file's name. Its contents are not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub field: Vec<u8>,
    pub filename: Vec<u8>,
    /// What `filename*` says (RFC 8187), decoded; empty without one. Servers differ in which of the two they believe.
    pub extended_filename: Vec<u8>,
    /// In bytes.
    pub size: usize,
}

impl Multipart {
    /// Tell whether anything is not as browsers write it (MULTIPART_STRICT_ERROR).
    pub fn strict_error(&self) -> bool {
        self.fault.is_some() || self.flags.any()
    }
}

/// Read a form by the boundary that its Content-Type header names; an empty body holds nothing.
pub fn multipart(body: &[u8], content_type: &[u8], caps: &Caps) -> Multipart {
    let mut reader = Reader { body, caps, form: Multipart::default(), file_text_bytes: 0 };
    let (fault, overflow) = Stop::parts(reader.read(content_type));
    Multipart { fault, overflow, ..reader.form }
}

struct Reader<'a> {
    body: &'a [u8],
    caps: &'a Caps,
    form: Multipart,
    file_text_bytes: usize,
}

impl<'a> Reader<'a> {
    fn read(&mut self, content_type: &[u8]) -> Result<(), Stop> {
        let boundary = boundary::boundary(content_type, &mut self.form.flags)?;
        if self.body.is_empty() {
            return Ok(());
        }
        let mut delimiters = Delimiters::new(self.body, boundary);
        let mut delimiter = match delimiters.next(0, &mut self.form.flags)? {
            Some(first) => first,
            None => return fault("the boundary is nowhere in the body"),
        };
        self.form.flags.data_before = delimiter.begin > 0;
        while !delimiter.is_last {
            delimiter = self.part(delimiter.end, &mut delimiters)?;
        }
        self.form.flags.data_after = delimiter.end < self.body.len();
        Ok(())
    }

    /// Read the part that begins at `begin` and give the delimiter behind it.
    fn part(&mut self, begin: usize, delimiters: &mut Delimiters) -> Result<Delimiter, Stop> {
        let (headers, content) = header::headers(self.body, begin, &mut self.form.flags)?;
        let disposition = Disposition::of(&headers, &mut self.form.flags)?;
        let caps = Caps { arguments: usize::MAX, ..*self.caps };
        for header in &headers {
            self.form.part_headers.add(&disposition.name, &header.line, &caps)?;
        }
        let found = delimiters.next(content, &mut self.form.flags);
        let end = match &found {
            Ok(Some(delimiter)) => delimiter.content_end(self.body, content),
            _ => self.body.len(),
        };
        self.keep(disposition, &self.body[content..end])?;
        match found? {
            Some(delimiter) => {
                self.form.flags.invalid_part |= delimiter.begin == content;
                Ok(delimiter)
            }
            None => fault("the last boundary is missing"),
        }
    }

    /// Take a part for a file if its name is given and not empty, as libmodsecurity does, else for an argument.
    fn keep(&mut self, disposition: Disposition, content: &[u8]) -> Result<(), Overflow> {
        let form = &mut self.form;
        if form.arguments.len() + form.files.len() >= self.caps.arguments {
            return Err(Overflow::Arguments);
        }
        let Disposition { name, filename, extended_filename } = disposition;
        if filename.is_empty() {
            form.arguments.add(&name, content, self.caps)?;
        } else {
            self.file_text_bytes += name.len() + filename.len() + extended_filename.len();
            form.files.push(File { field: name, filename, extended_filename, size: content.len() });
        }
        let text_bytes = form.arguments.text_bytes() + form.part_headers.text_bytes() + self.file_text_bytes;
        match text_bytes > self.caps.text_bytes {
            true => Err(Overflow::Text),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
