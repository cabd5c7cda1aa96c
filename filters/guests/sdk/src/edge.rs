//! Functions that answer requests themselves, at Penstock's edge.
//!
//! ```no_run
//! use penstock_sdk::edge::{function, Request, Response};
//!
//! function!(hello);
//!
//! fn hello(request: Request) -> Response {
//!     let name = request.param("name").unwrap_or_else(|| "world".into());
//!     Response::text(format!("Hello, {name}!\n"))
//! }
//! # fn main() {}
//! ```
//!
//! Each request gets an instance of its own: what a `static` holds begins anew with every call, and what shall last
//! goes to [`Cache`] or [`Kv`]. Calls of the host are plain calls; others are served while one waits.
//!
//! A module imports what its code uses and nothing else, and the host links what the function's `allow` names.

mod abi;
mod answer;
mod arena;
mod ask;
mod buffer;
mod cache;
mod config;
mod entry;
mod error;
mod head;
mod http;
mod kv;
pub mod log;
pub mod metrics;
pub mod random;
mod rate_limit;
mod request;
mod response;
mod routes;
mod secrets;
pub mod time;

pub use crate::function;
pub use answer::Answer;
#[doc(hidden)]
pub use arena::Arena;
pub use ask::{Ask, Pending};
pub use cache::Cache;
pub use config::Config;
pub use entry::{run, Outcome};
pub use error::Error;
pub use head::{Fields, Head};
pub use http::Http;
pub use kv::Kv;
pub use rate_limit::RateLimit;
pub use request::Request;
pub use response::Response;
pub use routes::Routes;
pub use secrets::Secrets;
