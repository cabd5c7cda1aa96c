//! Hexadecimal digits: `hexDecode`, `hexEncode`, `sqlHexDecode`, and what other decoders read of them.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Read the two digits that `text` begins with.
pub fn octet(text: &[u8]) -> Option<u8> {
    match text {
        [high, low, ..] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    }
}

/// Read the four digits that `text` begins with.
pub fn unit(text: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes([octet(text)?, octet(text.get(2..)?)?]))
}

pub fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Append a byte as two lower-case digits.
pub fn push(byte: u8, output: &mut Vec<u8>) {
    output.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0x0F)]]);
}

/// Write every byte as two lower-case digits.
pub fn encode(input: &[u8], output: &mut Vec<u8>) {
    output.reserve(2 * input.len());
    input.iter().for_each(|&byte| push(byte, output));
}

/// Read pairs of digits, whatever they are; an odd last one is dropped.
pub fn decode(input: &[u8], output: &mut Vec<u8>) {
    output
        .extend(input.chunks_exact(2).map(|pair| lax_digit(pair[0]).wrapping_mul(16).wrapping_add(lax_digit(pair[1]))));
}

/// Read a byte by its distance from `0` or `A`, a digit or not, as ModSecurity does.
fn lax_digit(byte: u8) -> u8 {
    match byte {
        b'A'.. => (byte & 0xDF).wrapping_sub(b'A').wrapping_add(10),
        _ => byte.wrapping_sub(b'0'),
    }
}

/// Read pairs of digits after `0x`, as in a MySQL literal, however many there are.
///
/// ModSecurity before 3.0.13 also loses the last byte and what follows a NUL; that was mended there, and is not here.
pub fn decode_sql(input: &[u8], output: &mut Vec<u8>) {
    let mut rest = input;
    while let Some(zero) = rest.windows(4).position(is_literal) {
        let (plain, literal) = rest.split_at(zero);
        let digits = &literal[2..];
        output.extend_from_slice(plain);
        let read = output.len();
        output.extend(digits.chunks_exact(2).map_while(octet));
        rest = &digits[2 * (output.len() - read)..];
    }
    output.extend_from_slice(rest);
}

fn is_literal(head: &[u8]) -> bool {
    matches!(head, [b'0', b'x' | b'X', digits @ ..] if octet(digits).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn bytes_are_written_as_lower_case_digits() {
        assert_eq!(run(encode, b"\x00\xAB~"), b"00ab7e");
    }

    #[test]
    fn pairs_of_digits_are_read_and_an_odd_one_dropped() {
        assert_eq!(run(decode, b"616B4c7"), b"akL");
        assert_eq!(run(decode, b"6"), b"");
    }

    #[test]
    fn what_is_no_digit_is_read_by_its_distance() {
        assert_eq!(run(decode, b"zz"), [35_u8.wrapping_mul(16).wrapping_add(35)]);
        assert_eq!(run(decode, b"  "), [0xF0]);
    }

    #[test]
    fn a_literal_of_sql_is_read_up_to_its_last_pair() {
        assert_eq!(run(decode_sql, b"a 0x414z, 0X4a6B"), b"a A4z, Jk");
        assert_eq!(run(decode_sql, b"0x0x41"), b"0xA");
    }

    #[test]
    fn what_is_no_literal_of_sql_stays() {
        assert_eq!(run(decode_sql, b"0x 0x4 10x"), b"0x 0x4 10x");
        assert_eq!(run(decode_sql, b"0xA"), b"0xA");
    }
}
