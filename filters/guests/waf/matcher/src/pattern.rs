//! Patterns, and searches for where they first match.

use crate::automaton::Automaton;
use crate::cache::{DEAD, ENDS_BEFORE, ENDS_BEHIND, UNKNOWN};
use crate::caches::Caches;
use crate::construction::Construction;
use crate::freezing::freeze;
use regex_syntax::ParserBuilder;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many patterns there have been: each finds its states by its number.
static PATTERNS: AtomicUsize = AtomicUsize::new(0);

pub struct Pattern {
    number: usize,
    automaton: Automaton,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// The pattern does not match.
    Nowhere,
    /// The first offset at which a match is known to end.
    Ends(usize),
    /// There were not enough steps to tell.
    OutOfSteps,
}

impl Pattern {
    /// Make a pattern ready, in the syntax of the crate `regex` for bytes, 0.6 of its parser. Says why where that cannot be.
    pub fn new(pattern: &str) -> Result<Pattern, String> {
        let mut parser = ParserBuilder::new().unicode(false).allow_invalid_utf8(true).build();
        let hir = parser.parse(pattern).map_err(|fault| fault.to_string())?;
        let mut construction = Construction::new();
        let whole = construction.make(&hir)?;
        let automaton = freeze(construction, whole)?;
        Ok(Pattern { number: PATTERNS.fetch_add(1, Ordering::Relaxed), automaton })
    }

    /// How many bytes the pattern takes, without the states that its searches come by.
    pub fn bytes(&self) -> usize {
        self.automaton.bytes()
    }

