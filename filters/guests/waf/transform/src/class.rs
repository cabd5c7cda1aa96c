//! What a value's bytes are, in one pass, so that most transformations need not look at most values.

use crate::whitespace::is_space;

/// Kinds of bytes; a byte may be of several, and is of one at least.
pub mod kind {
    pub const UPPER: u32 = 1 << 0;
    pub const LOWER: u32 = 1 << 1;
    pub const DIGIT: u32 = 1 << 2;
    /// What is neither letter, digit nor `*`: percent encoding encodes it.
    pub const PUNCTUATION: u32 = 1 << 3;
    pub const PERCENT_OR_PLUS: u32 = 1 << 4;
    pub const AMPERSAND: u32 = 1 << 5;
    pub const BACKSLASH: u32 = 1 << 6;
    pub const NUL: u32 = 1 << 7;
    pub const HIGH: u32 = 1 << 8;
    pub const SPACE: u32 = 1 << 9;
    /// White space that is no space.
    pub const CONTROL_SPACE: u32 = 1 << 10;
    /// What `cmdLine` drops or takes for a space, but for backslashes and white space.
    pub const QUOTE: u32 = 1 << 11;
    /// A space, and what `cmdLine` lets follow none.
    pub const SPACE_OR_OPENING: u32 = 1 << 12;
    pub const DOT: u32 = 1 << 13;
    pub const DOT_OR_SLASH: u32 = 1 << 14;
    pub const STAR: u32 = 1 << 15;
    pub const HASH: u32 = 1 << 16;
    pub const DASH: u32 = 1 << 17;
    /// What `0x` is made of.
    pub const ZERO_OR_X: u32 = 1 << 18;
}

/// The kinds of a value's bytes, and where that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class {
    any: u32,
    paired: u32,
    first: u32,
    last: u32,
}

impl Class {
    /// Read a value once.
    pub fn of(value: &[u8]) -> Self {
        let mut class = Self { any: 0, paired: 0, first: 0, last: 0 };
        for &byte in value {
            let kinds = KINDS[usize::from(byte)];
            class.any |= kinds;
            class.paired |= kinds & class.last;
            class.last = kinds;
        }
        class.first = value.first().map_or(0, |&byte| KINDS[usize::from(byte)]);
        class
    }

    pub(crate) fn is_empty(self) -> bool {
        self.any == 0
    }

    /// Tell whether no byte is of these kinds.
    pub(crate) fn lacks(self, kinds: u32) -> bool {
        self.any & kinds == 0
    }

    /// Tell whether no two bytes in a row share one of these kinds.
    pub(crate) fn lacks_pair(self, kinds: u32) -> bool {
        self.paired & kinds == 0
    }

    pub(crate) fn begins_with(self, kinds: u32) -> bool {
        self.first & kinds != 0
    }

    pub(crate) fn ends_with(self, kinds: u32) -> bool {
        self.last & kinds != 0
    }
}

const KINDS: [u32; 256] = kinds_of_all();

const fn kinds_of_all() -> [u32; 256] {
    let mut all = [0; 256];
    let mut byte = 0;
    while byte < all.len() {
        all[byte] = general(byte as u8) | special(byte as u8);
        byte += 1;
    }
    all
}

const fn general(byte: u8) -> u32 {
    match byte {
        b'A'..=b'Z' => kind::UPPER,
        b'a'..=b'z' => kind::LOWER,
        b'0'..=b'9' => kind::DIGIT,
        b'*' => kind::STAR,
        0x80.. => kind::PUNCTUATION | kind::HIGH,
        _ => kind::PUNCTUATION,
    }
}

const fn special(byte: u8) -> u32 {
    match byte {
        0 => kind::NUL,
        b' ' => kind::SPACE | kind::SPACE_OR_OPENING,
        b'%' | b'+' => kind::PERCENT_OR_PLUS,
        b'&' => kind::AMPERSAND,
        b'\\' => kind::BACKSLASH,
        b'"' | b'\'' | b'^' | b',' | b';' => kind::QUOTE,
        b'(' => kind::SPACE_OR_OPENING,
        b'/' => kind::SPACE_OR_OPENING | kind::DOT_OR_SLASH,
        b'.' => kind::DOT | kind::DOT_OR_SLASH,
        b'#' => kind::HASH,
        b'-' => kind::DASH,
        b'0' | b'x' | b'X' => kind::ZERO_OR_X,
        _ if is_space(byte) => kind::CONTROL_SPACE,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_of_some_kind() {
        assert!(KINDS.iter().all(|kinds| *kinds != 0));
        assert!(Class::of(b"").is_empty());
        assert!(!Class::of(b"\0").is_empty());
    }

    #[test]
    fn ends_are_told_apart() {
        let class = Class::of(b" a.");
        assert!(class.begins_with(kind::SPACE) && !class.ends_with(kind::SPACE));
        assert!(class.ends_with(kind::DOT) && !class.begins_with(kind::DOT));
    }

    #[test]
    fn pairs_are_bytes_in_a_row() {
        assert!(Class::of(b"-a-").lacks_pair(kind::DASH));
        assert!(!Class::of(b"a--").lacks_pair(kind::DASH));
        assert!(!Class::of(b"./a").lacks_pair(kind::DOT_OR_SLASH));
    }
}
