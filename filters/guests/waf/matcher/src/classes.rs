//! Bytes that a pattern does not tell apart: a transition is kept for each class of them, not for each byte.

use crate::boundary::Side;
use crate::byteset::ByteSet;
use std::collections::BTreeMap;

pub struct Classes {
    /// By byte.
    of: [u8; 256],
    /// By class: what a byte of it is to assertions. The last is the end of the text.
    sides: Vec<Side>,
    /// By class of bytes: one of them.
    examples: Vec<u8>,
}

impl Classes {
    pub fn new(sets: impl Iterator<Item = ByteSet>, side: impl Fn(u8) -> Side) -> Self {
        let mut signatures: Vec<(u8, Vec<bool>)> = (0..=255).map(|byte| (side(byte) as u8, Vec::new())).collect();
        for set in sets {
            (0..=255).for_each(|byte: u8| signatures[usize::from(byte)].1.push(set.contains(byte)));
        }
        let mut known = BTreeMap::new();
        let mut classes = Classes { of: [0; 256], sides: Vec::new(), examples: Vec::new() };
        for (byte, signature) in (0..=255).zip(signatures) {
            let class = *known.entry(signature).or_insert_with(|| {
                classes.examples.push(byte);
                classes.sides.push(side(byte));
                (classes.examples.len() - 1) as u8
            });
            classes.of[usize::from(byte)] = class;
        }
        classes.sides.push(Side::Edge);
        classes
    }

    #[inline]
    pub fn of(&self, byte: u8) -> usize {
        usize::from(self.of[usize::from(byte)])
    }

    /// The class of what stands behind a text.
    pub fn end(&self) -> usize {
        self.examples.len()
    }

    /// How many there are, the end of the text included.
    pub fn count(&self) -> usize {
        self.sides.len()
    }

    pub fn side(&self, class: usize) -> Side {
        self.sides[class]
    }

    pub fn examples(&self) -> &[u8] {
        &self.examples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_no_set_tells_apart_are_of_one_class() {
        let sets = [ByteSet::range(b'a', b'z'), ByteSet::range(b'x', b'x')];
        let classes = Classes::new(sets.into_iter(), |_| Side::Other);
        assert_eq!(classes.count(), 4);
        assert_eq!(classes.of(b'a'), classes.of(b'z'));
        assert_ne!(classes.of(b'a'), classes.of(b'x'));
        assert_eq!(classes.side(classes.end()), Side::Edge);
    }

    #[test]
    fn bytes_that_assertions_tell_apart_are_of_different_classes() {
        let side = |byte| if byte == b'\n' { Side::Newline } else { Side::Other };
        let classes = Classes::new([].into_iter(), side);
        assert_eq!(classes.side(classes.of(b'\n')), Side::Newline);
        assert_eq!(classes.side(classes.of(b'a')), Side::Other);
    }

    #[test]
    fn there_may_be_as_many_classes_as_bytes() {
        let classes = Classes::new((0..=255).map(|byte| ByteSet::range(byte, byte)), |_| Side::Other);
        assert_eq!((classes.count(), classes.end(), classes.of(255)), (257, 256, 255));
    }
}
