//! What a rule asks of one value.

use crate::operator as op;
use crate::patterns::Patterns;
use crate::ruleset::{Rule, RuleSet};
use regex::bytes::Regex;
use std::rc::Rc;
use waf_injection::{sqli, xss};
use waf_matcher::{Caches, Found, Pattern};
use waf_transform::{
    contains_word, find, invalid_url_encoding, invalid_utf8, luhn, number, within, ByteRange, Networks,
};

pub enum Test {
    Always,
    Never,
    Pattern(Rc<Pattern>),
    /// The prefilter has the answer: a phrase of the rule's set stands in the value.
    Phrases,
    /// How the value compares with the rule's argument.
    Text(fn(&[u8], &[u8]) -> bool),
    Number(fn(i64, i64) -> bool),
    Address(Networks),
    Sqli,
    Xss,
    Bytes(ByteRange),
    UrlEncoding,
    Utf8,
    Card(Rc<Regex>),
}

impl Test {
    /// Make ready what the rule asks; says why where that cannot be.
    pub fn new(rule: &Rule, set: &RuleSet, patterns: &Patterns) -> Result<Test, String> {
        let fixed = || -> Result<&str, String> {
            let text = rule.argument.literal().ok_or("its argument may have no variables in it")?;
            std::str::from_utf8(text).map_err(|_| "its argument is no text".into())
        };
        Ok(match rule.operator {
            op::ALWAYS => Test::Always,
            op::NEVER => Test::Never,
            op::RX | op::RX_GLOBAL => Test::Pattern(patterns.matcher(rule.operand)?),
            op::PM => match set.phrase_sets[rule.operand].is_empty() {
                true => Test::Never,
                false => Test::Phrases,
            },
            op::WITHIN => Test::Text(|value, argument| within(value, argument)),
            op::STREQ => Test::Text(|value, argument| value == argument),
            op::CONTAINS | op::STRMATCH => Test::Text(|value, argument| find(value, argument).is_some()),
            op::BEGINS_WITH => Test::Text(|value, argument| value.starts_with(argument)),
            op::ENDS_WITH => Test::Text(|value, argument| value.ends_with(argument)),
            op::CONTAINS_WORD => Test::Text(|value, argument| contains_word(value, argument)),
            op::EQ => Test::Number(|value, argument| value == argument),
            op::GE => Test::Number(|value, argument| value >= argument),
            op::GT => Test::Number(|value, argument| value > argument),
            op::LE => Test::Number(|value, argument| value <= argument),
            op::LT => Test::Number(|value, argument| value < argument),
            op::IP_MATCH => Test::Address(Networks::parse(fixed()?).ok_or("its argument names no networks")?),
            op::DETECT_SQLI => Test::Sqli,
            op::DETECT_XSS => Test::Xss,
            op::VALIDATE_BYTE_RANGE => {
                Test::Bytes(ByteRange::parse(fixed()?).ok_or("its argument is no range of bytes")?)
            }
            op::VALIDATE_URL_ENCODING => Test::UrlEncoding,
            op::VALIDATE_UTF8_ENCODING => Test::Utf8,
            op::VERIFY_CC => Test::Card(patterns.regex(rule.operand)?),
            unknown => return Err(format!("operator {unknown} is not known to this module")),
        })
    }

    /// Tell whether a value passes; None where that takes more steps than there are.
    pub fn matches(&self, value: &[u8], argument: &[u8], states: &mut Caches, steps: &mut u64) -> Option<bool> {
        if let Test::Pattern(pattern) = self {
            return match pattern.shortest(states, value, steps) {
                Found::Nowhere => Some(false),
                Found::Ends(_) => Some(true),
                Found::OutOfSteps => None,
            };
        }
        *steps = steps.checked_sub(value.len() as u64 * self.steps_per_byte())?;
        Some(self.passes(value, argument))
    }

    fn passes(&self, value: &[u8], argument: &[u8]) -> bool {
        match self {
            Test::Always | Test::Phrases | Test::Pattern(_) => true,
            Test::Never => false,
            Test::Text(compare) => compare(value, argument),
            Test::Number(compare) => compare(number(value), number(argument)),
            Test::Address(networks) => networks.contains(value),
            Test::Sqli => sqli(value).is_some(),
            Test::Xss => xss(value),
            Test::Bytes(range) => range.violated(value),
            Test::UrlEncoding => invalid_url_encoding(value),
            Test::Utf8 => invalid_utf8(value),
            Test::Card(regex) => regex.find_iter(value).any(|found| luhn(found.as_bytes())),
        }
    }

    /// Texts of which one stands in every value that passes the test.
    pub fn literals(&self, rule: &Rule, set: &RuleSet) -> Option<Vec<Vec<u8>>> {
        match (self, rule.operator) {
            // Without the prefilter there is no answer, not even for a rule that is negated.
            (Test::Phrases, _) => Some(set.phrase_sets[rule.operand].clone()),
            _ if rule.negated => None,
            (Test::Pattern(_), _) => of_pattern(&set.patterns[rule.operand]),
            (Test::Text(_), op::CONTAINS | op::BEGINS_WITH | op::ENDS_WITH | op::STREQ | op::STRMATCH) => {
                rule.argument.literal().filter(|text| text.len() > 2).map(|text| vec![text.to_vec()])
            }
            _ => None,
        }
    }

    /// How many steps a byte of a value takes at most, roughly.
    fn steps_per_byte(&self) -> u64 {
        match self {
            Test::Card(_) => 100,
            Test::Sqli | Test::Xss => 8,
            _ => 1,
        }
    }
}

fn of_pattern(pattern: &str) -> Option<Vec<Vec<u8>>> {
    let mut parser = regex_syntax::ParserBuilder::new().unicode(false).allow_invalid_utf8(true).build();
    crate::literals::required(&parser.parse(pattern).ok()?)
}
