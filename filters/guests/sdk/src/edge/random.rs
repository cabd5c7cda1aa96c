//! Chance that nobody can foresee. Needs `random` in `allow`.

use super::abi::penstock;
use super::error::{checked, Error};

pub fn bytes<const SIZE: usize>() -> Result<[u8; SIZE], Error> {
    let mut bytes = [0; SIZE];
    checked(unsafe { penstock::random(bytes.as_mut_ptr(), SIZE) })?;
    Ok(bytes)
}

pub fn number() -> Result<u64, Error> {
    bytes().map(u64::from_le_bytes)
}
