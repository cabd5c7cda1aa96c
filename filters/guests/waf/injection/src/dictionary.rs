//! A set of words with a meaning each, laid out by hash when the crate is compiled.

/// Words and their meanings; `SLOTS` is a power of two, at least twice the number of words.
pub struct Dictionary<M: 'static, const SLOTS: usize> {
    slots: [Option<(&'static str, M)>; SLOTS],
    longest: usize,
}

impl<M: Copy, const SLOTS: usize> Dictionary<M, SLOTS> {
    /// Lay out lower-case words, group by group.
    pub const fn new(groups: &[(M, &[&'static str])]) -> Self
    where
        M: Copy,
    {
        let mut slots = [None; SLOTS];
        let mut longest = 0;
        let mut group = 0;
        while group < groups.len() {
            let (meaning, words) = groups[group];
            let mut word = 0;
            while word < words.len() {
                let bytes = words[word].as_bytes();
                let mut slot = hash(bytes) as usize % SLOTS;
                while let Some(_) = slots[slot] {
                    slot = (slot + 1) % SLOTS;
                }
                slots[slot] = Some((words[word], meaning));
                if bytes.len() > longest {
                    longest = bytes.len();
                }
                word += 1;
            }
            group += 1;
        }
        Dictionary { slots, longest }
    }

    /// Look a word up, whatever its case.
    pub fn get(&self, word: &[u8]) -> Option<M> {
        if word.len() > self.longest {
            return None;
        }
        let mut slot = hash(word) as usize % SLOTS;
        while let Some((known, meaning)) = self.slots[slot] {
            if word.eq_ignore_ascii_case(known.as_bytes()) {
                return Some(meaning);
            }
            slot = (slot + 1) % SLOTS;
        }
        None
    }
}

/// FNV-1a of the word in lower case.
const fn hash(word: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5u32;
    let mut at = 0;
    while at < word.len() {
        hash = (hash ^ word[at].to_ascii_lowercase() as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    static FRUIT: Dictionary<u8, 8> = Dictionary::new(&[(1, &["apple", "pear"]), (2, &["plum"])]);

    #[test]
    fn a_word_is_found_whatever_its_case() {
        assert_eq!(FRUIT.get(b"aPPle"), Some(1));
        assert_eq!(FRUIT.get(b"plum"), Some(2));
    }

    #[test]
    fn a_word_that_nobody_entered_is_not_found() {
        for word in ["", "apples", "appl", "a word that is longer than any of them"] {
            assert_eq!(FRUIT.get(word.as_bytes()), None);
        }
    }
}
