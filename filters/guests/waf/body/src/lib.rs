//! What a request carries, taken apart as libmodsecurity 3.0 does it for the Core Rule Set, within caps.
//!
//! Each reader takes a whole body and gives what it holds, what stopped it and nothing else: no I/O, no panics, no
//! recursion. What cannot be read one way only is a fault or a flag, since the application behind may read it another
//! way; what came before a fault or an overflow is kept, to be judged as well. A body under a Content-Encoding (gzip,
//! br, …) is not decoded here: it reads as whatever its bytes are.

mod caps;
mod cookies;
mod fields;
mod json;
mod kind;
mod multipart;
#[cfg(test)]
mod noise;
mod stop;
mod urlencoded;
mod xml;

pub use caps::{Caps, Overflow};
pub use cookies::cookies;
pub use fields::Fields;
pub use json::{json, Json};
pub use kind::{kind, BodyKind};
pub use multipart::{multipart, File, Multipart, MultipartFlags};
pub use urlencoded::urlencoded;
pub use xml::{xml, Xml};
