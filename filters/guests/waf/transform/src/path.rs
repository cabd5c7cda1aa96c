//! Paths without empty segments, self-references and back-references: `normalisePath`, `normalisePathWin`.
//!
//! Only a segment's end is looked at, as ModSecurity does it: `..` is a back-reference behind any name (`name..`),
//! a relative path keeps those that lead above its start, and `/..` is empty, since no slash ends it.

/// Normalise a path of `/`.
pub fn normalise(input: &[u8], output: &mut Vec<u8>) {
    Path { input, windows: false, above_start: false }.write(output);
}

/// Normalise a path whose backslashes are slashes.
///
/// As in ModSecurity, of three or more slashes in a row the last one stays a backslash if it was one.
pub fn normalise_windows(input: &[u8], output: &mut Vec<u8>) {
    Path { input, windows: true, above_start: false }.write(output);
}

struct Path<'a> {
    input: &'a [u8],
    windows: bool,
    /// Whether a back-reference has led above the start, and no segment down again.
    above_start: bool,
}

enum Step {
    Copy,
    Skip,
    End,
}

impl Path<'_> {
    fn write(mut self, output: &mut Vec<u8>) {
        let mut at = 0;
        while at < self.input.len() {
            let step = if self.ends_segment(at) { self.end_segment(at, output) } else { Step::Copy };
            at = match step {
                Step::Copy => self.copy(at, at, output),
                Step::Skip => self.copy(at + 1, at, output),
                Step::End => break,
            };
        }
        let closed = self.input.len().checked_sub(1).map_or(false, |last| self.is_slash(last));
        if !closed && output.last() == Some(&b'/') {
            output.pop();
        }
    }

    fn is_slash(&self, at: usize) -> bool {
        self.input.get(at).map_or(false, |&byte| byte == b'/' || self.windows && byte == b'\\')
    }

    fn is_relative(&self) -> bool {
        !self.is_slash(0)
    }

    fn is_last(&self, at: usize) -> bool {
        at + 1 == self.input.len()
    }

    fn ends_segment(&self, at: usize) -> bool {
        self.is_last(at) || self.is_slash(at + 1)
    }

    /// Decide about the last byte of a segment, behind which a slash or nothing comes.
    fn end_segment(&mut self, at: usize, output: &mut Vec<u8>) -> Step {
        if self.input[at] != b'.' {
            self.above_start &= self.is_slash(at) || output.is_empty();
            return Step::Copy;
        }
        let step = if self.is_last(at) { Step::End } else { Step::Skip };
        match output.last() {
            Some(b'.') if self.is_relative() && (self.above_start || output.len() <= 2) => {
                self.above_start = true;
                Step::Copy
            }
            Some(b'.') => {
                self.climb(at, output);
                step
            }
            Some(b'/') if self.is_last(at) => Step::End,
            Some(b'/') => {
                output.pop();
                Step::Skip
            }
            Some(_) => Step::Copy,
            None => step,
        }
    }

    /// Take back what is before the back-reference that ends here, up to a slash.
    fn climb(&mut self, at: usize, output: &mut Vec<u8>) {
        let before = output.get(..output.len().saturating_sub(2)).unwrap_or_default();
        let kept = before.iter().rposition(|&byte| byte == b'/').unwrap_or(0);
        // Only a backslash stays for good, a slash goes at the end.
        let root = kept == 0 && !self.is_relative() && self.is_last(at);
        self.above_start |= kept == 0;
        output.truncate(kept + usize::from(root));
    }

    /// Copy a byte, or one slash of several; give the place behind. `seen` is where backslashes were last made slashes.
    fn copy(&self, at: usize, seen: usize, output: &mut Vec<u8>) -> usize {
        if !self.is_slash(at) {
            output.push(self.input[at]);
            return at + 1;
        }
        let end = (at..self.input.len()).find(|&next| !self.is_slash(next)).unwrap_or(self.input.len());
        if self.is_relative() && output.is_empty() {
            return end;
        }
        output.push(if end - 1 <= seen + 1 { b'/' } else { self.input[end - 1] });
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[track_caller]
    fn assert_paths(transform: fn(&[u8], &mut Vec<u8>), paths: &[(&str, &str)]) {
        for (input, expected) in paths {
            assert_eq!(String::from_utf8_lossy(&run(transform, input.as_bytes())), *expected, "of {input}");
        }
    }

    #[test]
    fn empty_segments_and_self_references_go() {
        assert_paths(
            normalise,
            &[("/a//b///c", "/a/b/c"), ("//", "/"), ("/./a/./b/.", "/a/b"), ("./a", "a"), (".", "")],
        );
    }

    #[test]
    fn back_references_take_a_segment_back() {
        assert_paths(normalise, &[("/a/b/../c", "/a/c"), ("a/../b", "b"), ("/a/..", ""), ("a/b/..", "a")]);
    }

    #[test]
    fn no_back_reference_leads_above_the_root() {
        assert_paths(normalise, &[("/../../etc/passwd", "/etc/passwd"), ("/..", ""), ("/a/../../b/", "/b/")]);
    }

    #[test]
    fn a_relative_path_keeps_those_above_its_start() {
        assert_paths(normalise, &[("../a", "../a"), ("..", ".."), ("../../a", "../../a"), ("a/../../b", "../b")]);
    }

    #[test]
    fn a_trailing_slash_stays_and_none_is_added() {
        assert_paths(
            normalise,
            &[("/a/b/", "/a/b/"), ("/a/./", "/a/"), ("/a/.", "/a"), ("/", "/"), ("/.", ""), ("", "")],
        );
    }

    #[test]
    fn a_name_that_ends_in_two_dots_is_a_back_reference() {
        assert_paths(normalise, &[("/a/b../c", "/a/c"), ("/a/.../c", "/a/c"), ("/a/b./c", "/a/b./c")]);
    }

    #[test]
    fn backslashes_are_slashes_on_windows_only() {
        assert_paths(normalise_windows, &[(r"a\\b\..\c\", "a/c/"), (r"\x\.\y", "/x/y"), (r"..\a", "../a")]);
        assert_paths(normalise, &[(r"a\..\b", r"a\..\b")]);
    }

    #[test]
    fn the_last_of_three_backslashes_stays_one() {
        assert_paths(normalise_windows, &[(r"a\\\b", r"a\b"), (r"a\\/b", "a/b")]);
    }
}
