//! The cheap first test, which most values of most requests pass.

/// Whether a value is one word of letters, digits, `_`, `.` and lone hyphens: no second token can follow its first.
pub fn is_plain(value: &[u8]) -> bool {
    let mut before = b'-';
    value.iter().all(|byte| {
        let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || (*byte == b'-' && before != b'-');
        before = *byte;
        plain
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_word_is_plain() {
        for value in ["", "word", "first.last", "2024-01-02", "snake_case", "550e8400-e29b-41d4-a716-446655440000"] {
            assert!(is_plain(value.as_bytes()), "{}", value);
        }
    }

    #[test]
    fn what_may_be_two_tokens_is_not_plain() {
        for value in ["two words", "1--", "--", "it's", "a=b", "f()", "\u{e9}t\u{e9}"] {
            assert!(!is_plain(value.as_bytes()), "{}", value);
        }
    }
}
