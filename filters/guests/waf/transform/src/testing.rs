//! What the unit tests share.

/// Apply a transformation's function to a new output.
pub fn run(transform: impl Fn(&[u8], &mut Vec<u8>), input: &[u8]) -> Vec<u8> {
    let mut output = Vec::new();
    transform(input, &mut output);
    output
}

/// Pseudo-random numbers (xorshift64, Marsaglia 2003), the same in every run.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 16) as usize % limit
    }

    /// Make a value of up to 23 bytes, most of them such as transformations look for.
    pub fn value(&mut self) -> Vec<u8> {
        const SPECIAL: &[u8] = b"%u+&#x;\\\\//..*<!-->'\"^,( \t\n\x0b\0=0127aAfFqz_\xA0\xC2\xA9\xE2\x80\x99\xF0\xF6";
        (0..self.below(24))
            .map(|_| match self.below(8) {
                0 => self.below(256) as u8,
                _ => SPECIAL[self.below(SPECIAL.len())],
            })
            .collect()
    }
}
