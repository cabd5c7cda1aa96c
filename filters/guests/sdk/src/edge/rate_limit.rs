//! How often something may happen. Needs `rate_limits` in `allow`.

use super::abi::penstock;
use super::error::{checked, Error};
use super::time::seconds;
use std::time::Duration;

pub struct RateLimit;

impl RateLimit {
    /// Tell whether `key` has room for one more in this window, and take it.
    pub fn take(key: &str, most: u32, window: Duration) -> Result<bool, Error> {
        Ok(checked(unsafe { penstock::rate_limit(key.as_ptr(), key.len(), most, seconds(window)) })? == 1)
    }
}
