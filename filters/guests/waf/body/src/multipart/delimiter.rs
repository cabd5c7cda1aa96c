//! The lines between the parts: two dashes and the boundary, two more behind the last part.

use super::flags::MultipartFlags;
use super::scan;
use crate::stop::{fault, Stop};

/// A line between parts, from its first byte to the one behind its end.
pub(super) struct Delimiter {
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) is_last: bool,
}

impl Delimiter {
    /// Leave off the end of line that belongs to the delimiter.
    pub(super) fn content_end(&self, body: &[u8], content: usize) -> usize {
        let bytes = &body[content..self.begin];
        let bytes = bytes.strip_suffix(b"\r\n").or_else(|| bytes.strip_suffix(b"\n")).unwrap_or(bytes);
        content + bytes.len()
    }
}

/// The delimiters of a body, one after the other.
pub(super) struct Delimiters<'a> {
    body: &'a [u8],
    boundary: &'a [u8],
    /// How many dashes a delimiter begins with.
    dashes: usize,
    found_one: bool,
}

impl<'a> Delimiters<'a> {
    pub(super) fn new(body: &'a [u8], boundary: &'a [u8]) -> Delimiters<'a> {
        let dashes = 2 + boundary.iter().take_while(|byte| **byte == b'-').count();
        Delimiters { body, boundary, dashes, found_one: false }
    }

    /// Find the next delimiter from `from` on, where a line begins.
    pub(super) fn next(&mut self, from: usize, flags: &mut MultipartFlags) -> Result<Option<Delimiter>, Stop> {
        let mut at = from;
        while let Some(run) = scan::dashes(self.body, at) {
            if run.start == from || self.body[run.start - 1] == b'\n' {
                if self.is_boundary(run.start + 2) {
                    return self.delimiter(run.start, flags).map(Some);
                }
                self.refuse_disguise(run.start + 2)?;
                flags.unmatched_boundary = 1;
            } else if run.len() >= self.dashes && self.is_boundary(run.end - self.dashes + 2) {
                flags.unmatched_boundary = 1;
            }
            at = run.end;
        }
        Ok(None)
    }

    fn is_boundary(&self, at: usize) -> bool {
        self.body[at..].starts_with(self.boundary)
    }

    /// A reader that unquotes or trims would take such a line for a boundary.
    fn refuse_disguise(&self, at: usize) -> Result<(), Stop> {
        let is_mask = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | 11 | 12 | b'"');
        let mask = self.body[at..].iter().take_while(is_mask).count();
        if mask > 0 && self.is_boundary(at + mask) {
            return fault("a boundary is quoted or comes after blanks");
        }
        Ok(())
    }

    fn delimiter(&mut self, begin: usize, flags: &mut MultipartFlags) -> Result<Delimiter, Stop> {
        let rest = &self.body[begin + 2 + self.boundary.len()..];
        let (rest, is_last) = rest.strip_prefix(b"--").map_or((rest, false), |rest| (rest, true));
        let line_end = match rest {
            [b'\r', b'\n', ..] => 2,
            [b'\n', ..] => 1,
            [] if is_last => 0,
            [] | [b'\r'] => return fault("the last boundary is missing"),
            _ => return fault("a line goes on behind the boundary"),
        };
        let before = &self.body[..begin];
        flags.crlf_line |= line_end == 2;
        flags.lf_line |= line_end == 1 || before.ends_with(b"\n") && !before.ends_with(b"\r\n");
        if self.found_one {
            flags.unmatched_boundary = 2;
        }
        self.found_one = true;
        Ok(Delimiter { begin, end: self.body.len() - rest.len() + line_end, is_last })
    }
}
