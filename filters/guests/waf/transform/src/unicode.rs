//! UTF-8: `utf8toUnicode`, `@validateUtf8Encoding`.

use std::io::Write;

/// Tell whether a value is not well-formed UTF-8 (RFC 3629 §3): overlong, a surrogate, out of range, cut short.
///
/// ModSecurity lets U+110000 to U+13FFFF pass.
pub fn invalid_utf8(value: &[u8]) -> bool {
    std::str::from_utf8(value).is_err()
}

/// Write every sequence of two to four bytes as `%uXXXX`, with more digits beyond U+FFFF; drop NULs.
///
/// As in ModSecurity, the lead byte of an unfinished sequence is dropped, and that of an overlong one or a surrogate
/// is repeated behind it.
pub fn escape(input: &[u8], output: &mut Vec<u8>) {
    let mut rest = input;
    while let Some(plain) = rest.iter().position(|&byte| byte == 0 || byte >= 0x80) {
        let (run, head) = rest.split_at(plain);
        output.extend_from_slice(run);
        let taken = escape_first(head, output);
        rest = head.get(taken..).unwrap_or_default();
    }
    output.extend_from_slice(rest);
}

/// Write what `head` begins with; give the number of bytes that were read.
fn escape_first(head: &[u8], output: &mut Vec<u8>) -> usize {
    let lead = head[0];
    let length = match lead {
        0 => return 1,
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => {
            output.push(lead);
            return 1;
        }
    };
    if lead >= 0xF5 {
        output.push(lead);
    }
    match sequence(head, length) {
        Some(point) => {
            write_point(point, output);
            let suspects = [is_surrogate(point), is_overlong(point, length)];
            output.extend(suspects.into_iter().filter(|suspect| *suspect).map(|_| lead));
            length
        }
        None => 1,
    }
}

/// Read a sequence's code point, if its continuation bytes are there.
fn sequence(head: &[u8], length: usize) -> Option<u32> {
    let (lead, tail) = head.get(..length)?.split_first()?;
    let bits = u32::from(lead & 0x7F >> length);
    tail.iter().try_fold(bits, |point, byte| (byte & 0xC0 == 0x80).then(|| point << 6 | u32::from(byte & 0x3F)))
}

fn write_point(point: u32, output: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    let _ = write!(output, "%u{point:04x}");
}

fn is_surrogate(point: u32) -> bool {
    (0xD800..=0xDFFF).contains(&point)
}

fn is_overlong(point: u32, length: usize) -> bool {
    let least = match length {
        2 => 0x80,
        3 => 0x800,
        _ => 0x1_0000,
    };
    point < least
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn sequences_become_escapes() {
        assert_eq!(run(escape, "aé€<😀z".as_bytes()), b"a%u00e9%u20ac<%u1f600z");
    }

    #[test]
    fn nulls_are_dropped() {
        assert_eq!(run(escape, b"\0a\0b\0"), b"ab");
    }

    #[test]
    fn unfinished_sequences_lose_their_lead_byte() {
        assert_eq!(run(escape, b"\xC3"), b"");
        assert_eq!(run(escape, b"\xE2\x82z\xF0\x9F\x98"), b"\x82z\x9F\x98");
    }

    #[test]
    fn bytes_that_begin_nothing_stay() {
        assert_eq!(run(escape, b"\x80\xBF\xF8\xFF"), b"\x80\xBF\xF8\xFF");
    }

    #[test]
    fn overlong_sequences_and_surrogates_are_followed_by_their_lead_byte() {
        assert_eq!(run(escape, b"\xC0\xAF"), b"%u002f\xC0");
        assert_eq!(run(escape, b"\xE0\x80\xAF"), b"%u002f\xE0");
        assert_eq!(run(escape, b"\xED\xA0\x80"), b"%ud800\xED");
        assert_eq!(run(escape, b"\xF0\x8D\xA0\x80"), b"%ud800\xF0\xF0");
    }

    #[test]
    fn a_lead_byte_out_of_range_precedes_its_escape() {
        assert_eq!(run(escape, b"\xF5\x80\x80\x80"), b"\xF5%u140000");
        assert_eq!(run(escape, b"\xF7a"), b"\xF7a");
    }

    #[test]
    fn well_formed_text_is_valid() {
        assert!(!invalid_utf8("aé€😀".as_bytes()));
        assert!(!invalid_utf8(b""));
    }

    #[test]
    fn malformed_text_is_invalid() {
        for text in [&b"\xC0\xAF"[..], b"\xED\xA0\x80", b"\xF4\x90\x80\x80", b"\xE2\x82", b"\x80", b"a\xFFb"] {
            assert!(invalid_utf8(text), "{text:?}");
        }
    }
}
