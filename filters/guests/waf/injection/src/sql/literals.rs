//! Where the literals of SQL's dialects end.

/// The length up to the closing quote, and whether there is one. A backslash or a second quote escapes it.
pub fn until_quote(body: &[u8], quote: u8) -> (usize, bool) {
    let mut at = 0;
    while at < body.len() {
        if body[at] == b'\\' {
            at += 2;
        } else if body[at] != quote {
            at += 1;
        } else if body.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return (at, true);
        }
    }
    (body.len(), false)
}

/// The length of an unsigned number: decimal with fraction and exponent, hexadecimal or binary.
pub fn number_length(text: &[u8]) -> usize {
    let radix = match text {
        [b'0', b'x' | b'X', digit, ..] if digit.is_ascii_hexdigit() => Some(u8::is_ascii_hexdigit as fn(&u8) -> bool),
        [b'0', b'b' | b'B', b'0' | b'1', ..] => Some(is_binary as fn(&u8) -> bool),
        _ => None,
    };
    if let Some(is_digit) = radix {
        return 2 + run(&text[2..], is_digit);
    }
    let mut length = run(text, u8::is_ascii_digit);
    if text.get(length) == Some(&b'.') {
        length += 1 + run(&text[length + 1..], u8::is_ascii_digit);
    }
    length + exponent_length(&text[length..])
}

fn exponent_length(text: &[u8]) -> usize {
    let sign = match text {
        [b'e' | b'E', b'+' | b'-', digit, ..] if digit.is_ascii_digit() => 2,
        [b'e' | b'E', digit, ..] if digit.is_ascii_digit() => 1,
        _ => return 0,
    };
    sign + run(&text[sign..], u8::is_ascii_digit)
}

fn is_binary(digit: &u8) -> bool {
    matches!(digit, b'0' | b'1')
}

fn run(text: &[u8], wanted: fn(&u8) -> bool) -> usize {
    text.iter().take_while(|byte| wanted(byte)).count()
}

/// The length of PostgreSQL's `$$` or `$tag$`, which opens a literal and closes it.
pub fn dollar_tag(text: &[u8]) -> Option<usize> {
    let tag = text[1..].iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b'_').take(32).count();
    (text.get(1 + tag) == Some(&b'$')).then(|| tag + 2)
}

/// The length of a literal's introducer with its quote (`N'`, `x'`, `_utf8'`), and the quote.
pub fn introducer(text: &[u8]) -> Option<(usize, u8)> {
    match text {
        [b'b' | b'B' | b'e' | b'E' | b'n' | b'N' | b'x' | b'X', b'\'', ..] => Some((2, b'\'')),
        [b'u' | b'U', b'&', quote @ (b'\'' | b'"'), ..] => Some((3, *quote)),
        _ => None,
    }
}

/// The byte that closes Oracle's `q'[…]'`.
pub fn oracle_quote(text: &[u8]) -> Option<u8> {
    match text {
        [b'q' | b'Q', b'\'', b'[', ..] => Some(b']'),
        [b'q' | b'Q', b'\'', b'{', ..] => Some(b'}'),
        [b'q' | b'Q', b'\'', b'(', ..] => Some(b')'),
        [b'q' | b'Q', b'\'', b'<', ..] => Some(b'>'),
        [b'q' | b'Q', b'\'', mark @ (b'!' | b'|' | b'#' | b'~' | b'/'), ..] => Some(*mark),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_at_the_first_quote_that_is_neither_escaped_nor_doubled() {
        assert_eq!(until_quote(b"a' b", b'\''), (1, true));
        assert_eq!(until_quote(b"a\\' b'", b'\''), (5, true));
        assert_eq!(until_quote(b"a'' b'", b'\''), (5, true));
        assert_eq!(until_quote(b"a b", b'\''), (3, false));
        assert_eq!(until_quote(b"a\\", b'\''), (2, false));
    }

    #[test]
    fn a_number_takes_what_belongs_to_it_and_no_more() {
        for (text, length) in [("12 ", 2), ("1.5x", 3), ("1e5", 3), ("1e", 1), ("1e+", 1), ("0xfg", 3), ("0x", 1)] {
            assert_eq!(number_length(text.as_bytes()), length, "{}", text);
        }
    }

    #[test]
    fn a_dollar_tag_has_a_dollar_at_both_ends() {
        assert_eq!(dollar_tag(b"$$x"), Some(2));
        assert_eq!(dollar_tag(b"$ab$x"), Some(4));
        assert_eq!(dollar_tag(b"$ab x"), None);
    }
}
