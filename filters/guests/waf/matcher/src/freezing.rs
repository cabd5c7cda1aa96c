//! From positions and links to words of bits.

use crate::automaton::{Automaton, Branch, Link, Word};
use crate::bits::words_for;
use crate::boundary::{Places, Side};
use crate::byteset::ByteSet;
use crate::classes::Classes;
use crate::construction::Construction;
use crate::fragment::{End, Fragment};
use crate::positions::{by_places, Positions, START};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Make the automaton of a whole pattern.
pub fn freeze(construction: Construction, whole: Fragment) -> Result<Automaton, String> {
    let Construction { mut positions, knows_lines, knows_words, .. } = construction;
    let start = End { position: START, at: Places::ALL };
    positions.link(&[start], &whole.first)?;
    if is_anchored(&whole) {
        positions.bytes[START as usize] = ByteSet::default();
    } else {
        positions.link(&[start], &[start])?;
    }
    let sets: BTreeSet<_> = positions.bytes.iter().copied().collect();
    let classes = Classes::new(sets.into_iter(), |byte| match byte {
        b'\n' if knows_lines => Side::Newline,
        b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' if knows_words => Side::Word,
        _ => Side::Other,
    });
    let mut freezer = Freezer::new(classes, &positions);
    for link in &positions.links {
        freezer.link(&link.sources, &link.targets, link.at);
    }
    let mut last = whole.last;
    last.push(End { position: START, at: whole.empty });
    freezer.end(&last);
    Ok(freezer.finish())
}

fn is_anchored(whole: &Fragment) -> bool {
    whole.empty.is_within(Places::START) && whole.first.iter().all(|end| end.at.is_within(Places::START))
}

struct Freezer {
    automaton: Automaton,
    /// By position: the numbers of its links.
    links_of: Vec<Vec<u32>>,
}

impl Freezer {
    fn new(classes: Classes, positions: &Positions) -> Self {
        let count = positions.bytes.len();
        let automaton = Automaton {
            takers: takers(&classes, &positions.bytes),
            classes,
            words: vec![Word::default(); words_for(count)],
            branch_of: Vec::new(),
            branches: Vec::new(),
            link_lists: Vec::new(),
            links: Vec::new(),
            targets: Vec::new(),
            looks_ahead: false,
        };
        Freezer { automaton, links_of: vec![Vec::new(); count] }
    }

    /// Let the targets follow the sources: by a step or a stay where that is all, else by a branch.
    fn link(&mut self, sources: &[u32], targets: &[u32], at: Places) {
        if at != Places::ALL {
            return self.branch(sources.to_vec(), targets.to_vec(), at, false);
        }
        match (sources, targets) {
            (&[source], targets) => {
                let others: Vec<u32> = targets.iter().copied().filter(|&target| !self.moves(source, target)).collect();
                self.branch(vec![source], others, at, false);
            }
            (sources, &[target]) => {
                let others = sources.iter().copied().filter(|&source| !self.moves(source, target)).collect();
                self.branch(others, vec![target], at, false);
            }
            (sources, targets) => self.branch(sources.to_vec(), targets.to_vec(), at, false),
        }
    }

    /// Let matches end at these places.
    fn end(&mut self, last: &[End]) {
        for (at, positions) in by_places(last) {
            match at {
                Places::NONE => {}
                Places::ALL => positions.iter().for_each(|&position| {
                    let (word, bit) = place(position);
                    self.automaton.words[word].ends |= bit;
                }),
                _ => {
                    self.automaton.looks_ahead = true;
                    self.branch(positions, Vec::new(), at, true);
                }
            }
        }
    }

    /// Note a move to the next position or the same; false if it is another.
    fn moves(&mut self, source: u32, target: u32) -> bool {
        let (word, bit) = place(source);
        if target == source {
            self.automaton.words[word].stays |= bit;
        } else if target == source + 1 {
            self.automaton.words[word].steps |= bit;
        }
        target == source || target == source + 1
    }

    fn branch(&mut self, sources: Vec<u32>, targets: Vec<u32>, at: Places, ends: bool) {
        if sources.is_empty() || targets.is_empty() && !ends {
            return;
        }
        let number = self.automaton.links.len() as u32;
        for source in sources {
            let (word, bit) = place(source);
            let word = &mut self.automaton.words[word];
            word.branches |= bit;
            if at.depends_on_left() {
                word.looks_back |= bit;
            }
            self.links_of[source as usize].push(number);
        }
        let targets = append(&mut self.automaton.targets, by_word(&targets));
        self.automaton.links.push(Link { at, ends, targets });
    }

    fn finish(mut self) -> Automaton {
        let automaton = &mut self.automaton;
        automaton.branch_of = vec![0; self.links_of.len()];
        let mut lists: BTreeMap<&[u32], Range<u32>> = BTreeMap::new();
        let mut branches: BTreeMap<(usize, &[u32]), u32> = BTreeMap::new();
        for (position, list) in self.links_of.iter().enumerate().filter(|(_, list)| !list.is_empty()) {
            let (word, bit) = place(position as u32);
            let number = *branches.entry((word, list)).or_insert_with(|| {
                let known = lists.entry(list);
                let links = known.or_insert_with(|| append(&mut automaton.link_lists, list.iter().copied())).clone();
                automaton.branches.push(Branch { mask: 0, links });
                automaton.branches.len() as u32 - 1
            });
            automaton.branches[number as usize].mask |= bit;
            automaton.branch_of[position] = number;
        }
        self.automaton
    }
}

fn takers(classes: &Classes, sets: &[ByteSet]) -> Vec<u64> {
    let mut takers = Vec::new();
    for &example in classes.examples() {
        for sets in sets.chunks(64) {
            let bits = sets.iter().enumerate().map(|(at, set)| u64::from(set.contains(example)) << at);
            takers.push(bits.fold(0, |all, bit| all | bit));
        }
    }
    takers
}

fn by_word(positions: &[u32]) -> impl Iterator<Item = (u32, u64)> {
    let mut words: BTreeMap<u32, u64> = BTreeMap::new();
    for &position in positions {
        let (word, bit) = place(position);
        *words.entry(word as u32).or_default() |= bit;
    }
    words.into_iter()
}

fn append<T>(list: &mut Vec<T>, items: impl Iterator<Item = T>) -> Range<u32> {
    let from = list.len() as u32;
    list.extend(items);
    from..list.len() as u32
}

fn place(position: u32) -> (usize, u64) {
    (position as usize / 64, 1 << (position % 64))
}
