//! Backslash escapes of programming languages: `jsDecode`, `escapeSeqDecode`.

use crate::best_fit::low_byte;
use crate::hex;
use crate::rewrite::{literally, rewrite, Replacement};

/// Decode `\uXXXX` (to one byte), `\xXX`, `\OOO` and control letters; any other backslash is dropped.
pub fn decode_javascript(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, |byte| byte == b'\\', javascript);
}

/// Decode `\xXX`, `\OOO` and control letters; any other backslash is dropped.
pub fn decode_ansi_c(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, |byte| byte == b'\\', ansi_c);
}

fn javascript(head: &[u8]) -> Replacement {
    let known = match head {
        [_, b'u', digits @ ..] => hex::unit(digits).map(|unit| (low_byte(unit.into()), 6)),
        [_, b'x', digits @ ..] => hex::octet(digits).map(|byte| (byte, 4)),
        [_, digits @ ..] => octal_byte(digits),
        [] => None,
    };
    known.map_or_else(|| letter(head), |(byte, taken)| (Some(byte), taken))
}

fn ansi_c(head: &[u8]) -> Replacement {
    let known = match head {
        [_, b'x' | b'X', digits @ ..] => hex::octet(digits).map(|byte| (byte, 4)),
        [_, digits @ ..] => octal(digits, 3),
        [] => None,
    };
    known.map_or_else(|| letter(head), |(byte, taken)| (Some(byte), taken))
}

/// Read up to three octal digits, the third only if a byte holds them.
fn octal_byte(digits: &[u8]) -> Option<(u8, usize)> {
    let most = if matches!(digits, [b'4'..=b'7', ..]) { 2 } else { 3 };
    octal(digits, most)
}

/// Read up to `most` octal digits, and keep the low byte.
fn octal(digits: &[u8], most: usize) -> Option<(u8, usize)> {
    let digits = digits.iter().take(most).take_while(|byte| matches!(byte, b'0'..=b'7'));
    let (value, length) = digits.fold((0_u8, 0), |(value, length), digit| (value << 3 | (digit & 7), length + 1));
    (length > 0).then_some((value, 1 + length))
}

/// Decode a control letter, or else drop the backslash; one at the very end stays.
fn letter(head: &[u8]) -> Replacement {
    head.get(1).map_or_else(|| literally(head), |&letter| (Some(control(letter)), 2))
}

fn control(letter: u8) -> u8 {
    match letter {
        b'a' => 0x07,
        b'b' => 0x08,
        b'f' => 0x0C,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 0x0B,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn control_letters_are_decoded_in_both() {
        for decode in [decode_javascript, decode_ansi_c] {
            assert_eq!(run(decode, b"\\a\\b\\f\\n\\r\\t\\v"), b"\x07\x08\x0C\n\r\t\x0B");
            assert_eq!(run(decode, b"\\\\\\?\\'\\\"\\q\\8"), b"\\?'\"q8");
        }
    }

    #[test]
    fn a_backslash_at_the_end_stays_in_both() {
        assert_eq!(run(decode_javascript, b"a\\"), b"a\\");
        assert_eq!(run(decode_ansi_c, b"a\\"), b"a\\");
    }

    #[test]
    fn javascript_has_unicode_escapes() {
        assert_eq!(run(decode_javascript, b"\\u003c\\uFF1E\\u0142"), b"<>B");
        assert_eq!(run(decode_javascript, b"\\u003\\u00g1\\u"), b"u003u00g1u");
        assert_eq!(run(decode_ansi_c, b"\\u003c"), b"u003c");
    }

    #[test]
    fn only_ansi_c_takes_a_capital_x() {
        assert_eq!(run(decode_javascript, b"\\x41\\X41"), b"AX41");
        assert_eq!(run(decode_ansi_c, b"\\x41\\X41"), b"AA");
    }

    #[test]
    fn incomplete_hexadecimal_loses_its_backslash_in_both() {
        assert_eq!(run(decode_javascript, b"\\x4\\xg1\\x"), b"x4xg1x");
        assert_eq!(run(decode_ansi_c, b"\\x4\\xg1\\x"), b"x4xg1x");
    }

    #[test]
    fn octal_takes_one_to_three_digits() {
        assert_eq!(run(decode_javascript, b"\\0\\78\\101\\1011"), b"\x00\x078AA1");
        assert_eq!(run(decode_ansi_c, b"\\0\\78\\101\\1011"), b"\x00\x078AA1");
    }

    #[test]
    fn octal_beyond_a_byte_is_cut_short_in_javascript_and_wraps_in_ansi_c() {
        assert_eq!(run(decode_javascript, b"\\501"), b"(1");
        assert_eq!(run(decode_ansi_c, b"\\501"), b"A");
    }
}
