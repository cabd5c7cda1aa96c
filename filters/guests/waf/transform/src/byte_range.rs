//! `@validateByteRange`.

/// A set of bytes.
pub struct ByteRange([bool; 256]);

impl ByteRange {
    /// Read `32-126,9,…`; none if a part is no byte, or no range of bytes.
    pub fn parse(list: &str) -> Option<Self> {
        let mut bytes = [false; 256];
        for part in list.split(',') {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last): (u8, u8) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            if first > last {
                return None;
            }
            bytes[first.into()..=last.into()].fill(true);
        }
        Some(Self(bytes))
    }

    /// Tell whether a value has a byte that is not in the set.
    pub fn violated(&self, value: &[u8]) -> bool {
        value.iter().any(|&byte| !self.0[usize::from(byte)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violated(list: &str, value: &[u8]) -> bool {
        ByteRange::parse(list).map_or(false, |range| range.violated(value))
    }

    #[test]
    fn a_byte_outside_violates() {
        assert!(violated("32-126,9", b"a\nb"));
        assert!(violated("1-255", b"a\0"));
        assert!(violated("9", b"\x08"));
    }

    #[test]
    fn bytes_inside_and_no_bytes_do_not() {
        assert!(!violated("32-126,9", b"a\tb ~"));
        assert!(!violated("0-255", b"\0\xFF"));
        assert!(!violated("9", b""));
    }

    #[test]
    fn spaces_around_numbers_are_allowed() {
        assert!(!violated("9, 65 - 90", b"A\tZ"));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        for list in ["", "a", "256", "-1", "1-", "5-4", "1,,2", "1-300"] {
            assert!(ByteRange::parse(list).is_none(), "{list}");
        }
    }
}
