//! Base 64 (RFC 4648 §4): `base64Decode`, `base64DecodeExt`, `base64Encode`.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub fn encode(input: &[u8], output: &mut Vec<u8>) {
    output.reserve(input.len() / 3 * 4 + 4);
    for group in input.chunks(3) {
        let mut bytes = [0; 3];
        bytes[..group.len()].copy_from_slice(group);
        let bits = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]);
        let digits = [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 0x3F) as usize]);
        output.extend(digits.into_iter().take(group.len() + 1));
        output.extend([b'='].repeat(3 - group.len()));
    }
}

/// Decode strictly, up to a NUL; a value that is no base 64 gives nothing, an unfinished group at the end neither.
///
/// So does Mbed TLS, which ModSecurity 3 uses: line ends are allowed, spaces before them, and up to two `=`, only at
/// the end but in any place of a group.
pub fn decode(input: &[u8], output: &mut Vec<u8>) {
    let text = input.split(|&byte| byte == 0).next().unwrap_or_default();
    if !is_valid(text) {
        return;
    }
    let mut group = Group::default();
    let mut padding = 0;
    for &byte in text.iter().filter(|byte| !matches!(byte, b'\r' | b'\n' | b' ')) {
        padding += usize::from(byte == b'=');
        if group.push(digit(byte).unwrap_or(0)) {
            output.extend(group.take().into_iter().take(3 - padding));
        }
    }
}

/// Decode what is base 64 in a value, and skip the rest.
///
/// As in ModSecurity, a value with a single `=` behind a group's first digit, or with a `9` left over at its end, gives
/// nothing.
pub fn decode_lax(input: &[u8], output: &mut Vec<u8>) {
    let mut group = Group::default();
    for (at, &byte) in input.iter().enumerate() {
        if byte == b'=' && group.digits == 1 && input.get(at + 1) != Some(&b'=') {
            return output.clear();
        }
        if let Some(digit) = digit(byte) {
            if group.push(digit) {
                output.extend(group.take());
            }
        }
    }
    if group.digits == 1 && input.last() == Some(&b'9') {
        return output.clear();
    }
    output.extend(group.unfinished());
}

/// Up to four digits, of 6 bits each.
#[derive(Default)]
struct Group {
    bits: u32,
    digits: usize,
}

impl Group {
    /// Add a digit; tell whether the group is full.
    fn push(&mut self, digit: u8) -> bool {
        self.bits = self.bits << 6 | u32::from(digit);
        self.digits += 1;
        self.digits == 4
    }

    /// Give the three bytes of a full group, and begin a new one.
    fn take(&mut self) -> [u8; 3] {
        let [_, bytes @ ..] = self.bits.to_be_bytes();
        *self = Self::default();
        bytes
    }

    /// Give the whole bytes of a group that is not full.
    fn unfinished(mut self) -> impl Iterator<Item = u8> {
        let whole = self.digits.saturating_sub(1);
        self.bits <<= 6 * (4 - self.digits);
        self.take().into_iter().take(whole)
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

fn is_valid(text: &[u8]) -> bool {
    let mut padding = 0;
    let mut rest = text;
    while let Some(next) = rest.iter().position(|&byte| byte != b' ') {
        let (spaces, head) = rest.split_at(next);
        rest = match head {
            [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
            [b'=', rest @ ..] if spaces.is_empty() && padding < 2 => {
                padding += 1;
                rest
            }
            [byte, rest @ ..] if spaces.is_empty() && padding == 0 && digit(*byte).is_some() => rest,
            _ => return false,
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn bytes_are_encoded_with_padding() {
        assert_eq!(run(encode, b""), b"");
        assert_eq!(run(encode, b"f"), b"Zg==");
        assert_eq!(run(encode, b"fo"), b"Zm8=");
        assert_eq!(run(encode, b"foo\xFF\xFE\xFD"), b"Zm9v//79");
    }

    #[test]
    fn whole_groups_are_decoded() {
        assert_eq!(run(decode, b"Zm9vYmFy"), b"foobar");
        assert_eq!(run(decode, b"Zm9vYg=="), b"foob");
        assert_eq!(run(decode, b"Zm9vYmE="), b"fooba");
    }

    #[test]
    fn an_unfinished_group_gives_nothing() {
        assert_eq!(run(decode, b"Zm9vYmE"), b"foo");
        assert_eq!(run(decode, b"Zg="), b"");
    }

    #[test]
    fn what_is_no_base_64_gives_nothing() {
        for text in [&b"Zm9v-mFy"[..], b"Zm 9v", b"Zg==Zm9v", b"Zm9v===", b"Zm9v\rZm9v", b"Zm9v\xFF"] {
            assert_eq!(run(decode, text), b"", "{text:?}");
        }
    }

    #[test]
    fn lines_and_a_terminator_are_known() {
        assert_eq!(run(decode, b"Zm9v \r\nYm\nFy  "), b"foobar");
        assert_eq!(run(decode, b"Zm9v\0-"), b"foo");
    }

    #[test]
    fn lax_decoding_skips_what_is_no_digit() {
        assert_eq!(run(decode_lax, b"<Zm-9v.Ym\0Fy>"), b"foobar");
        assert_eq!(run(decode_lax, b"Zg==Zm9v"), b"\x66\x06\x66\xF6");
    }

    #[test]
    fn lax_decoding_keeps_the_bytes_of_an_unfinished_group() {
        assert_eq!(run(decode_lax, b"Zm9vYg"), b"foob");
        assert_eq!(run(decode_lax, b"Zm9vYmE"), b"fooba");
        assert_eq!(run(decode_lax, b"Zm9vY"), b"foo");
    }

    #[test]
    fn lax_decoding_gives_up_on_a_lone_digit() {
        assert_eq!(run(decode_lax, b"Zm9vY="), b"");
        assert_eq!(run(decode_lax, b"Zm9v9"), b"");
        assert_eq!(run(decode_lax, b"Zm9v9 "), b"foo");
    }
}
