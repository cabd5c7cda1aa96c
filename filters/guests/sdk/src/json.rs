//! JSON as RFC 8259 has it, for configurations, tokens and answers: read strictly, and bounded in size and depth.

mod making;
mod reader;
mod string;
#[cfg(test)]
mod tests;
mod value;
mod writer;

pub use reader::{parse, Fault, MOST_BYTES, MOST_DEPTH};
pub use value::{Number, Object, Value};
