//! `name=value&…` of a query or a form (application/x-www-form-urlencoded).

use crate::caps::{Caps, Overflow};
use crate::fields::Fields;

/// Add the arguments to `fields`, decoded; the caps are for all that `fields` then holds.
///
/// As libmodsecurity has them: an argument may have an empty name or no `=`, an empty one is one too unless it is the
/// last, and an escape that is none stays as it is.
pub fn urlencoded(input: &[u8], separator: u8, caps: &Caps, fields: &mut Fields) -> Option<Overflow> {
    if input.is_empty() {
        return None;
    }
    let arguments = input.strip_suffix(&[separator]).unwrap_or(input);
    arguments.split(|byte| *byte == separator).find_map(|argument| add(argument, caps, fields).err())
}

fn add(argument: &[u8], caps: &Caps, fields: &mut Fields) -> Result<(), Overflow> {
    let mut sides = argument.splitn(2, |byte| *byte == b'=');
    fields.write(caps, |text| {
        decode(sides.next().unwrap_or_default(), text);
        let middle = text.len();
        decode(sides.next().unwrap_or_default(), text);
        Ok(middle)
    })
}

/// Append `encoded` to `text` with `%hh` and `+` decoded.
fn decode(encoded: &[u8], text: &mut Vec<u8>) {
    let mut rest = encoded;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'%' | b'+')) {
        text.extend_from_slice(&rest[..at]);
        let (byte, taken) = match rest[at..] {
            [b'+', ..] => (b' ', 1),
            [_, high, low, ..] => hex(high).zip(hex(low)).map_or((b'%', 1), |(high, low)| (high << 4 | low, 3)),
            _ => (b'%', 1),
        };
        text.push(byte);
        rest = &rest[at + taken..];
    }
    text.extend_from_slice(rest);
}

pub(crate) fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::Noise;

    const CAPS: Caps = Caps { arguments: 100, depth: 0, text_bytes: 1000 };

    fn read(input: &str) -> Vec<(String, String)> {
        let mut fields = Fields::default();
        assert_eq!(urlencoded(input.as_bytes(), b'&', &CAPS, &mut fields), None);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        fields.iter().map(|(name, value)| (text(name), text(value))).collect()
    }

    fn check(input: &str, wanted: &[(&str, &str)]) {
        let wanted: Vec<_> = wanted.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        assert_eq!(read(input), wanted, "{input}");
    }

    #[test]
    fn names_and_values_are_decoded() {
        check("a=1&b+c=%3Cx%3e+y&%61%3d=%26", &[("a", "1"), ("b c", "<x> y"), ("a=", "&")]);
    }

    #[test]
    fn escapes_that_are_none_stay() {
        check("a=%&b=%4&c=%zz%41&d=%%41%u0041", &[("a", "%"), ("b", "%4"), ("c", "%zzA"), ("d", "%A%u0041")]);
    }

    #[test]
    fn names_and_values_may_be_missing() {
        check("a&=b&=&c==d=", &[("a", ""), ("", "b"), ("", ""), ("c", "=d=")]);
    }

    #[test]
    fn empty_arguments_count_but_for_the_last() {
        check("", &[]);
        check("&", &[("", "")]);
        check("a=1&&a=2&", &[("a", "1"), ("", ""), ("a", "2")]);
    }

    #[test]
    fn another_separator_leaves_ampersands_alone() {
        let mut fields = Fields::default();
        assert_eq!(urlencoded(b"a=1&b;c=2", b';', &CAPS, &mut fields), None);
        assert_eq!(fields.iter().collect::<Vec<_>>(), [(&b"a"[..], &b"1&b"[..]), (b"c", b"2")]);
    }

    #[test]
    fn ten_thousand_arguments_are_read_or_are_too_many() {
        let input: Vec<u8> = (0..10_000).flat_map(|n| format!("a{n}={n}&").into_bytes()).collect();
        let mut fields = Fields::default();
        let caps = Caps { arguments: 10_000, text_bytes: input.len(), ..CAPS };
        assert_eq!(urlencoded(&input, b'&', &caps, &mut fields), None);
        assert_eq!(fields.get(9_999), Some((&b"a9999"[..], &b"9999"[..])));
        fields.clear();
        let caps = Caps { arguments: 9_999, ..caps };
        assert_eq!(urlencoded(&input, b'&', &caps, &mut fields), Some(Overflow::Arguments));
        assert_eq!(fields.len(), 9_999);
    }

    #[test]
    fn text_over_the_cap_is_reported() {
        let mut fields = Fields::default();
        let caps = Caps { text_bytes: 5, ..CAPS };
        assert_eq!(urlencoded(b"a=12&b=34", b'&', &caps, &mut fields), Some(Overflow::Text));
        assert_eq!(fields.iter().collect::<Vec<_>>(), [(&b"a"[..], &b"12"[..])]);
    }

    #[test]
    fn any_bytes_are_read() {
        let mut noise = Noise::new();
        for _ in 0..2_000 {
            let input = noise.of(&[b"%", b"+", b"=", b"&", b"a", b"4", b"\0", b"\xff"], 30);
            let mut fields = Fields::default();
            let separators = input.iter().filter(|byte| **byte == b'&').count();
            assert_eq!(urlencoded(&input, b'&', &CAPS, &mut fields), None);
            assert!(fields.len() == separators || fields.len() == separators + 1);
        }
    }
}
