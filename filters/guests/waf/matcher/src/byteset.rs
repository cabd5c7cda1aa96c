//! Sets of bytes.

use regex_syntax::hir::ClassBytes;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    pub const ALL: ByteSet = ByteSet([u64::MAX; 4]);

    pub fn of(byte: u8) -> Self {
        ByteSet::range(byte, byte)
    }

    pub fn range(first: u8, last: u8) -> Self {
        let mut set = ByteSet::default();
        set.add(first, last);
        set
    }

    pub fn of_class(class: &ClassBytes) -> Self {
        let mut set = ByteSet::default();
        class.iter().for_each(|range| set.add(range.start(), range.end()));
        set
    }

    fn add(&mut self, first: u8, last: u8) {
        (first..=last).for_each(|byte| self.0[usize::from(byte / 64)] |= 1 << (byte % 64));
    }

    pub fn contains(&self, byte: u8) -> bool {
        self.0[usize::from(byte / 64)] >> (byte % 64) & 1 == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_its_ends_and_nothing_beyond() {
        let set = ByteSet::range(b'a', b'z');
        assert!(set.contains(b'a') && set.contains(b'z'));
        assert!(!set.contains(b'a' - 1) && !set.contains(b'z' + 1));
        assert_eq!(ByteSet::range(0, 255), ByteSet::ALL);
    }
}
