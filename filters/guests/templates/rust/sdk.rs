//! Penstock's SDK, as far as functions need it: see [`edge`].

#[macro_use]
mod imports;

pub mod cookies;
pub mod edge;
pub mod encoding;
pub mod hmac;
pub mod json;
pub mod pairs;
pub mod query;
pub mod settings;
pub mod sha256;
