//! Percent encoding: `urlDecode`, `urlDecodeUni`, `urlEncode`, `@validateUrlEncoding`.

use crate::best_fit;
use crate::hex;
use crate::rewrite::{literally, rewrite, Replacement};

/// Decode `%XX` and `+`; an incomplete or invalid sequence stays.
pub fn decode(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, is_special, octet);
}

/// Decode `%uXXXX` (IIS) too, each to the one byte that looks like it.
pub fn decode_unicode(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, is_special, unit);
}

/// Encode all but ASCII letters, digits and `*`; a space becomes `+`.
pub fn encode(input: &[u8], output: &mut Vec<u8>) {
    for &byte in input {
        match byte {
            b' ' => output.push(b'+'),
            b'*' => output.push(byte),
            _ if byte.is_ascii_alphanumeric() => output.push(byte),
            _ => {
                output.push(b'%');
                hex::push(byte, output);
            }
        }
    }
}

/// Tell whether a value has a `%` that two hexadecimal digits do not follow.
pub fn invalid_url_encoding(value: &[u8]) -> bool {
    value.iter().enumerate().any(|(at, &byte)| byte == b'%' && hex::octet(&value[at + 1..]).is_none())
}

fn is_special(byte: u8) -> bool {
    byte == b'%' || byte == b'+'
}

fn octet(head: &[u8]) -> Replacement {
    match head {
        [b'+', ..] => (Some(b' '), 1),
        [_, digits @ ..] => hex::octet(digits).map_or_else(|| literally(head), |byte| (Some(byte), 3)),
        [] => literally(head),
    }
}

fn unit(head: &[u8]) -> Replacement {
    match head {
        [b'%', b'u' | b'U', digits @ ..] => {
            hex::unit(digits).map_or_else(|| literally(head), |unit| (Some(best_fit::narrow(unit)), 6))
        }
        _ => octet(head),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn pairs_and_pluses_are_decoded() {
        assert_eq!(run(decode, b"a%20b+c%2f%2F"), b"a b c//");
        assert_eq!(run(decode, b"%00%FF"), b"\x00\xFF");
    }

    #[test]
    fn incomplete_and_invalid_pairs_stay() {
        assert_eq!(run(decode, b"100% %4 %g1 %1g %"), b"100% %4 %g1 %1g %");
        assert_eq!(run(decode, b"%%41%4"), b"%A%4");
    }

    #[test]
    fn decoding_is_done_once() {
        assert_eq!(run(decode, b"%2541"), b"%41");
        assert_eq!(run(decode_unicode, b"%u002541"), b"%41");
    }

    #[test]
    fn unicode_sequences_become_one_byte() {
        assert_eq!(run(decode_unicode, b"%u003Cx%U003e"), b"<x>");
        assert_eq!(run(decode_unicode, b"%uff1cscript%uFF1E"), b"<script>");
        assert_eq!(run(decode_unicode, b"%u2019%u0427"), b"''");
    }

    #[test]
    fn incomplete_unicode_sequences_stay() {
        assert_eq!(run(decode_unicode, b"%u00 %u004g %u"), b"%u00 %u004g %u");
        assert_eq!(run(decode_unicode, b"%u%41"), b"%uA");
        assert_eq!(run(decode_unicode, b"%u004"), b"%u004");
    }

    #[test]
    fn without_unicode_a_u_is_no_digit() {
        assert_eq!(run(decode, b"%u0041"), b"%u0041");
    }

    #[test]
    fn letters_digits_and_stars_need_no_encoding() {
        assert_eq!(run(encode, b"aZ09* -\xE9"), b"aZ09*+%2d%e9");
    }

    #[test]
    fn a_percent_sign_without_its_digits_is_invalid() {
        assert!(invalid_url_encoding(b"100%"));
        assert!(invalid_url_encoding(b"%4"));
        assert!(invalid_url_encoding(b"%%41"));
        assert!(invalid_url_encoding(b"%u0041"));
        assert!(!invalid_url_encoding(b"a%20b%2Fc+"));
        assert!(!invalid_url_encoding(b""));
    }
}
