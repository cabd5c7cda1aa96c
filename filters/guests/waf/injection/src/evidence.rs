//! What was found, in few enough letters for a log line.

use std::fmt;

/// The kinds of the first tokens, a letter each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    letters: [u8; 8],
    length: u8,
}

impl Evidence {
    pub(crate) fn new(kinds: impl Iterator<Item = u8>) -> Self {
        let mut evidence = Evidence { letters: [0; 8], length: 0 };
        for letter in kinds.take(evidence.letters.len()) {
            evidence.letters[evidence.length as usize] = letter;
            evidence.length += 1;
        }
        evidence
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.letters[..self.length as usize]
    }
}

impl fmt::Debug for Evidence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&String::from_utf8_lossy(self.as_bytes()))
    }
}
