//! The boundary that a Content-Type header names.

use super::flags::MultipartFlags;
use crate::stop::{fault, Stop};

const TYPE: &[u8] = b"multipart/form-data";
const PARAMETER: &[u8] = b"boundary";

/// As libmodsecurity has it.
const LONGEST_HEADER: usize = 1024;

/// RFC 2046 §5.1.1.
const LONGEST_BOUNDARY: usize = 70;

/// Find the boundary, where every server finds the same one.
pub(super) fn boundary<'a>(content_type: &'a [u8], flags: &mut MultipartFlags) -> Result<&'a [u8], Stop> {
    if content_type.len() > LONGEST_HEADER {
        return fault("the Content-Type is too long");
    }
    if !content_type.get(..TYPE.len()).map_or(false, |begin| begin.eq_ignore_ascii_case(TYPE)) {
        return fault("the Content-Type is another");
    }
    let parameters = &content_type[TYPE.len()..];
    let at = match places(parameters)[..] {
        [at] if parameters[at..].starts_with(PARAMETER) => at,
        [_] => return fault("the boundary's parameter is not in lower case"),
        [] => return fault("the Content-Type names no boundary"),
        _ => return fault("the Content-Type names more than one boundary"),
    };
    between(&parameters[..at], flags)?;
    value(assigned(&parameters[at + PARAMETER.len()..], flags)?, flags)
}

/// Find the word, wherever a `=` comes somewhere behind it: `boundary*0=` and the like count too.
fn places(parameters: &[u8]) -> Vec<usize> {
    let assigned = parameters.iter().rposition(|byte| *byte == b'=').unwrap_or(0);
    let words = parameters[..assigned].windows(PARAMETER.len()).enumerate();
    words.filter(|(_, word)| word.eq_ignore_ascii_case(PARAMETER)).map(|(at, _)| at).collect()
}

/// Nothing but one semicolon and blanks may come before the parameter.
fn between(before: &[u8], flags: &mut MultipartFlags) -> Result<(), Stop> {
    let mut others = before.iter().filter(|byte| !byte.is_ascii_whitespace());
    match (others.next(), others.next()) {
        (Some(b';'), None) => Ok(()),
        (None, _) => {
            flags.missing_semicolon = true;
            Ok(())
        }
        _ => fault("something comes before the boundary in the Content-Type"),
    }
}

/// Go behind the `=`, where no blanks may follow: some readers take them for a part of the boundary.
fn assigned<'a>(parameter: &'a [u8], flags: &mut MultipartFlags) -> Result<&'a [u8], Stop> {
    let name_end = without_blanks(parameter);
    let value = match name_end.split_first() {
        Some((b'=', value)) => value,
        _ => return fault("the boundary's parameter is malformed"),
    };
    let follow = without_blanks(value).len() < value.len();
    flags.boundary_whitespace |= follow || name_end.len() < parameter.len();
    match follow {
        true => fault("the boundary comes after blanks"),
        false => Ok(value),
    }
}

fn without_blanks(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    &text[blanks..]
}

/// Unquote the value, or leave off what comes behind it: some frameworks write `; charset=…` there.
fn value<'a>(value: &'a [u8], flags: &mut MultipartFlags) -> Result<&'a [u8], Stop> {
    let quoted = value.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\""));
    let boundary = quoted.unwrap_or_else(|| value.split(|byte| *byte == b';').next().unwrap_or_default());
    flags.boundary_quoted = quoted.is_some();
    let is_sound = if quoted.is_some() { is_quotable } else { is_plain };
    if boundary.is_empty() || boundary.ends_with(b" ") || boundary.len() > LONGEST_BOUNDARY {
        return fault("the boundary is empty, too long or ends in a blank");
    }
    if !boundary.iter().all(is_sound) {
        return fault("the boundary has characters that it may not have");
    }
    Ok(boundary)
}

/// RFC 2046's characters that need no quotes (RFC 2045 §5.1), but for the apostrophe, which some readers take for a quote.
fn is_plain(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'_' | b'-' | b'.')
}

fn is_quotable(byte: &u8) -> bool {
    is_plain(byte) || matches!(byte, b' ' | b'\'' | b'(' | b')' | b',' | b'/' | b':' | b'=' | b'?')
}
