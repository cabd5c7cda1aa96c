//! White space and NULs: `removeWhitespace`, `compressWhitespace`, `trim…`, `removeNulls`, `replaceNulls`.

use crate::rewrite::rewrite;

/// Tell white space as C's `isspace` does: ASCII's, and the vertical tab.
pub const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// Remove white space, and the bytes of a no-break space (Latin-1's and UTF-8's) wherever they are.
pub fn remove(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, |byte| is_space(byte) || matches!(byte, 0xA0 | 0xC2), |_| (None, 1));
}

/// Make every run of white space one space.
pub fn compress(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, is_space, |head| {
        let run = head.iter().take_while(|&&byte| is_space(byte)).count();
        (Some(b' '), run)
    });
}

pub fn trim(input: &[u8], output: &mut Vec<u8>) {
    output.extend_from_slice(without_end(without_start(input)));
}

pub fn trim_left(input: &[u8], output: &mut Vec<u8>) {
    output.extend_from_slice(without_start(input));
}

pub fn trim_right(input: &[u8], output: &mut Vec<u8>) {
    output.extend_from_slice(without_end(input));
}

pub fn remove_nulls(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, |byte| byte == 0, |_| (None, 1));
}

/// Make every NUL a space.
pub fn replace_nulls(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, |byte| byte == 0, |_| (Some(b' '), 1));
}

fn without_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_space(byte)).unwrap_or(text.len());
    &text[start..]
}

fn without_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| !is_space(byte)).map_or(0, |last| last + 1);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn white_space_of_every_kind_is_removed() {
        assert_eq!(run(remove, b" a\t\n\x0b\x0c\r b\xA0c\xC2\xA0 "), b"abc");
    }

    #[test]
    fn removing_takes_the_lead_byte_of_other_characters_too() {
        assert_eq!(run(remove, "£".as_bytes()), b"\xA3");
    }

    #[test]
    fn runs_become_one_space() {
        assert_eq!(run(compress, b"\ta \n b\x0b"), b" a b ");
        assert_eq!(run(compress, b"a\xA0 b"), b"a\xA0 b");
    }

    #[test]
    fn trimming_takes_either_end_or_both() {
        assert_eq!(run(trim, b"\t a b\r\n"), b"a b");
        assert_eq!(run(trim_left, b"\t a b\r\n"), b"a b\r\n");
        assert_eq!(run(trim_right, b"\t a b\r\n"), b"\t a b");
    }

    #[test]
    fn trimming_white_space_alone_leaves_nothing() {
        for transform in [trim, trim_left, trim_right] {
            assert_eq!(run(transform, b" \t"), b"");
            assert_eq!(run(transform, b""), b"");
        }
    }

    #[test]
    fn nulls_go_or_become_spaces() {
        assert_eq!(run(remove_nulls, b"\0a\0\0b\0"), b"ab");
        assert_eq!(run(replace_nulls, b"\0a\0\0b\0"), b" a  b ");
    }
}
