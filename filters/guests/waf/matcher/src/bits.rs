//! A set of positions while it is put together: words of 64, and which of them hold any.

#[derive(Default)]
pub struct Bits {
    words: Vec<u64>,
    /// For each word a bit, set if anything has been added to it.
    touched: Vec<u64>,
}

impl Bits {
    pub fn make_room(&mut self, words: usize) {
        if self.words.len() < words {
            self.words.resize(words, 0);
            self.touched.resize(words_for(words), 0);
        }
    }

    #[inline]
    pub fn add(&mut self, word: usize, bits: u64) {
        self.words[word] |= bits;
        self.touched[word / 64] |= 1 << (word % 64);
    }

    /// How many groups of 64 words there are.
    pub fn groups(&self) -> usize {
        self.touched.len()
    }

    /// Take out the first word of a group that something has been added to; None when there is no more.
    #[inline]
    pub fn take(&mut self, group: usize) -> Option<(usize, u64)> {
        let touched = &mut self.touched[group];
        if *touched == 0 {
            return None;
        }
        let word = group * 64 + touched.trailing_zeros() as usize;
        *touched &= *touched - 1;
        Some((word, std::mem::take(&mut self.words[word])))
    }
}

/// Return how many words so many bits take.
pub fn words_for(bits: usize) -> usize {
    (bits + 63) / 64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_been_added_is_taken_out_once_and_in_order() {
        let mut bits = Bits::default();
        bits.make_room(66);
        for (word, mask) in [(65, 4), (3, 1), (3, 2)] {
            bits.add(word, mask);
        }
        assert_eq!((bits.take(0), bits.take(0)), (Some((3, 3)), None));
        assert_eq!((bits.take(1), bits.take(1)), (Some((65, 4)), None));
    }
}
