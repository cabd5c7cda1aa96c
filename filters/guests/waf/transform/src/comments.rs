//! Comments of SQL, C and HTML: `removeComments`, `replaceComments`, `removeCommentsChar`.

use crate::rewrite::{literally, rewrite, Replacement};

/// The order matters where one begins like another.
const MARKS: [&[u8]; 6] = [b"/*", b"*/", b"<!--", b"-->", b"--", b"#"];

/// Make each `/* … */` one space, an unfinished one too.
pub fn replace(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, |byte| byte == b'/', space);
}

/// Remove the marks of comments and keep what they hold.
pub fn remove_marks(input: &[u8], output: &mut Vec<u8>) {
    rewrite(input, output, |byte| matches!(byte, b'/' | b'*' | b'<' | b'-' | b'#'), mark);
}

/// Remove `/* … */` and `<!-- … -->`, and all from `--` or `#` on; an unfinished comment leaves a space.
///
/// As in ModSecurity, either end ends either comment, and the byte behind it is kept whatever it is (a NUL behind the
/// last).
pub fn remove(input: &[u8], output: &mut Vec<u8>) {
    let mut rest = input;
    while let Some((plain, comment)) = split(rest) {
        output.extend_from_slice(plain);
        let body = match comment {
            Comment::Line => return,
            Comment::Block(body) => body,
        };
        match after(body) {
            Some(behind) => {
                output.push(behind.first().copied().unwrap_or(0));
                rest = behind.get(1..).unwrap_or_default();
            }
            None => return output.push(b' '),
        }
    }
    output.extend_from_slice(rest);
}

enum Comment<'a> {
    Line,
    /// With what follows its mark.
    Block(&'a [u8]),
}

/// Split a text before its first comment.
fn split(text: &[u8]) -> Option<(&[u8], Comment<'_>)> {
    (0..text.len()).find_map(|start| {
        let comment = match &text[start..] {
            [b'/', b'*', body @ ..] | [b'<', b'!', b'-', b'-', body @ ..] => Comment::Block(body),
            [b'-', b'-', ..] | [b'#', ..] => Comment::Line,
            _ => return None,
        };
        Some((&text[..start], comment))
    })
}

/// Give what is behind the first end of a comment.
fn after(body: &[u8]) -> Option<&[u8]> {
    (0..body.len()).find_map(|end| body[end..].strip_prefix(b"*/").or_else(|| body[end..].strip_prefix(b"-->")))
}

fn space(head: &[u8]) -> Replacement {
    match head {
        [b'/', b'*', body @ ..] => {
            let end = body.windows(2).position(|pair| pair == b"*/");
            (Some(b' '), end.map_or(head.len(), |end| end + 4))
        }
        _ => literally(head),
    }
}

fn mark(head: &[u8]) -> Replacement {
    let found = MARKS.iter().find(|mark| head.starts_with(mark));
    found.map_or_else(|| literally(head), |mark| (None, mark.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn block_comments_become_a_space() {
        assert_eq!(run(replace, b"a/*b*/c/**/d"), b"a c d");
        assert_eq!(run(replace, b"a/*b/*c*/d*/"), b"a d*/");
    }

    #[test]
    fn an_unfinished_comment_becomes_a_space() {
        assert_eq!(run(replace, b"a/*b"), b"a ");
        assert_eq!(run(replace, b"a/*/"), b"a ");
        assert_eq!(run(replace, b"/*"), b" ");
    }

    #[test]
    fn other_slashes_are_not_replaced() {
        assert_eq!(run(replace, b"a/b*/c--#<!--/"), b"a/b*/c--#<!--/");
    }

    #[test]
    fn marks_go_and_what_they_hold_stays() {
        assert_eq!(run(remove_marks, b"a/*b*/c<!--d-->e--f#g"), b"abcdefg");
        assert_eq!(run(remove_marks, b"--->/-*<!-"), b"->/-*<!-");
    }

    #[test]
    fn removed_marks_form_no_new_ones() {
        assert_eq!(run(remove_marks, b"/#*-#-"), b"/*--");
    }

    #[test]
    fn comments_are_removed_but_for_the_byte_behind() {
        assert_eq!(run(remove, b"a/*b*/c<!-- d -->e"), b"ace");
        assert_eq!(run(remove, b"/*a*//*b*/"), b"/*b*/");
        assert_eq!(run(remove, b"a/*b*/"), b"a\0");
    }

    #[test]
    fn either_end_ends_either_comment() {
        assert_eq!(run(remove, b"a/*b-->c<!--d*/e"), b"ace");
    }

    #[test]
    fn line_comments_cut_the_rest() {
        assert_eq!(run(remove, b"a-b--c"), b"a-b");
        assert_eq!(run(remove, b"a#b"), b"a");
    }

    #[test]
    fn an_unfinished_comment_leaves_a_space() {
        assert_eq!(run(remove, b"a/*b"), b"a ");
        assert_eq!(run(remove, b"a<!--"), b"a ");
    }
}
