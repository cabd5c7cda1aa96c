//! One look at a value tells which rules can match it at all: those of whose literals one stands there.

use crate::values::{Scan, Subject, Values};
use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use std::collections::BTreeMap;

/// A rule's bit, in the order in which rules with literals were told to the filter.
pub type Gate = u16;

#[derive(Default)]
pub struct Literals {
    owners: BTreeMap<Vec<u8>, Vec<Gate>>,
    gates: Gate,
}

impl Literals {
    /// Take a rule in that can match only where one of these stands, whatever the case of its letters.
    pub fn open(&mut self, texts: impl IntoIterator<Item = Vec<u8>>) -> Gate {
        let gate = self.gates;
        self.gates += 1;
        for mut text in texts {
            text.make_ascii_lowercase();
            let owners = self.owners.entry(text).or_default();
            if owners.last() != Some(&gate) {
                owners.push(gate);
            }
        }
        gate
    }
}

pub struct Prefilter {
    automaton: AhoCorasick<u32>,
    owners: Vec<Vec<Gate>>,
    words: usize,
}

impl Prefilter {
    /// Build the automaton; fails only for more literals than 32 bits can count.
    pub fn new(literals: Literals) -> Result<Self, String> {
        let (texts, owners): (Vec<_>, Vec<_>) = literals.owners.into_iter().unzip();
        let automaton = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .dfa(true)
            .build_with_size(&texts)
            .map_err(|fault| format!("the rules' literals are too many: {fault}"))?;
        Ok(Prefilter { automaton, owners, words: usize::from(literals.gates) / 64 + 1 })
    }

    /// How many words the bits of all rules take.
    pub fn words(&self) -> usize {
        self.words
    }

    pub fn scan(&self, values: &mut Values, subject: Subject) -> Scan {
        match values.scan(subject) {
            Scan::NotYet => values.keep_scan(subject, self.words, |text, bits| self.look(text, bits)),
            known => known,
        }
    }

    /// Return the first literal of a rule that stands in a text.
    pub fn first<'t>(&self, text: &'t [u8], gate: Gate) -> Option<&'t [u8]> {
        let mut found = self.automaton.find_overlapping_iter(text);
        let own = found.find(|literal| self.owners[literal.pattern()].contains(&gate))?;
        text.get(own.start()..own.end())
    }

    fn look(&self, text: &[u8], bits: &mut [u64]) -> bool {
        let mut found = false;
        for literal in self.automaton.find_overlapping_iter(text) {
            found = true;
            for &gate in &self.owners[literal.pattern()] {
                bits[usize::from(gate) / 64] |= 1 << (gate % 64);
            }
        }
        found
    }
}
