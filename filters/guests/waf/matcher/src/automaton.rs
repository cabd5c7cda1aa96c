//! Glushkov's automaton: positions of a pattern, and which may follow which, as words of bits.

use crate::bits::Bits;
use crate::boundary::{Places, Side};
use crate::classes::Classes;
use crate::set::{Set, SetBuffer};
use std::ops::Range;

pub struct Automaton {
    pub(crate) classes: Classes,
    pub(crate) words: Vec<Word>,
    /// For each class, word for word: the positions that take its bytes.
    pub(crate) takers: Vec<u64>,
    /// By position: which of `branches` it is of, if it branches.
    pub(crate) branch_of: Vec<u32>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) link_lists: Vec<u32>,
    pub(crate) links: Vec<Link>,
    pub(crate) targets: Vec<(u32, u64)>,
    /// Whether a match may depend on what stands behind it.
    pub(crate) looks_ahead: bool,
}

/// What 64 positions are.
#[derive(Clone, Copy, Default)]
pub struct Word {
    /// Those that the next position may follow.
    pub steps: u64,
    /// Those that may follow themselves.
    pub stays: u64,
    /// Those with other links.
    pub branches: u64,
    /// Those that a match ends at, whatever stands behind.
    pub ends: u64,
    /// Those with links that depend on what stands before.
    pub looks_back: u64,
}

/// Positions of one word with the same links.
pub struct Branch {
    pub mask: u64,
    pub links: Range<u32>,
}

pub struct Link {
    pub at: Places,
    pub ends: bool,
    pub targets: Range<u32>,
}

/// What comes behind a set of positions and a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// No match, ever.
    Dead,
    /// A match ends before the byte.
    EndsBefore,
    /// A match ends with the byte.
    EndsBehind,
    /// The set that has been written.
    Set,
}

impl Automaton {
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    pub fn word_count(&self) -> usize {
        self.words.len()
    }

    pub fn looks_ahead(&self) -> bool {
        self.looks_ahead
    }

    /// How many bytes this takes.
    pub fn bytes(&self) -> usize {
        use std::mem::size_of_val as size;
        let of_positions = size(&self.words[..]) + size(&self.takers[..]) + size(&self.branch_of[..]);
        let of_links = size(&self.links[..]) + size(&self.targets[..]) + size(&self.link_lists[..]);
        size(self) + of_positions + of_links + size(&self.branches[..])
    }

    /// Whether the empty text at the start is a match.
    pub fn matches_nothing(&self) -> bool {
        self.words[0].ends & 1 == 1
    }

    /// Write the set with which a search begins.
    pub fn start(&self, set: &mut SetBuffer) {
        let side = self.side_that_matters(self.words[0].looks_back & 1 == 1, Side::Edge);
        set.begin(self.words.len());
        set.push(0, 1);
        set.finish(side);
    }

    /// Write the set that comes behind `from` and a byte of a class. Return with it how many things have been looked at.
    pub fn next(&self, from: Set, class: usize, scratch: &mut Bits, to: &mut SetBuffer) -> (Next, u64) {
        let place = Places::between(from.side(), self.classes.side(class));
        let (ends, mut visits) = self.follow(from, place, scratch);
        let next = self.collect(class, scratch, to, &mut visits);
        match (ends, next) {
            (true, _) => (Next::EndsBefore, visits),
            (false, next) => (next, visits),
        }
    }

    /// Add all positions that may follow; tell whether a match ends here.
    fn follow(&self, from: Set, place: Places, scratch: &mut Bits) -> (bool, u64) {
        scratch.make_room(self.words.len());
        let (mut ends, mut visits) = (false, 0);
        for (at, bits) in from.words() {
            let word = &self.words[at];
            let stepping = bits & word.steps;
            scratch.add(at, bits & word.stays | stepping << 1);
            if stepping >> 63 == 1 {
                scratch.add(at + 1, 1);
            }
            let mut branching = bits & word.branches;
            visits += 1;
            while branching != 0 {
                let position = at * 64 + branching.trailing_zeros() as usize;
                let branch = &self.branches[self.branch_of[position] as usize];
                branching &= !branch.mask;
                visits += 1;
                for &link in &self.link_lists[as_usize(&branch.links)] {
                    let link = &self.links[link as usize];
                    visits += 1;
                    if link.at.meets(place) {
                        ends |= link.ends;
                        let targets = &self.targets[as_usize(&link.targets)];
                        targets.iter().for_each(|&(word, bits)| scratch.add(word as usize, bits));
                        visits += targets.len() as u64;
                    }
                }
            }
        }
        (ends, visits)
    }

    /// Keep of what has been added the positions that take the class. The scratch is empty afterwards.
    fn collect(&self, class: usize, scratch: &mut Bits, to: &mut SetBuffer, visits: &mut u64) -> Next {
        let is_end = class == self.classes.end();
        let takers = if is_end { &[] } else { &self.takers[class * self.words.len()..][..self.words.len()] };
        let (mut ends, mut looks_back) = (false, false);
        to.begin(self.words.len());
        for group in 0..scratch.groups() {
            while let Some((at, bits)) = scratch.take(group) {
                let bits = bits & takers.get(at).copied().unwrap_or(0);
                *visits += 1;
                if bits != 0 {
                    ends |= bits & self.words[at].ends != 0;
                    looks_back |= bits & self.words[at].looks_back != 0;
                    to.push(at, bits);
                }
            }
        }
        to.finish(self.side_that_matters(looks_back, self.classes.side(class)));
        match (ends, to.is_empty()) {
            (true, _) => Next::EndsBehind,
            (false, true) => Next::Dead,
            (false, false) => Next::Set,
        }
    }

    /// Sets differ by what stands before them only if their links do.
    fn side_that_matters(&self, looks_back: bool, side: Side) -> Side {
        if looks_back {
            side
        } else {
            Side::Other
        }
    }
}

fn as_usize(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}
