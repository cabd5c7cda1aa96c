//! Lines in the host's log.

use crate::abi;

macro_rules! levels {
    ($($level:ident = $number:literal),*) => {
        $(pub fn $level(message: &str) {
            unsafe { abi::proxy_log($number, message.as_ptr(), message.len()) };
        })*
    };
}

levels!(trace = 0, debug = 1, info = 2, warn = 3, error = 4, critical = 5);

/// Log a panic before it traps: WebAssembly has no other way to tell.
pub fn panics() {
    std::panic::set_hook(Box::new(|panic| critical(&panic.to_string())));
}
