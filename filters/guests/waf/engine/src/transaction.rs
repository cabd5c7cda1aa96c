//! One exchange before its rules: what it is about, what they have set and found.

use crate::collection as c;
use crate::finding::{Finding, Interruption};
use crate::program::Program;
use crate::ruleset::NO_SEVERITY;
use crate::settings::Mode;
use crate::stores::Stores;
use crate::tx::Tx;
use crate::values::{Subject, Values};
use std::rc::Rc;

/// Why something was not inspected to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    Body,
    Arguments,
    Depth,
    /// The rules took more steps than an exchange may.
    Work,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    /// `ARGS:id`
    pub name: Subject,
    pub value: Subject,
}

pub struct Transaction {
    pub(crate) program: Rc<Program>,
    pub(crate) values: Values,
    pub(crate) stores: Stores,
    pub(crate) tx: Tx,
    pub(crate) matches: Vec<Match>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) interruption: Option<Interruption>,
    pub(crate) overflow: Option<Overflow>,
    /// Whether it was the response that was too much.
    pub(crate) overflowed_in_response: bool,
    pub(crate) in_response: bool,
    pub(crate) mode: Option<Mode>,
    pub(crate) severity: u8,
    /// Numbers of rules that `ctl` has taken out, and of rules and their controls that have taken targets out.
    pub(crate) removed: Vec<usize>,
    pub(crate) untargeted: Vec<(usize, usize)>,
    /// The phases that `allow` has let off: those up to this number.
    pub(crate) allowed_until: u8,
    pub(crate) body: BodyControls,
    pub(crate) steps: u64,
}

/// What `ctl` has said about bodies.
#[derive(Clone, Copy, Default)]
pub(crate) struct BodyControls {
    pub processor: Option<u8>,
    pub request_access: Option<bool>,
    pub response_access: Option<bool>,
}

const MOST_SPARE: usize = 32;
const MOST_SPARE_BYTES: usize = 64 * 1024;

/// A step takes 2 to 4 ns in a guest, so that an exchange takes 100 ms at most: half of the time that a call has by default.
/// The worst found at paranoia 1 and the default caps, 120 kB made of the patterns' own words, takes half of the steps.
const MOST_STEPS: u64 = 24_000_000;

impl Transaction {
    pub fn new(program: &Rc<Program>) -> Transaction {
        let (values, stores) = program.spare.borrow_mut().pop().unwrap_or_default();
        Transaction {
            program: program.clone(),
            values,
            stores,
            tx: program.tx.clone(),
            matches: Vec::new(),
            findings: Vec::new(),
            interruption: None,
            overflow: None,
            overflowed_in_response: false,
            in_response: false,
            mode: Some(program.settings.mode),
            severity: NO_SEVERITY,
            removed: Vec::new(),
            untargeted: Vec::new(),
            allowed_until: 0,
            body: BodyControls::default(),
            steps: MOST_STEPS,
        }
    }

    /// Note what was too much; the first that was, but that no steps are left is always told.
    pub(crate) fn exceed(&mut self, overflow: Overflow) {
        if self.overflow.is_none() || overflow == Overflow::Work {
            self.overflow = Some(overflow);
            self.overflowed_in_response = self.in_response;
            let flag = if self.in_response { c::OUTBOUND_DATA_ERROR } else { c::INBOUND_DATA_ERROR };
            self.stores.set(&mut self.values, flag, b"1");
        }
    }
}

/// The memory of an exchange serves the next one: to make it anew took a fifth of a small request's time.
impl Drop for Transaction {
    fn drop(&mut self) {
        let mut spare = self.program.spare.borrow_mut();
        if spare.len() < MOST_SPARE && self.values.size() <= MOST_SPARE_BYTES {
            self.values.clear();
            self.stores.clear();
            spare.push((std::mem::take(&mut self.values), std::mem::take(&mut self.stores)));
        }
    }
}
