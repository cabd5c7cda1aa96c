//! Values that the guests of one host share.

use crate::abi;
use crate::memory::received;
use crate::status::Status;

/// A value and its version, to say upon writing which one it is meant to follow.
#[derive(Debug, PartialEq, Eq)]
pub struct Shared {
    pub value: Vec<u8>,
    pub version: u32,
}

pub fn get(key: &str) -> Option<Shared> {
    let mut version = 0;
    let value =
        received(|data, size| unsafe { abi::proxy_get_shared_data(key.as_ptr(), key.len(), data, size, &mut version) })
            .ok()?;
    Some(Shared { value, version })
}

/// Write, whatever is there; or, with a version, only if nobody wrote since ([`Status::CAS_MISMATCH`] otherwise).
pub fn set(key: &str, value: &[u8], version: Option<u32>) -> Result<(), Status> {
    let version = version.unwrap_or(0);
    Status::check(unsafe { abi::proxy_set_shared_data(key.as_ptr(), key.len(), value.as_ptr(), value.len(), version) })
}
