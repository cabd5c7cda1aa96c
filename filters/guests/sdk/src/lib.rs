//! Filters for Proxy-Wasm 0.2.1 hosts, and functions for Penstock's edge ([`edge`]), without dependencies.
//!
//! Implement [`Plugin`] for what one configuration means and [`Stream`] for what happens to one request, then name
//! the hooks that the host shall call in [`guest!`]. README.md, a directory up, shows a whole guest.
//!
//! No wrapper panics on a status of the host: what reads gives an `Option`, what changes something a `Result`.
//! Off WebAssembly every function of the host answers "unimplemented", so that a guest's own logic can be tested
//! with plain `cargo test`.

#[macro_use]
mod imports;

mod abi;
pub mod body;
pub mod calls;
pub mod contexts;
pub mod cookies;
pub mod edge;
pub mod encoding;
mod exports;
pub mod headers;
pub mod hmac;
pub mod host;
pub mod json;
pub mod log;
pub mod memory;
pub mod metrics;
pub mod pairs;
mod plugin;
pub mod query;
pub mod settings;
pub mod sha256;
pub mod shared;
mod status;

pub use plugin::{Action, CallResponse, Plugin, Stream};
pub use status::Status;

#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
