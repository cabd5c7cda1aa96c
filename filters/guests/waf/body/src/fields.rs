//! Names and values.

use crate::caps::{Caps, Overflow};
use std::ops::Range;

/// A list of names and values, all in one text: ten thousand of them take two allocations, not twenty thousand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    text: Vec<u8>,
    /// Where each name and each value ends; a field begins where the one before it ends.
    ends: Vec<(u32, u32)>,
}

impl Fields {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Count the bytes of all names and values.
    pub fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// Drop all fields and keep the memory for the next ones.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    pub fn get(&self, index: usize) -> Option<(&[u8], &[u8])> {
        let (name, value) = self.ranges(index)?;
        Some((self.text.get(name)?, self.text.get(value)?))
    }

    /// Give names and values in the order they came in.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> + '_ {
        (0..self.len()).filter_map(move |index| self.get(index))
    }

    fn ranges(&self, index: usize) -> Option<(Range<usize>, Range<usize>)> {
        let (middle, end) = *self.ends.get(index)?;
        let begin = index.checked_sub(1).map_or(0, |before| self.ends[before].1);
        Some((begin as usize..middle as usize, middle as usize..end as usize))
    }

    /// Add a field unless that breaks a cap.
    pub(crate) fn add(&mut self, name: &[u8], value: &[u8], caps: &Caps) -> Result<(), Overflow> {
        if self.text.len() + name.len() + value.len() > caps.text_bytes {
            return Err(Overflow::Text);
        }
        self.write(caps, |text| {
            text.extend_from_slice(name);
            let middle = text.len();
            text.extend_from_slice(value);
            Ok(middle)
        })
    }

    /// Add the field that `write` appends to the text, and that it splits where its answer says; drop it if it breaks a cap.
    pub(crate) fn write<E: From<Overflow>>(
        &mut self,
        caps: &Caps,
        write: impl FnOnce(&mut Vec<u8>) -> Result<usize, E>,
    ) -> Result<(), E> {
        if self.ends.len() >= caps.arguments {
            return Err(Overflow::Arguments.into());
        }
        let begin = self.text.len();
        let written =
            write(&mut self.text).and_then(|middle| self.bounds(middle, caps).ok_or_else(|| Overflow::Text.into()));
        match written {
            Ok(bounds) => self.ends.push(bounds),
            Err(_) => self.text.truncate(begin),
        }
        written.map(|_| ())
    }

    fn bounds(&self, middle: usize, caps: &Caps) -> Option<(u32, u32)> {
        let end = self.text.len();
        Some((u32::try_from(middle).ok()?, u32::try_from(end).ok()?)).filter(|_| end <= caps.text_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: Caps = Caps { arguments: 2, depth: 0, text_bytes: 8 };

    #[test]
    fn fields_come_back_in_order_empty_ones_too() {
        let mut fields = Fields::default();
        assert_eq!(fields.add(b"", b"v", &CAPS), Ok(()));
        assert_eq!(fields.add(b"n", b"", &CAPS), Ok(()));
        assert_eq!(fields.iter().collect::<Vec<_>>(), [(&b""[..], &b"v"[..]), (b"n", b"")]);
        assert_eq!((fields.len(), fields.text_bytes(), fields.get(2)), (2, 2, None));
    }

    #[test]
    fn a_field_too_many_or_too_long_is_left_out_whole() {
        let mut fields = Fields::default();
        assert_eq!(fields.add(b"12345", b"6789", &CAPS), Err(Overflow::Text));
        let written: Result<(), Overflow> = fields.write(&CAPS, |text| {
            text.extend_from_slice(b"123456789");
            Ok(5)
        });
        assert_eq!((written, fields.text_bytes()), (Err(Overflow::Text), 0));
        assert_eq!(fields.add(b"1234", b"5678", &CAPS), Ok(()));
        assert_eq!(fields.add(b"", b"", &CAPS), Ok(()));
        assert_eq!(fields.add(b"", b"", &CAPS), Err(Overflow::Arguments));
        assert_eq!(fields.len(), 2);
    }

    #[test]
    fn cleared_fields_are_empty() {
        let mut fields = Fields::default();
        assert_eq!(fields.add(b"n", b"v", &CAPS), Ok(()));
        fields.clear();
        assert_eq!(fields, Fields::default());
    }
}
