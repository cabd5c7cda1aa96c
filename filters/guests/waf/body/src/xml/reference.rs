//! References to characters and to the five entities that every document has (XML 1.0 §4.1 and §4.6).

use super::scanner::{is_character, Scanner};
use crate::stop::{fault, Stop};

impl Scanner<'_> {
    /// Append what a reference stands for; the scanner is at its ampersand.
    pub(super) fn reference(&mut self, to: &mut Vec<u8>) -> Result<(), Stop> {
        self.takes(b"&");
        if self.takes(b"#x") {
            return self.character(16, to);
        }
        if self.takes(b"#") {
            return self.character(10, to);
        }
        to.push(match self.name()? {
            b"amp" => b'&',
            b"lt" => b'<',
            b"gt" => b'>',
            b"quot" => b'"',
            b"apos" => b'\'',
            _ => return fault("a reference to an entity that not every document has"),
        });
        self.semicolon()
    }

    fn character(&mut self, radix: u32, to: &mut Vec<u8>) -> Result<(), Stop> {
        let digits = self.take(|byte| char::from(byte).is_digit(radix));
        let add = |code: u32, digit: &u8| code.checked_mul(radix)?.checked_add(char::from(*digit).to_digit(radix)?);
        let code = digits.iter().try_fold(0, add).filter(|code| is_character(*code));
        match code.and_then(char::from_u32) {
            Some(character) => to.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            None => return fault("a reference to a character that is none"),
        }
        self.semicolon()
    }

    fn semicolon(&mut self) -> Result<(), Stop> {
        match self.takes(b";") {
            true => Ok(()),
            false => fault("a reference without a semicolon"),
        }
    }
}
