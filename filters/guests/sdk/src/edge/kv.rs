//! Values that stay. Needs `kv` in `allow`.

use super::abi::penstock;
use super::buffer::{number, taken, taken_if_present};
use super::error::{checked, Error};
use super::time::seconds;
use crate::json::{parse, Value};
use std::time::Duration;

const ABSENT_SIZE: usize = u32::MAX as usize;

/// The function's own part of the host's key-value store. A life of zero is for good.
pub struct Kv;

impl Kv {
    pub fn get(key: &str) -> Result<Option<Vec<u8>>, Error> {
        taken_if_present(unsafe { penstock::kv_get(key.as_ptr(), key.len()) })
    }

    pub fn set(key: &str, value: impl AsRef<[u8]>, life: Duration) -> Result<(), Error> {
        let value = value.as_ref();
        let set = unsafe { penstock::kv_set(key.as_ptr(), key.len(), value.as_ptr(), value.len(), seconds(life)) };
        checked(set).map(drop)
    }

    /// Tell whether it was there.
    pub fn delete(key: &str) -> Result<bool, Error> {
        Ok(checked(unsafe { penstock::kv_delete(key.as_ptr(), key.len()) })? == 1)
    }

    /// Count, from 0 where there is nothing.
    pub fn increment(key: &str, by: i64) -> Result<i64, Error> {
        number(unsafe { penstock::kv_increment(key.as_ptr(), key.len(), by) })
    }

    /// Write only over what is `expected`, `None` being a key that is not there; tell whether it was.
    pub fn compare_and_set(
        key: &str,
        expected: Option<&[u8]>,
        value: impl AsRef<[u8]>,
        life: Duration,
    ) -> Result<bool, Error> {
        let value = value.as_ref();
        let (old, old_size) = match expected {
            Some(bytes) => (bytes.as_ptr(), bytes.len()),
            None => (b"".as_ptr(), ABSENT_SIZE),
        };
        let set = unsafe {
            penstock::kv_compare_and_set(
                key.as_ptr(),
                key.len(),
                old,
                old_size,
                value.as_ptr(),
                value.len(),
                seconds(life),
            )
        };
        Ok(checked(set)? == 1)
    }

    /// Name keys that begin with `prefix`, `most` at most.
    pub fn keys(prefix: &str, most: u32) -> Result<Vec<String>, Error> {
        let list = taken(unsafe { penstock::kv_keys(prefix.as_ptr(), prefix.len(), most) })?;
        match parse(&list) {
            Ok(Value::List(keys)) => Ok(keys.iter().filter_map(Value::text).map(String::from).collect()),
            _ => Err(Error::Failed),
        }
    }
}
