//! Counters of the function's own, in the host's metrics. Needs `metrics` in `allow`.

use super::abi::penstock;
use super::error::{checked, Error};

pub fn add(name: &str, by: i64) -> Result<(), Error> {
    checked(unsafe { penstock::metric_add(name.as_ptr(), name.len(), by) }).map(drop)
}
