//! The form in which names and values cross between host and guest.
//!
//! A count; per pair the two lengths; then each name and value with a NUL after it. Numbers are 32 bits, little-endian.

/// A map that came from the host: read in place, in its order, names as the host gave them (lower-case).
#[derive(Debug, Default)]
pub struct Pairs {
    bytes: Vec<u8>,
    count: usize,
}

impl Pairs {
    /// Check a map; `None` where it is damaged. Hosts send an empty map as nothing at all or as a single NUL, too.
    pub fn parse(bytes: Vec<u8>) -> Option<Pairs> {
        if bytes.len() < 4 {
            return Some(Pairs::default());
        }
        let count = number(&bytes, 0)?;
        let mut end = count.checked_mul(8)?.checked_add(4)?;
        for pair in 0..count {
            let (name, value) = lengths(&bytes, pair)?;
            end = end.checked_add(name)?.checked_add(value)?.checked_add(2)?;
            if end > bytes.len() {
                return None;
            }
        }
        Some(Pairs { bytes, count })
    }

    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut at = 4 + 8 * self.count;
        (0..self.count).filter_map(move |pair| {
            let (name, value) = lengths(&self.bytes, pair)?;
            let value_at = at + name + 1;
            let found = (&self.bytes[at..at + name], &self.bytes[value_at..value_at + value]);
            at = value_at + value + 1;
            Some(found)
        })
    }

    /// All values of a field, whose lines need not be together.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().filter_map(move |(each, value)| (each == name.as_bytes()).then_some(value))
    }

    pub fn get(&self, name: &str) -> Option<&[u8]> {
        self.iter().find_map(|(each, value)| (each == name.as_bytes()).then_some(value))
    }

    /// Every spelling under which an origin may take a field for `name`: CGI and its heirs know no difference between
    /// `_` and `-` (RFC 3875 §4.1.18). Who must keep a client from setting a field removes all of them.
    pub fn spellings<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter().map(|(each, _)| each).filter(move |each| folded(each).eq(folded(name.as_bytes())))
    }
}

/// Write a map for the host.
pub fn encode<V: AsRef<[u8]>>(pairs: &[(&str, V)]) -> Vec<u8> {
    let mut bytes = (pairs.len() as u32).to_le_bytes().to_vec();
    for (name, value) in pairs {
        bytes.extend_from_slice(&(name.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&(value.as_ref().len() as u32).to_le_bytes());
    }
    for (name, value) in pairs {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(value.as_ref());
        bytes.push(0);
    }
    bytes
}

fn folded(name: &[u8]) -> impl Iterator<Item = u8> + '_ {
    name.iter().map(|byte| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() })
}

fn lengths(bytes: &[u8], pair: usize) -> Option<(usize, usize)> {
    Some((number(bytes, 4 + 8 * pair)?, number(bytes, 8 + 8 * pair)?))
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes([four[0], four[1], four[2], four[3]]) as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(&str, &str)]) -> Pairs {
        Pairs::parse(encode(of)).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let of = [(":path", "/"), ("accept", ""), ("accept", "text/html")];
        let read = pairs(&of);
        let found: Vec<_> = read.iter().map(|(name, value)| (name.to_vec(), value.to_vec())).collect();
        let written: Vec<_> =
            of.iter().map(|(name, value)| (name.as_bytes().to_vec(), value.as_bytes().to_vec())).collect();
        assert_eq!(found, written);
    }

    #[test]
    fn the_first_value_is_got_and_all_can_be() {
        let read = pairs(&[("a", "1"), ("b", "2"), ("a", "3")]);
        assert_eq!(read.get("a"), Some(&b"1"[..]));
        assert_eq!(read.get("c"), None);
        assert_eq!(read.values("a").collect::<Vec<_>>(), [b"1", b"3"]);
    }

    #[test]
    fn hosts_have_three_ways_to_say_empty() {
        for empty in [&b""[..], &[0], &[0, 0, 0, 0]] {
            assert_eq!(Pairs::parse(empty.to_vec()).unwrap().iter().count(), 0);
        }
    }

    #[test]
    fn underscores_are_another_spelling() {
        let read = pairs(&[("x_user-id", "a"), ("x-user-id", "b"), ("x-user-ids", "c")]);
        assert_eq!(read.spellings("x-user-id").collect::<Vec<_>>(), [b"x_user-id", b"x-user-id"]);
    }

    #[test]
    fn every_cut_and_every_wrong_byte_is_refused_or_read_without_a_panic() {
        let whole = encode(&[("name", "value"), ("other", "")]);
        for length in 4..whole.len() {
            assert!(Pairs::parse(whole[..length].to_vec()).is_none());
        }
        for at in 0..whole.len() {
            for byte in 0..=255 {
                let mut damaged = whole.clone();
                damaged[at] = byte;
                if let Some(read) = Pairs::parse(damaged) {
                    read.iter().count();
                }
            }
        }
    }
}
