//! Bytes written as text: base64url (RFC 4648 §5) without padding, and hexadecimal.

/// Read base64url. Only what an encoder writes is accepted: no padding, no white space, no bits left over.
pub fn base64url(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0_u32, 0);
    for letter in text.bytes() {
        bits = bits << 6 | sextet(letter)?;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    (count < 6 && bits == 0).then_some(bytes)
}

fn sextet(letter: u8) -> Option<u32> {
    let value = match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'-' => 62,
        b'_' => 63,
        _ => return None,
    };
    Some(value.into())
}

/// Read pairs of hexadecimal digits.
pub fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() % 2 != 0 {
        return None;
    }
    let digit = |letter: u8| (letter as char).to_digit(16);
    text.as_bytes().chunks_exact(2).map(|pair| Some((digit(pair[0])? << 4 | digit(pair[1])?) as u8)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_4648_are_read() {
        let examples =
            [("", ""), ("Zg", "f"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob"), ("Zm9vYmFy", "foobar")];
        for (text, bytes) in examples {
            assert_eq!(base64url(text), Some(bytes.as_bytes().to_vec()));
        }
        assert_eq!(base64url("-_-_"), Some(vec![0xfb, 0xff, 0xbf]));
    }

    #[test]
    fn what_no_encoder_writes_is_refused() {
        for text in ["Z", "Zh", "Zm9", "Zg==", "Zm9v\n", "Zm 9", "Zm+v", "Zm/v", "Zmé", "Zm9vZ"] {
            assert_eq!(base64url(text), None, "{text}");
        }
    }

    #[test]
    fn hexadecimal_is_read_in_either_case() {
        assert_eq!(hex("00fFa9"), Some(vec![0, 255, 169]));
        for text in ["0", "0g", "é0", "+1"] {
            assert_eq!(hex(text), None, "{text}");
        }
    }
}
