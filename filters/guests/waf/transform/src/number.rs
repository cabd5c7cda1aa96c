//! Numbers: `length`, how `@eq`, `@ge`, `@gt`, `@le` and `@lt` read them, and `@verifyCC`'s check digit.

use std::io::Write;

use crate::whitespace::is_space;

/// Write the number of bytes.
pub fn length(input: &[u8], output: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    let _ = write!(output, "{}", input.len());
}

/// Read the integer that a value begins with, behind white space and one sign; 0 if it begins with none.
///
/// One beyond 64 bits is the nearest that fits. (ModSecurity 3 takes one beyond 32 bits for 0, so that no
/// `Content-Length` of 3 GB is too large.)
pub fn number(value: &[u8]) -> i64 {
    let start = value.iter().position(|&byte| !is_space(byte)).unwrap_or(value.len());
    match &value[start..] {
        [b'-', digits @ ..] => integer(digits, -1),
        [b'+', digits @ ..] => integer(digits, 1),
        digits => integer(digits, 1),
    }
}

fn integer(digits: &[u8], sign: i64) -> i64 {
    let append = |sum: i64, digit: &u8| sum.saturating_mul(10).saturating_add(sign * i64::from(digit - b'0'));
    digits.iter().take_while(|byte| byte.is_ascii_digit()).fold(0, append)
}

/// Tell whether a value's digits pass the Luhn check (ISO/IEC 7812-1); what is between them does not count.
pub fn luhn(value: &[u8]) -> bool {
    let digits = value.iter().rev().filter(|byte| byte.is_ascii_digit()).map(|byte| u32::from(byte - b'0'));
    let (sum, count) = digits.fold((0, 0), |(sum, count), digit| {
        let doubled = if count % 2 == 1 { 2 * digit } else { digit };
        ((sum + doubled / 10 + doubled % 10) % 10, count + 1)
    });
    count > 0 && sum == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn the_length_is_written_in_decimal() {
        assert_eq!(run(length, b""), b"0");
        assert_eq!(run(length, &[0; 1234]), b"1234");
    }

    #[test]
    fn a_value_counts_as_the_integer_it_begins_with() {
        assert_eq!(number(b"42"), 42);
        assert_eq!(number(b" \t-7apples"), -7);
        assert_eq!(number(b"+3.9"), 3);
        assert_eq!(number(b"007"), 7);
    }

    #[test]
    fn a_value_without_one_counts_as_0() {
        for value in [&b""[..], b"a1", b"-", b"--1", b"- 1", b"\xFF", b" "] {
            assert_eq!(number(value), 0, "{value:?}");
        }
    }

    #[test]
    fn a_number_too_large_is_the_nearest_that_fits() {
        assert_eq!(number(b"9223372036854775807"), i64::MAX);
        assert_eq!(number(b"99999999999999999999"), i64::MAX);
        assert_eq!(number(b"-9223372036854775808"), i64::MIN);
        assert_eq!(number(b"-99999999999999999999"), i64::MIN);
    }

    #[test]
    fn card_numbers_pass_the_check() {
        assert!(luhn(b"4111 1111-1111 1111"));
        assert!(luhn(b"378282246310005"));
        assert!(luhn(b"0"));
    }

    #[test]
    fn other_digits_and_none_do_not() {
        assert!(!luhn(b"4111111111111112"));
        assert!(!luhn(b"no digits"));
        assert!(!luhn(b""));
    }
}
