//! Character references of HTML: `htmlEntityDecode`.

use crate::hex;
use crate::rewrite::{rewrite, Replacement};

/// The only names that ModSecurity knows, in any case.
const NAMES: [(&[u8], u8); 5] = [(b"quot", b'"'), (b"amp", b'&'), (b"lt", b'<'), (b"gt", b'>'), (b"nbsp", 0xA0)];

/// Decode numeric and named references to one byte each, with or without the semicolon.
pub fn decode(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, |byte| byte == b'&', reference);
}

fn reference(head: &[u8]) -> Replacement {
    let body = head.get(1..).unwrap_or_default();
    match entity(body) {
        Some((byte, length)) => {
            let semicolon = body.get(length) == Some(&b';');
            (Some(byte), 1 + length + usize::from(semicolon))
        }
        None => (Some(b'&'), 1),
    }
}

/// Read what follows an ampersand: the byte and the length of what stands for it.
fn entity(body: &[u8]) -> Option<(u8, usize)> {
    match body {
        [b'#', b'x' | b'X', digits @ ..] => number(digits, 16).map(|(byte, length)| (byte, 2 + length)),
        [b'#', digits @ ..] => number(digits, 10).map(|(byte, length)| (byte, 1 + length)),
        _ => name(body),
    }
}

/// Read a number's low byte; one beyond 63 bits counts as the largest, as C's `strtol` has it.
fn number(digits: &[u8], radix: u8) -> Option<(u8, usize)> {
    let values = digits.iter().map_while(|&byte| hex::digit(byte).filter(|digit| *digit < radix));
    let append = |(value, length): (i64, usize), digit: u8| {
        (value.saturating_mul(radix.into()).saturating_add(digit.into()), length + 1)
    };
    let (value, length) = values.fold((0, 0), append);
    (length > 0).then_some((value as u8, length))
}

fn name(body: &[u8]) -> Option<(u8, usize)> {
    let length = body.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let (_, byte) = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&body[..length]))?;
    Some((*byte, length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn numbers_become_their_low_byte() {
        assert_eq!(run(decode, b"&#60;&#x3c;&#X3E;&#316;"), b"<<><");
        assert_eq!(run(decode, b"&#0000000060;&#x000003c;"), b"<<");
    }

    #[test]
    fn the_semicolon_may_be_missing() {
        assert_eq!(run(decode, b"&#60a&#x3cg&lt &lt"), b"<a<g< <");
        assert_eq!(run(decode, b"&lt;;"), b"<;");
    }

    #[test]
    fn five_names_are_known_in_any_case() {
        assert_eq!(run(decode, b"&quot;&AMP;&Lt;&gT;&nbsp;"), b"\"&<>\xA0");
    }

    #[test]
    fn other_names_stay() {
        assert_eq!(run(decode, b"&apos;&lt1;&;& &&amp;"), b"&apos;&lt1;&;& &&");
        assert_eq!(run(decode, b"a=1&b=2&gt=3"), b"a=1&b=2>=3");
    }

    #[test]
    fn numbers_without_digits_stay() {
        assert_eq!(run(decode, b"&#;&#x;&#xg&#"), b"&#;&#x;&#xg&#");
        assert_eq!(run(decode, b"&#x"), b"&#x");
    }

    #[test]
    fn a_number_too_large_is_the_largest() {
        assert_eq!(run(decode, b"&#99999999999999999999;"), b"\xFF");
        assert_eq!(run(decode, b"&#x3c3c3c3c3c3c3c3c3c;"), b"\xFF");
        assert_eq!(run(decode, b"&#x7fffffffffffff3c;"), b"<");
    }

    #[test]
    fn decoding_is_done_once() {
        assert_eq!(run(decode, b"&amp;lt;"), b"&lt;");
    }
}
