//! What is configured and shall not be shown. Needs the secret's name in `allow.secrets`.

use super::abi::penstock;
use super::buffer::{lossy, taken_if_present};
use super::error::Error;

pub struct Secrets;

impl Secrets {
    /// Read a secret; `None` where the host has none of that name.
    pub fn get(name: &str) -> Result<Option<String>, Error> {
        Ok(taken_if_present(unsafe { penstock::secret_get(name.as_ptr(), name.len()) })?.map(lossy))
    }

    /// Read a secret without which the function cannot work.
    pub fn need(name: &str) -> Result<String, Error> {
        Secrets::get(name)?.ok_or_else(|| format!("there is no secret {name}").into())
    }
}
