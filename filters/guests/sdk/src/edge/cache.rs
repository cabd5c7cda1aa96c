//! Values that are kept for a while, and may be lost before. Needs `cache` in `allow`.

use super::abi::{env, penstock};
use super::buffer::{number, taken_if_present};
use super::error::{checked, Error};
use super::time::seconds;
use std::time::Duration;

/// The function's own part of the host's cache.
pub struct Cache;

impl Cache {
    /// Read a value; `None` also where the cache is out of reach, for then it is no help either.
    pub fn get(key: &str) -> Option<Vec<u8>> {
        taken_if_present(unsafe { env::cache_get(key.as_ptr(), key.len()) }).ok().flatten()
    }

    /// Keep a value; the host does not tell why it could not.
    pub fn set(key: &str, value: impl AsRef<[u8]>, life: Duration) -> Result<(), Error> {
        let value = value.as_ref();
        let set = unsafe { env::cache_set(key.as_ptr(), key.len(), value.as_ptr(), value.len(), seconds(life)) };
        checked(set).map(drop)
    }

    /// Tell whether it was there.
    pub fn delete(key: &str) -> Result<bool, Error> {
        Ok(checked(unsafe { penstock::cache_delete(key.as_ptr(), key.len()) })? == 1)
    }

    /// Count, from 0 where there is nothing; `life` is that of a counter which this begins.
    pub fn increment(key: &str, by: i64, life: Duration) -> Result<i64, Error> {
        number(unsafe { penstock::cache_increment(key.as_ptr(), key.len(), by, seconds(life)) })
    }
}
