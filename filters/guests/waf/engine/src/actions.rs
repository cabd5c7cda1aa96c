//! What rules do when they match: set variables, catch groups, change how the exchange is judged, tell.

use crate::collection as c;
use crate::finding::{masked, Finding, Interruption};
use crate::program::{Assignment, Control, Program, Ready, CAPTURES};
use crate::ruleset::{Change, Ctl};
use crate::settings::Mode;
use crate::stores::{shown, Half};
use crate::template::{Piece, Template};
use crate::test::Test;
use crate::transaction::Transaction;
use crate::tx::Value;
use crate::values::Subject;
use waf_matcher::Found;

const FORBIDDEN: u16 = 403;
const LONGEST_CAUGHT: usize = 4096;
const STEPS_TO_CATCH: u64 = 200;
/// Texts that rules put together are no longer than this: `setvar` in a loop over arguments could double one each time.
const LONGEST_TEXT: usize = 64 * 1024;

/// What is told of a finding is cut, for a report of all must stay within what hosts take.
const LONGEST_TARGET: usize = 128;
const LONGEST_MESSAGE: usize = 256;

impl Transaction {
    pub(crate) fn assign(&mut self, program: &Program, ready: &Ready) {
        for assignment in &ready.setvars {
            self.assign_one(program, assignment);
        }
    }

    fn assign_one(&mut self, program: &Program, assignment: &Assignment) {
        let name = match assignment.name.fixed() {
            Some(name) => name.to_vec(),
            None => self.expanded(&assignment.name),
        };
        let now = |it: &Self| it.tx.named(&program.names, &name).map_or(0, Value::number);
        let value = match assignment.change {
            Change::Unset => None,
            Change::Set => Some(Value::of(&self.expanded(&assignment.value))),
            Change::Add => Some(Value::Number(now(self).saturating_add(self.operand(assignment)))),
            Change::Subtract => Some(Value::Number(now(self).saturating_sub(self.operand(assignment)))),
        };
        self.tx.set_named(&program.names, &name, value);
    }

    fn operand(&self, assignment: &Assignment) -> i64 {
        waf_transform::number(&self.expanded(&assignment.value))
    }

    /// Keep what a rule has caught as `TX:0` to `TX:9`.
    ///
    /// Of a long value only the whole: catching groups takes many steps a byte, and rules that compare them look at headers.
    pub(crate) fn capture(&mut self, program: &Program, ready: &Ready, value: Subject) {
        self.spend(self.values.text(value).len().min(LONGEST_CAUGHT) as u64 * STEPS_TO_CATCH);
        let text = self.values.text(value);
        let gate = ready.gate;
        let mut caught: Vec<Option<&[u8]>> = vec![Some(text)];
        let evidence;
        match &ready.test {
            Test::Pattern(_) if text.len() <= LONGEST_CAUGHT => {
                if let Some(groups) = ready.catching.as_ref().and_then(|regex| regex.captures(text)) {
                    caught = groups.iter().take(CAPTURES.len()).map(|group| group.map(|it| it.as_bytes())).collect();
                }
            }
            Test::Phrases => caught = vec![gate.and_then(|gate| program.prefilter.first(text, gate))],
            Test::Sqli => {
                evidence = waf_injection::sqli(text);
                caught = vec![evidence.as_ref().map(|evidence| evidence.as_bytes())];
            }
            _ => {}
        }
        let caught: Vec<_> = caught.into_iter().map(|group| group.map(|text| Value::Text(text.to_vec()))).collect();
        for (slot, group) in caught.into_iter().enumerate() {
            self.tx.set(slot, group);
        }
    }

