//! Character references, as far as a scheme's name may hide in them.

/// A text's bytes with references to ASCII replaced; references to anything else come out as a byte above ASCII.
pub struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Decoder { rest: text }
    }
}

const BEYOND_ASCII: u8 = 0xFF;

const NAMED: [(&[u8], u8); 5] =
    [(b"tab;", b'\t'), (b"newline;", b'\n'), (b"colon;", b':'), (b"nbsp;", BEYOND_ASCII), (b"sol;", b'/')];

impl<'a> Iterator for Decoder<'a> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        let (byte, length) = match self.rest {
            [b'&', b'#', b'x' | b'X', digits @ ..] => number(digits, 16).map(|(byte, length)| (byte, length + 3)),
            [b'&', b'#', digits @ ..] => number(digits, 10).map(|(byte, length)| (byte, length + 2)),
            [b'&', name @ ..] => named(name),
            _ => None,
        }
        .or_else(|| self.rest.first().map(|byte| (*byte, 1)))?;
        self.rest = &self.rest[length..];
        Some(byte)
    }
}

/// A number's character and the length of its digits with the semicolon, which may be missing.
fn number(text: &[u8], radix: u32) -> Option<(u8, usize)> {
    let digits = text.iter().take_while(|byte| (**byte as char).is_digit(radix)).count();
    if digits == 0 {
        return None;
    }
    let value = text[..digits].iter().fold(0u32, |value, byte| {
        value.saturating_mul(radix).saturating_add((*byte as char).to_digit(radix).unwrap_or(0))
    });
    let semicolon = (text.get(digits) == Some(&b';')) as usize;
    Some((if value < 0x80 { value as u8 } else { BEYOND_ASCII }, digits + semicolon))
}

fn named(text: &[u8]) -> Option<(u8, usize)> {
    let known =
        NAMED.iter().find(|(name, _)| text.get(..name.len()).map_or(false, |start| start.eq_ignore_ascii_case(name)));
    known.map(|(name, byte)| (*byte, name.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(text: &str) -> Vec<u8> {
        Decoder::new(text.as_bytes()).collect()
    }

    #[test]
    fn numbers_and_names_become_their_characters() {
        assert_eq!(decoded("&#97;&#x62&#X63;&colon;&Tab;"), b"abc:\t");
    }

    #[test]
    fn what_is_no_reference_stays() {
        assert_eq!(decoded("& &# &#x; &amp;"), b"& &# &#x; &amp;");
    }

    #[test]
    fn a_number_beyond_ascii_never_becomes_a_letter() {
        assert_eq!(decoded("&#99999999999999999999;&#256;"), [BEYOND_ASCII, BEYOND_ASCII]);
    }
}
