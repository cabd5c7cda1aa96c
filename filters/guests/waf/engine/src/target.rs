//! The values that a rule looks at, with names looked up and patterns made ready.

use crate::collection as c;
use crate::ruleset::{Selector, Variable};
use crate::stores::{shown, Half, Store};
use crate::tx::{Names, Slot};
use regex::bytes::Regex;
use std::rc::Rc;

pub struct Target {
    pub collection: u8,
    pub count: bool,
    pub from: From,
    pub select: Select,
    pub excluded: Vec<Select>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum From {
    Stores(&'static [Store], Half),
    Tx,
    /// What the links of this chain have matched so far.
    Matches(Half),
    LastMatch(Half),
    Rule,
    HighestSeverity,
}

#[derive(Clone)]
pub enum Select {
    All,
    /// In lower case.
    Name(Vec<u8>),
    Slot(Slot),
    Pattern(Rc<Regex>),
}

impl Target {
    pub fn new(
        variable: &Variable,
        names: &mut Names,
        regex: impl Fn(usize) -> Result<Rc<Regex>, String>,
    ) -> Result<Target, String> {
        let collection = variable.collection;
        let attributes = matches!(&variable.selector, Selector::Name(name) if name.starts_with(b"//@"));
        let from = match collection {
            c::TX => From::Tx,
            c::MATCHED_VAR => From::LastMatch(Half::Value),
            c::MATCHED_VAR_NAME => From::LastMatch(Half::Name),
            c::MATCHED_VARS => From::Matches(Half::Value),
            c::MATCHED_VARS_NAMES => From::Matches(Half::Name),
            c::RULE => From::Rule,
            c::HIGHEST_SEVERITY => From::HighestSeverity,
            _ => {
                let (stores, half) = shown(collection, attributes);
                From::Stores(stores, half)
            }
        };
        let by_name = |selector: &Selector| -> Result<Select, String> {
            Ok(match selector {
                Selector::All => Select::All,
                Selector::Name(_) if collection == c::XML => Select::All,
                Selector::Name(name) => Select::Name(name.clone()),
                Selector::Pattern(pattern) => Select::Pattern(regex(*pattern)?),
            })
        };
        let select = match &variable.selector {
            Selector::Name(name) if collection == c::TX => Select::Slot(names.slot(name)),
            selector => by_name(selector)?,
        };
        let excluded = variable.excluded.iter().map(by_name).collect::<Result<_, _>>()?;
        Ok(Target { collection, count: variable.count, from, select, excluded })
    }

    pub fn excludes(&self, name: &[u8]) -> bool {
        self.excluded.iter().any(|excluded| excluded.takes(name))
    }
}

impl Select {
    pub fn takes(&self, name: &[u8]) -> bool {
        match self {
            Select::All => true,
            Select::Name(wanted) => name.eq_ignore_ascii_case(wanted),
            Select::Slot(_) => false,
            Select::Pattern(regex) => regex.is_match(name),
        }
    }
}
