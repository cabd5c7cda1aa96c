//! The matcher against the crate `regex`: random patterns over a few letters, on random texts.

mod dice;

use dice::{Assertions, Dice};
use regex::bytes::{Regex, RegexBuilder};
use waf_matcher::{Caches, Found, Pattern};

/// One side only is what a pattern asks about: of `\B^` and `$^`, regex 1.7 does not find what it finds of `^\B` and `^$`.
const ABOUT_BEFORE: Assertions = &["^", r"\A"];
const ABOUT_BEHIND: Assertions = &["$", r"\z", r"\b", r"\B"];

const PATTERNS: u64 = 500;
const TEXTS: u64 = 40;
const ENOUGH: u64 = u64::MAX;

fn random_pattern(dice: &mut Dice) -> String {
    let assertions = dice.pick(&[ABOUT_BEFORE, ABOUT_BEHIND]);
    dice.pattern(assertions)
}

fn both(pattern: &str) -> (Pattern, Regex) {
    let ours = Pattern::new(pattern).unwrap_or_else(|fault| panic!("{pattern}: {fault}"));
    (ours, RegexBuilder::new(pattern).unicode(false).build().unwrap())
}

fn expected(regex: &Regex, text: &[u8]) -> Found {
    regex.shortest_match(text).map_or(Found::Nowhere, Found::Ends)
}

/// Try random patterns with states kept within a limit.
fn agree(seed: u64, limit: usize) {
    let mut dice = Dice(seed);
    let mut caches = Caches::new(limit);
    for _ in 0..PATTERNS {
        let pattern = random_pattern(&mut dice);
        let (ours, regex) = both(&pattern);
        for _ in 0..TEXTS {
            let text = dice.text();
            let found = ours.shortest(&mut caches, &text, &mut ENOUGH.clone());
            assert_eq!(found, expected(&regex, &text), "{pattern} on {:?}", String::from_utf8_lossy(&text));
        }
    }
}

#[test]
fn random_patterns_find_what_regex_finds() {
    agree(0x9E37_79B9_7F4A_7C15, 1 << 20);
}

#[test]
fn random_patterns_find_the_same_when_states_are_dropped_every_few_bytes() {
    agree(0xD1B5_4A32_D192_ED03, 2_000);
    agree(0x2545_F491_4F6C_DD1D, 0);
}

#[test]
fn with_too_few_steps_there_is_the_right_answer_or_none() {
    let mut dice = Dice(0x853C_49E6_748F_EA9B);
    let mut caches = Caches::new(1 << 16);
    let mut out_of_steps = 0;
    for _ in 0..PATTERNS {
        let pattern = random_pattern(&mut dice);
        let (ours, regex) = both(&pattern);
        for _ in 0..TEXTS {
            let text = dice.text();
            let mut steps = dice.below(400);
            match ours.shortest(&mut caches, &text, &mut steps) {
                Found::OutOfSteps => {
                    assert_eq!(steps, 0, "{pattern}");
                    out_of_steps += 1;
                }
                found => assert_eq!(found, expected(&regex, &text), "{pattern} on {text:?}"),
            }
        }
    }
    assert!(out_of_steps > PATTERNS);
}

#[test]
fn long_texts_that_lead_to_a_new_state_with_each_byte_find_the_same() {
    let mut dice = Dice(0xDA94_2042_E4DD_58B5);
    let patterns =
        ["(?s-u)[ab].{60}c-", "(?s-u)(?:a.{1,80}b){2}-", r"(?s-u)\ba[^c]{5,70}\b-$", "(?s-u)(?:a|ab|b.{9}a)*-c-"];
    for limit in [0, 10_000, 1 << 22] {
        let mut caches = Caches::new(limit);
        for pattern in patterns {
            let (ours, regex) = both(pattern);
            for _ in 0..5 {
                let text: Vec<u8> = (0..2_000).map(|_| dice.pick(b"aaaaaabbbbbbbbc")).chain(*b"c-").collect();
                let found = ours.shortest(&mut caches, &text, &mut ENOUGH.clone());
                assert_eq!(found, expected(&regex, &text), "{pattern}");
            }
            assert!(caches.bytes() <= limit.max(20_000));
        }
    }
}
