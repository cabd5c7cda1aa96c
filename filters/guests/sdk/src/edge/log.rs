//! Lines in the function's log.

use super::abi::penstock;

macro_rules! levels {
    ($($level:ident = $number:literal),*) => {
        $(pub fn $level(message: &str) {
            unsafe { penstock::log($number, message.as_ptr(), message.len()) };
        })*
    };
}

levels!(trace = 0, debug = 1, info = 2, warn = 3, error = 4);