    pub(crate) fn control(&mut self, program: &Program, at: usize) {
        let ready = match program.ready(at) {
            Some(ready) => ready,
            None => return,
        };
        for (index, control) in ready.controls.iter().enumerate() {
            match control {
                Control::RemoveRules(rules) => self.removed.extend(rules),
                Control::RemoveTarget(..) => self.untargeted.push((at, index)),
                Control::Other(Ctl::RuleEngine(0)) => self.mode = None,
                Control::Other(Ctl::RuleEngine(2)) => self.mode = self.mode.map(|_| Mode::Detect),
                Control::Other(Ctl::BodyProcessor(processor)) => self.body.processor = Some(*processor),
                Control::Other(Ctl::RequestBodyAccess(access)) => self.body.request_access = Some(*access),
                Control::Other(Ctl::ResponseBodyAccess(access)) => self.body.response_access = Some(*access),
                Control::Other(_) => {}
            }
        }
    }

    /// Whether a `ctl` has taken a member out of a rule's targets.
    pub(crate) fn is_untargeted(&self, program: &Program, rule: usize, collection: u8, name: &[u8]) -> bool {
        self.untargeted.iter().any(|&(at, index)| match program.ready(at).and_then(|ready| ready.controls.get(index)) {
            Some(Control::RemoveTarget(rules, target)) => {
                target.collection == collection && rules.contains(&rule) && target.select.takes(name)
            }
            _ => false,
        })
    }

    pub(crate) fn interrupt(&mut self, rule: usize, phase: u8, status: u16) {
        let status = if (400..600).contains(&status) { status } else { FORBIDDEN };
        self.interruption.get_or_insert(Interruption { rule, phase, status });
    }

    /// Keep what is to be told of a chain that matched.
    pub(crate) fn find(&mut self, program: &Program, head: usize) {
        let rule = &program.set.rules[head];
        let ready = match program.ready(head) {
            Some(ready) if !rule.silent() && !rule.message.0.is_empty() => ready,
            _ => return,
        };
        let message = cut(&self.expanded(&ready.message), LONGEST_MESSAGE).to_vec();
        let first = match self.matches.first() {
            Some(first) => *first,
            None => return self.findings.push(Finding { rule: head, message, ..Finding::default() }),
        };
        let target = cut(self.values.text(first.name), LONGEST_TARGET).to_vec();
        let most = program.settings.reported;
        let whole = self.values.text(first.value);
        let part = match &ready.test {
            Test::Pattern(pattern) => {
                match pattern.shortest(&mut program.states.borrow_mut(), whole, &mut self.steps) {
                    Found::Ends(end) => &whole[end.saturating_sub(most)..end],
                    _ => whole,
                }
            }
            Test::Phrases => ready.gate.and_then(|gate| program.prefilter.first(whole, gate)).unwrap_or(whole),
            _ => whole,
        };
        let matched = masked(&target, part, most);
        self.findings.push(Finding { rule: head, message, target, matched });
    }

    pub(crate) fn expanded(&self, template: &Template) -> Vec<u8> {
        let mut text = Vec::new();
        for piece in template.pieces() {
            match piece {
                Piece::Literal(literal) => text.extend_from_slice(literal),
                Piece::Tx(slot) => {
                    if let Some(value) = self.tx.get(*slot) {
                        value.write(&mut text);
                    }
                }
                Piece::Variable(collection, name) => self.write_member(*collection, name, &mut text),
            }
        }
        text.truncate(LONGEST_TEXT);
        text
    }

    fn write_member(&self, collection: u8, name: &[u8], to: &mut Vec<u8>) {
        let found = match collection {
            c::MATCHED_VAR => self.matches.last().map(|last| last.value),
            c::MATCHED_VAR_NAME => self.matches.last().map(|last| last.name),
            _ => {
                let (stores, half) = shown(collection, false);
                let mut members = stores.iter().flat_map(|&store| self.stores.members(store));
                let is_meant = |member_name: &[u8]| name.is_empty() || member_name.eq_ignore_ascii_case(name);
                members.find(|it| is_meant(self.values.text(it.half(Half::Name)))).map(|it| it.half(half))
            }
        };
        if let Some(found) = found {
            to.extend_from_slice(self.values.text(found));
        }
    }
}

fn cut(text: &[u8], most: usize) -> &[u8] {
    &text[..text.len().min(most)]
}
