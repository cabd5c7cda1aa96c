//! Searches in bytes: `@contains`, `@containsWord`, `@within`.

/// Find the first place of a word; the empty one is at the start.
pub fn find(value: &[u8], word: &[u8]) -> Option<usize> {
    match word.split_first() {
        None => Some(0),
        Some((first, tail)) => {
            let starts = value.len().checked_sub(tail.len())?;
            let is_here = |&at: &usize| value[at] == *first && value[at + 1..].starts_with(tail);
            (0..starts).find(is_here)
        }
    }
}

/// Tell whether a value, all of it, is somewhere in a rule's argument; an empty one is.
pub fn within(value: &[u8], argument: &[u8]) -> bool {
    find(argument, value).is_some()
}

/// Tell whether a word is in a value with no ASCII letter right before or behind it.
///
/// Digits and `_` do bound a word, as in ModSecurity; the empty word is everywhere.
pub fn contains_word(value: &[u8], word: &[u8]) -> bool {
    if word.is_empty() {
        return true;
    }
    let mut from = 0;
    while let Some(offset) = find(&value[from..], word) {
        let (start, end) = (from + offset, from + offset + word.len());
        if !ends_in_letter(&value[..start]) && !begins_with_letter(&value[end..]) {
            return true;
        }
        from = start + 1;
    }
    false
}

fn ends_in_letter(text: &[u8]) -> bool {
    text.last().map_or(false, u8::is_ascii_alphabetic)
}

fn begins_with_letter(text: &[u8]) -> bool {
    text.first().map_or(false, u8::is_ascii_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    #[test]
    fn a_search_finds_what_comparing_at_every_place_finds() {
        let mut random = Random::new(3);
        for _ in 0..10_000 {
            let (value, mut word) = (random.value(), random.value());
            word.truncate(2);
            let expected = (0..=value.len()).find(|&at| value[at..].starts_with(&word));
            assert_eq!(find(&value, &word), expected, "{word:?} in {value:?}");
            assert!(expected.is_some() || !contains_word(&value, &word));
        }
    }

    #[test]
    fn a_word_is_found_where_it_begins() {
        assert_eq!(find(b"aab", b"ab"), Some(1));
        assert_eq!(find(b"ab", b"ab"), Some(0));
        assert_eq!(find(b"ab", b""), Some(0));
        assert_eq!(find(b"ab", b"abc"), None);
        assert_eq!(find(b"", b"a"), None);
    }

    #[test]
    fn a_value_is_within_what_holds_all_of_it() {
        assert!(within(b"POST", b"GET POST"));
        assert!(within(b"", b"GET"));
        assert!(!within(b"POST ", b"GET POST"));
        assert!(!within(b"post", b"GET POST"));
    }

    #[test]
    fn letters_bound_no_word() {
        assert!(contains_word(b"select 1", b"select"));
        assert!(contains_word(b"selected select", b"select"));
        assert!(contains_word(b"1select_", b"select"));
        assert!(!contains_word(b"selects", b"select"));
        assert!(!contains_word(b"preselect", b"select"));
    }

    #[test]
    fn the_empty_word_is_everywhere() {
        assert!(contains_word(b"", b""));
        assert!(!contains_word(b"", b"a"));
    }
}
