//! Where the host enters a function.

use super::error::Error;
use super::log;
use super::request::Request;
use super::response::Response;
use std::panic;

/// Make a function of a handler: `fn(Request) -> Response`, or one that returns `Result<Response, Error>`.
///
/// An error is logged and fails the call, as a panic does; the client learns nothing of either. The module gets an
/// allocator for short lives.
#[macro_export]
macro_rules! function {
    ($handler:path) => {
        #[cfg(target_arch = "wasm32")]
        #[global_allocator]
        static ARENA: $crate::edge::Arena = $crate::edge::Arena::new();

        #[cfg(target_arch = "wasm32")]
        #[export_name = "main"]
        pub extern "C" fn entry() -> i32 {
            $crate::edge::run($handler)
        }

        // Elsewhere nothing enters it but tests; used it is all the same.
        #[cfg(not(target_arch = "wasm32"))]
        pub fn entry() -> i32 {
            $crate::edge::run($handler)
        }
    };
}

/// What a handler may return.
pub trait Outcome {
    fn response(self) -> Result<Response, Error>;
}

impl Outcome for Response {
    fn response(self) -> Result<Response, Error> {
        Ok(self)
    }
}

impl Outcome for Result<Response, Error> {
    fn response(self) -> Result<Response, Error> {
        self
    }
}

const OK: i32 = 0;
const FAILED: i32 = 1;

/// Handle the call's request, and say as the host wants it whether that went well.
pub fn run<O: Outcome>(handler: fn(Request) -> O) -> i32 {
    panic::set_hook(Box::new(|panic| log::error(&panic.to_string())));
    match handler(Request).response().and_then(|response| response.send()) {
        Ok(()) => OK,
        Err(error) => {
            log::error(&error.to_string());
            FAILED
        }
    }
}
