//! JSON as RFC 8259 has it, for configurations and tokens: strict, and bounded in size and depth.

mod reader;
mod string;
#[cfg(test)]
mod tests;
mod value;

pub use reader::{parse, Fault, MOST_BYTES, MOST_DEPTH};
pub use value::{Number, Object, Value};
