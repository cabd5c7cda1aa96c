//! Sets of positions as they are kept: which words hold any, then those words; and what stands before.
//!
//! In cells of 32 bits: the side, then for each 64 words of the automaton two cells with a bit for each, then two cells for
//! each word that is not empty.

use crate::bits::words_for;
use crate::boundary::Side;

#[derive(Clone, Copy)]
pub struct Set<'c> {
    /// May go on behind the set.
    cells: &'c [u32],
    groups: usize,
}

impl<'c> Set<'c> {
    pub fn new(cells: &'c [u32], words: usize) -> Self {
        Set { cells, groups: words_for(words) }
    }

    pub fn side(&self) -> Side {
        Side::of(self.cells[0])
    }

    pub fn words(&self) -> impl Iterator<Item = (usize, u64)> + 'c {
        let cells = self.cells;
        let groups = (0..self.groups).map(move |group| (group, pair(cells, 1 + 2 * group)));
        let places = groups.flat_map(|(group, bits)| ones(bits).map(move |at| group * 64 + at));
        let first = 1 + 2 * self.groups;
        places.enumerate().map(move |(number, at)| (at, pair(cells, first + 2 * number)))
    }
}

/// A set that is being written.
#[derive(Default)]
pub struct SetBuffer {
    cells: Vec<u32>,
    groups: usize,
    hash: u64,
}

impl SetBuffer {
    pub fn begin(&mut self, words: usize) {
        self.groups = words_for(words);
        self.hash = 0;
        self.cells.clear();
        self.cells.resize(1 + 2 * self.groups, 0);
    }

    /// Add a word that is not empty, in order.
    pub fn push(&mut self, at: usize, bits: u64) {
        let group = 1 + 2 * (at / 64);
        let bit = 1u64 << (at % 64);
        self.cells[group] |= bit as u32;
        self.cells[group + 1] |= (bit >> 32) as u32;
        self.cells.extend([bits as u32, (bits >> 32) as u32]);
        self.mix(at as u64);
        self.mix(bits);
    }

    pub fn finish(&mut self, side: Side) {
        self.cells[0] = side as u32;
        self.mix(side as u64);
    }

    /// Firefox's hash: one multiplication for each word.
    fn mix(&mut self, word: u64) {
        self.hash = (self.hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    pub fn is_empty(&self) -> bool {
        self.cells.len() == 1 + 2 * self.groups
    }

    pub fn cells(&self) -> &[u32] {
        &self.cells
    }

    pub fn hash(&self) -> u32 {
        (self.hash >> 32) as u32
    }
}

fn pair(cells: &[u32], at: usize) -> u64 {
    u64::from(cells[at]) | u64::from(cells[at + 1]) << 32
}

fn ones(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = (bits != 0).then(|| bits.trailing_zeros() as usize)?;
        bits &= bits - 1;
        Some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_been_written_is_read_again() {
        let mut buffer = SetBuffer::default();
        buffer.begin(130);
        for (at, bits) in [(0, 1), (63, u64::MAX), (129, 1 << 40)] {
            buffer.push(at, bits);
        }
        buffer.finish(Side::Word);
        let set = Set::new(buffer.cells(), 130);
        assert_eq!(set.words().collect::<Vec<_>>(), [(0, 1), (63, u64::MAX), (129, 1 << 40)]);
        assert_eq!(set.side(), Side::Word);
    }

    #[test]
    fn sets_that_differ_in_side_or_place_differ_in_hash() {
        let hash = |at, side| {
            let mut buffer = SetBuffer::default();
            buffer.begin(2);
            buffer.push(at, 1);
            buffer.finish(side);
            buffer.hash()
        };
        assert_ne!(hash(0, Side::Word), hash(0, Side::Other));
        assert_ne!(hash(0, Side::Word), hash(1, Side::Word));
    }
}
