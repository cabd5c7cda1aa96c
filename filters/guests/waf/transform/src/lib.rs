//! SecLang's transformations, and those of its operators that are no regular expressions.
//!
//! They mean what they mean in ModSecurity 3, bugs that rules may meet included; what differs says so. See its reference
//! manual, <https://github.com/owasp-modsecurity/ModSecurity/wiki/Reference-Manual-(v3.x)>.

mod base64;
mod best_fit;
mod byte_range;
mod case;
mod class;
mod command;
mod comments;
mod css;
mod digest;
mod escape;
mod hex;
mod html;
mod network;
mod number;
mod path;
mod rewrite;
#[cfg(test)]
mod testing;
mod text;
mod transformation;
mod unicode;
mod url;
mod whitespace;

pub use byte_range::ByteRange;
pub use class::Class;
pub use network::Networks;
pub use number::{luhn, number};
pub use text::{contains_word, find, within};
pub use transformation::Transformation;
pub use unicode::invalid_utf8;
pub use url::invalid_url_encoding;
