//! The function's `config`.

use super::abi::penstock;
use super::buffer::taken;
use super::error::Error;
use crate::json::Object;
use crate::settings;

pub struct Config;

impl Config {
    /// Read it as it is; empty where there is none.
    pub fn bytes() -> Result<Vec<u8>, Error> {
        taken(unsafe { penstock::config_get() })
    }

    /// Read it as a JSON object, which [`Settings`](crate::settings::Settings) takes apart.
    pub fn object() -> Result<Object, Error> {
        settings::object(&Config::bytes()?).map_err(Error::Own)
    }
}
