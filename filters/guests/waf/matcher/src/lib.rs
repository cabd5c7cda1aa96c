//! Whether and where first a pattern matches, for patterns and texts of which others choose the texts.
//!
//! A pattern is turned into Glushkov's automaton (positions instead of states: no empty moves), whose sets of positions are
//! bits, as in Navarro and Raffinot's "Flexible Pattern Matching in Strings", chapter 5: a set's successor takes a few
//! operations for each 64 positions. The sets that a search comes by are kept with their transitions, so that a byte of
//! ordinary text is one look into a table (a lazy DFA, as in RE2). Texts that lead to a new set with each byte cost more;
//! every cost is counted in steps, and a search that has none left ends.

mod automaton;
mod bits;
mod boundary;
mod byteset;
mod cache;
mod caches;
mod classes;
mod construction;
mod factoring;
mod fragment;
mod freezing;
mod pattern;
mod positions;
mod set;

pub use caches::Caches;
pub use pattern::{Found, Pattern};
