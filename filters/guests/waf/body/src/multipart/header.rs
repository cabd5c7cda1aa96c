//! The headers of a part.

use super::flags::MultipartFlags;
use crate::stop::{fault, Stop};
use std::borrow::Cow;

/// As libmodsecurity has it; folded lines count together.
const LONGEST_LINE: usize = 4096;

/// Browsers write two.
const MOST_HEADERS: usize = 32;

/// A header as one line; what was folded is put together with blanks.
pub(super) struct PartHeader<'a> {
    pub(super) line: Cow<'a, [u8]>,
    colon: usize,
}

impl<'a> PartHeader<'a> {
    fn new(line: &'a [u8]) -> Result<PartHeader<'a>, Stop> {
        let colon = match line.iter().position(|byte| *byte == b':') {
            Some(colon) if colon > 0 => colon,
            _ => return fault("a part's header has no name or no colon"),
        };
        if line[..colon].iter().any(|byte| !byte.is_ascii_graphic()) {
            return fault("a part's header has a name that is none");
        }
        Ok(PartHeader { line: Cow::Borrowed(line), colon })
    }

    pub(super) fn is(&self, name: &[u8]) -> bool {
        self.name().eq_ignore_ascii_case(name)
    }

    pub(super) fn value(&self) -> &[u8] {
        without_blanks(&self.line[self.colon + 1..])
    }

    fn name(&self) -> &[u8] {
        &self.line[..self.colon]
    }

    fn unfold(&mut self, more: &[u8]) -> Result<(), Stop> {
        if self.line.len() + more.len() >= LONGEST_LINE {
            return fault("a part's header is too long");
        }
        self.line.to_mut().push(b' ');
        self.line.to_mut().extend_from_slice(more);
        Ok(())
    }
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &text[blanks..]
}

/// Read headers up to the empty line behind them, and give the place behind that.
pub(super) fn headers<'a>(
    body: &'a [u8],
    begin: usize,
    flags: &mut MultipartFlags,
) -> Result<(Vec<PartHeader<'a>>, usize), Stop> {
    let mut headers: Vec<PartHeader> = Vec::new();
    let mut at = begin;
    loop {
        let (line, end) = line(body, at, flags)?;
        at = end;
        match line {
            [] => return Ok((headers, at)),
            [b' ' | 9..=13, ..] => fold(line, headers.last_mut(), flags)?,
            [b'-', b'-', ..] => return fault("a boundary comes among the headers of a part"),
            _ => {
                let header = PartHeader::new(line)?;
                if headers.len() == MOST_HEADERS || headers.iter().any(|other| other.is(header.name())) {
                    return fault("a part has a header twice, or too many of them");
                }
                headers.push(header);
            }
        }
    }
}

/// Read one line, its end left off.
fn line<'a>(body: &'a [u8], begin: usize, flags: &mut MultipartFlags) -> Result<(&'a [u8], usize), Stop> {
    let most = &body[begin..body.len().min(begin + LONGEST_LINE)];
    let line = match most.iter().position(|byte| *byte == b'\n') {
        Some(length) => &most[..length],
        None if most.len() == LONGEST_LINE => return fault("a part's header is too long"),
        None => return fault("the last boundary is missing"),
    };
    let end = begin + line.len() + 1;
    let text = line.strip_suffix(b"\r");
    flags.crlf_line |= text.is_some();
    flags.lf_line |= text.is_none();
    let text = text.unwrap_or(line);
    if text.iter().any(|byte| matches!(byte, 0 | b'\r')) {
        return fault("a part's header has a NUL or a lone CR");
    }
    Ok((text, end))
}

fn fold(line: &[u8], header: Option<&mut PartHeader>, flags: &mut MultipartFlags) -> Result<(), Stop> {
    let blanks = line.iter().take_while(|byte| matches!(byte, b' ' | 9..=13)).count();
    flags.header_folding = true;
    flags.invalid_header_folding |= line[..blanks].iter().any(|byte| !matches!(byte, b' ' | b'\t'));
    match header {
        Some(header) => header.unfold(&line[blanks..]),
        None => fault("a part's first header begins with a blank"),
    }
}
