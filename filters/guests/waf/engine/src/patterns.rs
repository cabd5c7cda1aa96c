//! Patterns, compiled once for all routes with the same rules.

use crate::ruleset::RuleSet;
use regex::bytes::{Regex, RegexBuilder};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use waf_matcher::Pattern;

/// What one pattern may take when compiled to tell what its groups catch.
const REGEX_BYTES: usize = 16 << 20;

pub struct Patterns {
    set: Rc<RuleSet>,
    matchers: RefCell<BTreeMap<usize, Rc<Pattern>>>,
    regexes: RefCell<BTreeMap<usize, Rc<Regex>>>,
}

impl Patterns {
    pub fn new(set: &Rc<RuleSet>) -> Self {
        Patterns { set: set.clone(), matchers: RefCell::default(), regexes: RefCell::default() }
    }

    /// Return what tells whether a pattern matches, at a cost that is counted.
    pub(crate) fn matcher(&self, number: usize) -> Result<Rc<Pattern>, String> {
        made(&self.matchers, number, || Pattern::new(&self.set.patterns[number]))
    }

    /// Return what tells besides what a pattern's groups catch; for short texts.
    pub(crate) fn regex(&self, number: usize) -> Result<Rc<Regex>, String> {
        let compiled = || {
            let mut builder = RegexBuilder::new(&self.set.patterns[number]);
            builder.unicode(false).size_limit(REGEX_BYTES).build().map_err(|fault| fault.to_string())
        };
        made(&self.regexes, number, compiled)
    }
}

fn made<T>(
    known: &RefCell<BTreeMap<usize, Rc<T>>>,
    number: usize,
    make: impl FnOnce() -> Result<T, String>,
) -> Result<Rc<T>, String> {
    if let Some(known) = known.borrow().get(&number) {
        return Ok(known.clone());
    }
    let new = Rc::new(make().map_err(|fault| format!("its pattern cannot be taken: {fault}"))?);
    known.borrow_mut().insert(number, new.clone());
    Ok(new)
}
