//! Bytes for tests: the same in every run, and made of what a reader cares about.

/// Xorshift (Marsaglia, 2003).
pub(crate) struct Noise(u64);

impl Noise {
    pub(crate) fn new() -> Noise {
        Noise(0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// String together up to `most` pieces.
    pub(crate) fn of(&mut self, pieces: &[&[u8]], most: usize) -> Vec<u8> {
        (0..self.below(most)).flat_map(|_| pieces[self.below(pieces.len())].to_vec()).collect()
    }

    /// Change, drop or double single bytes of a good text.
    pub(crate) fn spoil(&mut self, good: &[u8]) -> Vec<u8> {
        let mut spoilt = good.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.below(spoilt.len());
            match self.below(3) {
                0 => spoilt[at] = self.below(256) as u8,
                1 if spoilt.len() > 1 => drop(spoilt.remove(at)),
                _ => spoilt.insert(at, spoilt[at]),
            }
        }
        spoilt
    }
}
