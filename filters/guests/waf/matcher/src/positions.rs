//! What is known of an automaton while it is made: its positions, and which may follow which.

use crate::boundary::Places;
use crate::byteset::ByteSet;
use crate::fragment::{End, Fragment};

/// Beyond these a pattern is refused: a set of positions takes a bit for each of them, the links memory.
const MOST_POSITIONS: usize = 1 << 16;
const MOST_ENDS_LINKED: usize = 1 << 21;

/// The position where every search is before its first byte; and before all later ones, unless the pattern is anchored.
pub const START: u32 = 0;

/// Behind any of `sources`, any of `targets` may come, at these places.
pub struct Link {
    pub sources: Vec<u32>,
    pub targets: Vec<u32>,
    pub at: Places,
}

pub struct Positions {
    /// By position: which bytes it takes.
    pub bytes: Vec<ByteSet>,
    pub links: Vec<Link>,
    ends_linked: usize,
}

impl Positions {
    pub fn new() -> Self {
        Positions { bytes: vec![ByteSet::ALL], links: Vec::new(), ends_linked: 0 }
    }

    pub fn add(&mut self, bytes: ByteSet) -> Result<Fragment, String> {
        if self.bytes.len() == MOST_POSITIONS {
            return Err(format!("the pattern is too large: it has more than {MOST_POSITIONS} positions"));
        }
        self.bytes.push(bytes);
        Ok(Fragment::position(self.bytes.len() as u32 - 1))
    }

    /// Let a match go from any of `last` to any of `first`.
    pub fn link(&mut self, last: &[End], first: &[End]) -> Result<(), String> {
        for (out, sources) in by_places(last) {
            for (into, targets) in by_places(first) {
                if out.meets(into) {
                    self.add_link(Link { sources: sources.clone(), targets, at: out.and(into) })?;
                }
            }
        }
        Ok(())
    }

    fn add_link(&mut self, link: Link) -> Result<(), String> {
        self.ends_linked += link.sources.len() + link.targets.len();
        if self.ends_linked > MOST_ENDS_LINKED {
            return Err("the pattern is too large: too many of its parts can be left out".into());
        }
        self.links.push(link);
        Ok(())
    }
}

/// Group ends by their places: nearly always one group.
pub fn by_places(ends: &[End]) -> Vec<(Places, Vec<u32>)> {
    let mut groups: Vec<(Places, Vec<u32>)> = Vec::new();
    for end in ends {
        match groups.iter_mut().find(|(at, _)| *at == end.at) {
            Some((_, positions)) => positions.push(end.position),
            None => groups.push((end.at, vec![end.position])),
        }
    }
    groups
}
