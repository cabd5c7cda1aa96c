//! Why a reader went no further.

use crate::caps::Overflow;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Fault(&'static str),
    Overflow(Overflow),
}

impl From<Overflow> for Stop {
    fn from(overflow: Overflow) -> Stop {
        Stop::Overflow(overflow)
    }
}

impl Stop {
    /// Tell faults from overflows, as results carry them.
    pub(crate) fn parts(read: Result<(), Stop>) -> (Option<&'static str>, Option<Overflow>) {
        match read {
            Ok(()) => (None, None),
            Err(Stop::Fault(fault)) => (Some(fault), None),
            Err(Stop::Overflow(overflow)) => (None, Some(overflow)),
        }
    }
}

pub(crate) fn fault<T>(what: &'static str) -> Result<T, Stop> {
    Err(Stop::Fault(what))
}