    /// Search a text for the first place where a match ends, as long as there are steps; those taken are subtracted.
    pub fn shortest(&self, caches: &mut Caches, text: &[u8], steps: &mut u64) -> Found {
        if self.automaton.matches_nothing() {
            return Found::Ends(0);
        }
        let automaton = &self.automaton;
        let mut state = caches.start(self.number, automaton, steps);
        let mut at = 0;
        loop {
            let cache = caches.of(self.number);
            let affordable = usize::try_from(*steps).unwrap_or(usize::MAX).min(text.len() - at);
            let (reached, walked) = cache.walk(automaton, state, &text[at..at + affordable]);
            *steps -= walked as u64;
            at += walked;
            let class = match text.get(at) {
                Some(_) if *steps == 0 => return Found::OutOfSteps,
                Some(&byte) => automaton.classes().of(byte),
                None if automaton.looks_ahead() => automaton.classes().end(),
                None => return Found::Nowhere,
            };
            let cell = match cache.cell(reached, class) {
                UNKNOWN => caches.discover(self.number, automaton, reached, class, steps),
                known => Some(known),
            };
            match cell {
                None => return Found::OutOfSteps,
                Some(DEAD) => return Found::Nowhere,
                Some(ENDS_BEFORE) => return Found::Ends(at),
                Some(ENDS_BEHIND) => return Found::Ends(at + 1),
                Some(next) => state = next,
            }
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(pattern: &str, text: &[u8]) -> Option<usize> {
        let pattern = Pattern::new(pattern).unwrap();
        match pattern.shortest(&mut Caches::new(1 << 20), text, &mut u64::MAX.clone()) {
            Found::Ends(end) => Some(end),
            Found::Nowhere => None,
            Found::OutOfSteps => panic!("there are enough"),
        }
    }

    fn refusal(pattern: &str) -> String {
        Pattern::new(pattern).err().unwrap_or_default()
    }

    #[test]
    fn a_literal_is_found_where_it_first_ends() {
        assert_eq!(search("(?s-u)abc", b"ababcabc"), Some(5));
        assert_eq!(search("(?s-u)abc", b"ababab"), None);
        assert_eq!(search(r"(?s-u)\xFF", b"\xFE\xFF"), Some(2));
    }

    #[test]
    fn case_is_ignored_where_the_pattern_says_so() {
        assert_eq!(search("(?is-u)select", b"x SeLeCt"), Some(8));
    }

    #[test]
    fn of_several_matches_the_one_that_ends_first_counts() {
        assert_eq!(search("(?s-u)abcd|bc", b"abcd"), Some(3));
        assert_eq!(search("(?s-u)a+", b"aaa"), Some(1));
        assert_eq!(search("(?s-u)a*", b"aaa"), Some(0));
    }

    #[test]
    fn repetitions_count() {
        assert_eq!(search("(?s-u)^a{3,5}b", b"aab"), None);
        assert_eq!(search("(?s-u)^a{3,5}b", b"aaaaab"), Some(6));
        assert_eq!(search("(?s-u)^a{3,5}b", b"aaaaaab"), None);
        assert_eq!(search("(?s-u)^(?:a|bc){2,}d", b"abcad"), Some(5));
        assert_eq!(search("(?s-u)^a{0}b", b"ab"), None);
        assert_eq!(search("(?s-u)^(?:a?b?){4}c", b"abababac"), Some(8));
    }

    #[test]
    fn what_stands_before_and_behind_decides_about_assertions() {
        assert_eq!(search(r"(?s-u)\bor\b", b"for or"), Some(6));
        assert_eq!(search(r"(?s-u)\Bor\B", b"or fork"), Some(6));
        assert_eq!(search(r"(?m-u)^b$", b"ab\nb\n"), Some(4));
        assert_eq!(search(r"(?s-u)\Ab\z", b"b"), Some(1));
        assert_eq!(search(r"(?s-u)b\z", b"b\n"), None);
        assert_eq!(search(r"(?m-u)\B^", b"b\n"), Some(2));
        assert_eq!(search(r"(?s-u)(?:\b|-)+$", b"a-"), Some(2));
    }

    #[test]
    fn characters_beyond_ascii_are_their_bytes_in_utf8() {
        assert_eq!(search("(?u)é", "caf\u{e9}".as_bytes()), Some(5));
        assert_eq!(search("(?u)[à-ü€]f", "\u{e9}\u{20ac}f".as_bytes()), Some(6));
        assert_eq!(search("(?u)[à-ü]", b"\xC3x\xA9"), None);
    }

    #[test]
    fn alternatives_that_begin_alike_are_told_apart() {
        let words = "(?s-u)^(?:in|into|int|interval|outfile|out|)$";
        for word in ["in", "into", "int", "interval", "outfile", "out", ""] {
            assert_eq!(search(words, word.as_bytes()), Some(word.len()));
        }
        assert_eq!(search(words, b"inter"), None);
        let long = "a".repeat(500);
        assert_eq!(search(&format!("(?s-u){long}b|{long}c"), format!("{long}c").as_bytes()), Some(501));
    }

    #[test]
    fn patterns_beyond_the_cap_are_refused_and_say_why() {
        assert!(refusal("(?s-u)(?:a{1000}){1000}").contains("too large"));
        assert!(refusal("(?s-u)(?:[ab]?[bc]?){3000}(?:(?:a|\\b){1,3000})").contains("too large"));
        assert!(refusal("(?s-u)(a").contains("unclosed"));
        assert!(refusal(r"\b(?u)\b").contains("Unicode"));
    }

    #[test]
    fn repetitions_of_nothing_take_no_time_however_often_they_repeat() {
        assert_eq!(search(r"(?s-u)(?:(?:(?:\b){1000}){1000}){1000}a", b"a"), Some(1));
    }

    #[test]
    fn an_ordinary_byte_takes_a_step_once_states_are_known() {
        let pattern = Pattern::new("(?s-u)union.+select").unwrap();
        let mut caches = Caches::new(1 << 20);
        let text = [b'x'; 1000];
        pattern.shortest(&mut caches, &text, &mut u64::MAX.clone());
        let mut steps = 1000;
        assert_eq!(pattern.shortest(&mut caches, &text, &mut steps), Found::Nowhere);
        assert_eq!(steps, 0);
        let mut steps = 999;
        assert_eq!(pattern.shortest(&mut caches, &text, &mut steps), Found::OutOfSteps);
    }

    #[test]
    fn an_anchored_pattern_ends_at_the_first_byte_that_does_not_fit() {
        let pattern = Pattern::new(r"(?s-u)^(?:GET|POST)\b").unwrap();
        let mut steps = 1000;
        assert_eq!(pattern.shortest(&mut Caches::new(1 << 20), &[b'x'; 100_000], &mut steps), Found::Nowhere);
    }
}
