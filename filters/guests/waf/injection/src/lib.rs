//! What `@detectSQLi` and `@detectXSS` look for: SQL and HTML, told from text by tokenisers of our own.

mod dictionary;
mod evidence;
mod html;
mod plain;
mod sql;

pub use evidence::Evidence;
pub use html::xss;
pub use sql::sqli;
