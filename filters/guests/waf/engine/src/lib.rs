//! Judges an exchange by rules in SecLang that filters/waf/ has compiled. Pure: bytes in, a verdict and a report out.
//!
//! [`read`] a blob, make a [`Program`] of it for a route's [`Settings`], then for each exchange a [`Transaction`]: tell it
//! what comes (intake.rs), [`run`](Transaction::run) the phases, and ask for the [`Verdict`].

mod actions;
mod blob;
mod catching;
mod clock;
pub mod collection;
mod decision;
mod evaluation;
mod exclusion;
mod finding;
mod intake;
mod literals;
mod operator;
mod patterns;
mod pipelines;
mod prefilter;
mod program;
mod ruleset;
mod settings;
mod settling;
mod stores;
mod target;
mod template;
mod test;
#[cfg(test)]
mod tests;
mod transaction;
mod tx;
mod values;
mod workshop;

pub use blob::read;
pub use decision::Verdict;
pub use intake::RequestHead;
pub use patterns::Patterns;
pub use program::Program;
pub use ruleset::RuleSet;
pub use settings::{Exclusion, Mode, OnOverflow, RequestCaps, ResponseCaps, Settings};
pub use transaction::{Overflow, Transaction};
