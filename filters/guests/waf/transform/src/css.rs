//! Escapes of CSS 2 (§4.1.3): `cssDecode`.

use crate::best_fit::low_byte;
use crate::hex;
use crate::rewrite::{rewrite, Replacement};
use crate::whitespace::is_space;

/// Decode escapes of one to six digits to one byte each, and drop other backslashes, one at the very end too.
///
/// ModSecurity before 3.0.13 also loses what follows a NUL; that was mended there, and is not here.
pub fn decode(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, |byte| byte == b'\\', escape);
}

fn escape(head: &[u8]) -> Replacement {
    match head {
        [_, b'\n', ..] => (None, 2),
        [_, first, ..] => match point(&head[1..]) {
            Some((point, taken)) => (Some(low_byte(point)), taken),
            None => (Some(*first), 2),
        },
        _ => (None, 1),
    }
}

/// Read up to six digits and the one white space that may end them: the code point, and the escape's length.
fn point(text: &[u8]) -> Option<(u32, usize)> {
    let digits = text.iter().take(6).map_while(|&byte| hex::digit(byte));
    let (point, length) = digits.fold((0, 0), |(point, length), digit| (point << 4 | u32::from(digit), length + 1));
    let space = text.get(length).map_or(false, |&byte| is_space(byte));
    (length > 0).then_some((point, 1 + length + usize::from(space)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn one_to_six_digits_make_a_byte() {
        assert_eq!(run(decode, b"\\9z\\6az\\06az\\006az\\0006az\\00006a1"), b"\tzjzjzjzjzj1");
    }

    #[test]
    fn only_the_last_two_digits_count() {
        assert_eq!(run(decode, b"\\1234"), b"4");
        assert_eq!(run(decode, b"\\fff"), b"\xFF");
    }

    #[test]
    fn full_width_forms_are_ascii() {
        assert_eq!(run(decode, b"\\ff1c\\0ff1c\\00ff1c"), b"<<<");
        assert_eq!(run(decode, b"\\1ff1c\\10ff1c"), b"\x1C\x1C");
    }

    #[test]
    fn one_white_space_ends_an_escape() {
        assert_eq!(run(decode, b"\\61 b\\61\t\tb\\00006a z"), b"aba\tbjz");
        assert_eq!(run(decode, b"\\61 "), b"a");
    }

    #[test]
    fn other_backslashes_go() {
        assert_eq!(run(decode, b"ja\\vascript\\:\\\\"), b"javascript:\\");
        assert_eq!(run(decode, b"a\\\nb"), b"ab");
        assert_eq!(run(decode, b"a\\"), b"a");
    }
}
