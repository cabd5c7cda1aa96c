//! A web application firewall: judges requests and responses by rules in SecLang that `penstock waf compile` has
//! compiled. The rules are the VM's configuration, what a route asks of them is the plugin's.

mod configuration;
mod exchange;

use exchange::Exchange;
use penstock_sdk::{guest, Plugin};
use std::cell::RefCell;
use std::rc::Rc;
use waf_engine::{read, Patterns, Program, RuleSet};

thread_local! {
    static RULES: RefCell<Option<Rules>> = RefCell::default();
}

/// What all routes of one guest share.
struct Rules {
    set: Rc<RuleSet>,
    patterns: Patterns,
}

/// The rules as one route wants them.
pub struct Firewall(Rc<Program>);

impl Plugin for Firewall {
    type Stream = Exchange;

    fn start(blob: &[u8]) -> Result<(), String> {
        let set = Rc::new(read(blob).map_err(|fault| format!("waf: {fault}"))?);
        let patterns = Patterns::new(&set);
        RULES.with(|rules| rules.borrow_mut().replace(Rules { set, patterns }));
        Ok(())
    }

    fn configure(configuration: &[u8]) -> Result<Self, String> {
        let settings = configuration::read(configuration).map_err(|fault| format!("waf: {fault}"))?;
        RULES.with(|rules| match rules.borrow().as_ref() {
            Some(Rules { set, patterns }) => match Program::new(set, patterns, settings) {
                Ok(program) => Ok(Firewall(Rc::new(program))),
                Err(fault) => Err(format!("waf: {fault}")),
            },
            None => Err("waf: there are no rules: give the VM's configuration what penstock waf compile makes".into()),
        })
    }

    fn stream(self: &Rc<Self>) -> Exchange {
        Exchange::new(&self.0)
    }
}

guest!(Firewall: vm_start, request_headers, request_body, response_headers, response_body);
