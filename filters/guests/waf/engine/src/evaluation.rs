//! The rules of a phase, run over an exchange.

use crate::decision::Verdict;
use crate::pipelines::Node;
use crate::program::{Phase, Program, Ready};
use crate::ruleset::{disruptive, Rule};
use crate::settings::Mode;
use crate::stores::Half;
use crate::target::{From, Select, Target};
use crate::test::Test;
use crate::transaction::{Match, Overflow, Transaction};
use crate::tx::Value;
use crate::values::{Scan, Subject};

/// What a rule costs by itself, in steps.
const STEPS_OF_A_TEST: u64 = 40;

/// What is at hand while a link of a chain is tried.
struct Link<'p> {
    program: &'p Program,
    head: usize,
    rule: &'p Rule,
    ready: &'p Ready,
}

impl Transaction {
    /// Run a phase, 1 to 4, until its end or an interruption.
    pub fn run(&mut self, phase: u8) {
        if self.mode.is_none() || self.verdict() != Verdict::Pass || phase <= self.allowed_until {
            return;
        }
        self.in_response = phase > 2;
        let program = self.program.clone();
        let rules = program.phase(phase.into());
        let candidates = self.candidates(&program, rules);
        let mut resume_at = 0;
        let mut to_skip = 0;
        for &(head, gate) in &rules.heads {
            if self.steps == 0 {
                return;
            }
            if head < resume_at {
                continue;
            }
            if to_skip > 0 {
                to_skip -= 1;
                continue;
            }
            if gate.map(usize::from).map_or(false, |gate| candidates[gate / 64] >> (gate % 64) & 1 == 0) {
                continue;
            }
            if self.removed.contains(&head) || !self.chain(&program, head) {
                continue;
            }
            let rule = &program.set.rules[head];
            to_skip = rule.skip;
            resume_at = rule.skip_after.unwrap_or(0);
            if self.concluded(&program, head, phase) {
                return;
            }
        }
    }

    /// Whether an interruption has ended the exchange.
    pub fn is_over(&self) -> bool {
        self.mode == Some(Mode::Enforce) && self.interruption.is_some()
    }

    /// Do what a chain's head asks for at the end; tell whether the phase is over.
    fn concluded(&mut self, program: &Program, head: usize, phase: u8) -> bool {
        let rule = &program.set.rules[head];
        match rule.disruptive {
            disruptive::BLOCK | disruptive::REDIRECT => {
                self.interrupt(head, phase, rule.status);
                self.is_over()
            }
            disruptive::ALLOW => self.allow(u8::MAX),
            disruptive::ALLOW_REQUEST => self.allow(2),
            disruptive::ALLOW_PHASE => self.allow(phase),
            _ => self.mode.is_none(),
        }
    }

    fn allow(&mut self, until: u8) -> bool {
        self.allowed_until = until;
        true
    }

    /// Look at every value once, and tell whose literals stand there: the gates that are open.
    fn candidates(&mut self, program: &Program, phase: &Phase) -> Vec<u64> {
        let mut open = vec![0; program.prefilter.words()];
        for scan in &phase.scans {
            let (stores, half) = match scan.from {
                From::Stores(stores, half) => (stores, half),
                _ => continue,
            };
            for &store in stores {
                for at in 0..self.stores.members(store).len() {
                    if self.steps == 0 {
                        return open;
                    }
                    let root = self.stores.members(store)[at].half(half);
                    for path in &scan.paths {
                        self.open_gates(program, root, path, &scan.gates, &mut open);
                    }
                }
            }
        }
        open
    }

    fn open_gates(&mut self, program: &Program, root: Subject, path: &[Node], of: &[u64], open: &mut [u64]) {
        let subject = self.transformed(program, root, path);
        if let Scan::Bits(at) = self.scan(program, subject) {
            let found = self.values.bits(at, of.len());
            for (word, (found, of)) in open.iter_mut().zip(found.iter().zip(of)) {
                *word |= found & of;
            }
        }
    }

    /// Try a rule and those chained to it; do what its links ask for as they match.
    pub(crate) fn chain(&mut self, program: &Program, head: usize) -> bool {
        self.matches.clear();
        let mut at = head;
        loop {
            let rule = &program.set.rules[at];
            let ready = match program.ready(at) {
                Some(ready) => ready,
                None => return false,
            };
            if !self.link(&Link { program, head, rule, ready }) {
                return false;
            }
            if !rule.chain_goes_on() {
                break;
            }
            at += 1;
        }
        self.find(program, head);
        for link in head..=at {
            self.control(program, link);
        }
        true
    }

    fn link(&mut self, link: &Link) -> bool {
        if link.rule.unconditional() {
            self.assign(link.program, link.ready);
            return true;
        }
        let expanded;
        let argument = match link.ready.argument.fixed() {
            Some(fixed) => fixed,
            None => {
                expanded = self.expanded(&link.ready.argument);
                &expanded
            }
        };
        let mut any = false;
        for target in &link.ready.targets {
            any |= self.target(link, target, argument);
        }
        any
    }

    /// Try all values of a target, for each that matches is acted upon.
    fn target(&mut self, link: &Link, target: &Target, argument: &[u8]) -> bool {
        let mut any = false;
        match target.from {
            _ if target.count => any = self.counted(link, target, argument),
            From::Stores(stores, half) => {
                for &store in stores {
                    for at in 0..self.stores.members(store).len() {
                        let member = self.stores.members(store)[at];
                        any |= self.member(link, target, member.name, member.half(half), argument);
                    }
                }
            }
            From::Tx => any = self.variables(link, target, argument),
            From::Matches(half) => {
                for at in 0..self.matches.len() {
                    any |= self.matched_before(link, target, at, half, argument);
                }
            }
            From::LastMatch(half) => {
                if let Some(last) = self.matches.len().checked_sub(1) {
                    any = self.matched_before(link, target, last, half, argument);
                }
            }
            From::Rule => any = self.rule_itself(link, target, argument),
            From::HighestSeverity => any = self.number(link, target, self.severity.into(), argument),
        }
        any
    }

    fn member(&mut self, link: &Link, target: &Target, name: Subject, value: Subject, argument: &[u8]) -> bool {
        let is_meant = matches!(target.select, Select::All) || target.select.takes(self.values.text(name));
        is_meant && self.value(link, target, name, value, argument)
    }

    fn matched_before(&mut self, link: &Link, target: &Target, at: usize, half: Half, argument: &[u8]) -> bool {
        let Match { name, value } = self.matches[at];
        let value = if half == Half::Name { name } else { value };
        self.member(link, target, name, value, argument)
    }

    /// Test how many members there are.
    fn counted(&mut self, link: &Link, target: &Target, argument: &[u8]) -> bool {
        let count = self.count(link.program, target);
        self.number(link, target, count as u64, argument)
    }

    fn rule_itself(&mut self, link: &Link, target: &Target, argument: &[u8]) -> bool {
        let head = &link.program.set.rules[link.head];
        let members = [(&b"id"[..], head.id), (b"phase", head.phase.into()), (b"severity", head.severity.into())];
        let mut any = false;
        for (_, number) in members.iter().filter(|(name, _)| target.select.takes(name)) {
            any |= self.number(link, target, (*number).into(), argument);
        }
        any
    }

    fn number(&mut self, link: &Link, target: &Target, number: u64, argument: &[u8]) -> bool {
        let (name, value) = (self.values.add(b""), self.values.add(number.to_string().as_bytes()));
        self.value(link, target, name, value, argument)
    }

    fn count(&self, program: &Program, target: &Target) -> usize {
        let takes = |name: &[u8]| target.select.takes(name) && !target.excludes(name);
        match target.from {
            From::Stores(stores, _) => {
                let members = stores.iter().flat_map(|&store| self.stores.members(store));
                members.filter(|member| takes(self.values.text(member.name))).count()
            }
            From::Tx => match target.select {
                Select::Slot(slot) => self.tx.get(slot).is_some().into(),
                _ => self.tx.iter(&program.names).filter(|(name, _)| takes(name)).count(),
            },
            From::Matches(_) => self.matches.len(),
            From::LastMatch(_) => self.matches.len().min(1),
            From::Rule | From::HighestSeverity => 1,
        }
    }

    fn variables(&mut self, link: &Link, target: &Target, argument: &[u8]) -> bool {
        if let Select::Slot(slot) = target.select {
            let value = match (self.tx.get(slot), &link.ready.test) {
                (None, _) => return false,
                // Scores and levels, compared: most of what TX is asked for.
                (Some(Value::Number(number)), Test::Number(compare))
                    if compare(*number, waf_transform::number(argument)) == link.rule.negated =>
                {
                    return false
                }
                (Some(value), _) => value.clone(),
            };
            return self.variable(link, target, link.program.names.name(slot), &value, argument);
        }
        let meant = self.tx.iter(&link.program.names).filter(|(name, _)| target.select.takes(name));
        let meant: Vec<_> = meant.map(|(name, value)| (name.to_vec(), value.clone())).collect();
        let mut any = false;
        for (name, value) in meant {
            any |= self.variable(link, target, &name, &value, argument);
        }
        any
    }

    fn variable(&mut self, link: &Link, target: &Target, name: &[u8], value: &Value, argument: &[u8]) -> bool {
        let mut text = Vec::new();
        value.write(&mut text);
        let (name, value) = (self.values.add(name), self.values.add(&text));
        self.value(link, target, name, value, argument)
    }

    /// Try one value, after the rule's transformations; after each of them, where the rule says `multiMatch`.
    fn value(&mut self, link: &Link, target: &Target, name: Subject, root: Subject, argument: &[u8]) -> bool {
        let path = link.program.pipelines.path(link.rule.pipeline);
        if !link.rule.multi_match() {
            let subject = self.transformed(link.program, root, path);
            return self.subject(link, target, name, subject, argument);
        }
        let mut last = None;
        let mut any = false;
        for steps in 0..=path.len() {
            let subject = self.transformed(link.program, root, &path[..steps]);
            any |= last.replace(subject) != Some(subject) && self.subject(link, target, name, subject, argument);
        }
        any
    }

    fn subject(&mut self, link: &Link, target: &Target, name: Subject, subject: Subject, argument: &[u8]) -> bool {
        if self.tested(link, subject, argument) == link.rule.negated || self.is_excluded(link, target, name) {
            return false;
        }
        self.matched(link, target, name, subject);
        true
    }

    /// Whether a value is what the rule asks for, before any negation. Without steps left nothing is found.
    fn tested(&mut self, link: &Link, subject: Subject, argument: &[u8]) -> bool {
        if let Some(gate) = link.ready.gate {
            match self.scan(link.program, subject) {
                Scan::Bits(at) if self.values.has_bit(at, gate.into()) => {}
                _ => return false,
            }
        }
        self.spend(STEPS_OF_A_TEST);
        let mut states = link.program.states.borrow_mut();
        let text = self.values.text(subject);
        let tested = link.ready.test.matches(text, argument, &mut states, &mut self.steps);
        tested.unwrap_or_else(|| {
            self.spend(u64::MAX);
            link.rule.negated
        })
    }

    fn is_excluded(&self, link: &Link, target: &Target, name: Subject) -> bool {
        let name = self.values.text(name);
        target.excludes(name) || self.is_untargeted(link.program, link.head, target.collection, name)
    }

    fn matched(&mut self, link: &Link, target: &Target, name: Subject, value: Subject) {
        let name = self.full_name(target.collection, name);
        self.matches.push(Match { name, value });
        if link.ready.captures {
            self.capture(link.program, link.ready, value);
        }
        self.severity = self.severity.min(link.rule.severity);
        self.assign(link.program, link.ready);
    }

    fn full_name(&mut self, collection: u8, name: Subject) -> Subject {
        let mut full = crate::collection::name(collection).as_bytes().to_vec();
        self.spend(self.values.text(name).len() as u64);
        let member = self.values.text(name);
        if !member.is_empty() {
            full.push(b':');
            full.extend_from_slice(member);
        }
        self.values.add(&full)
    }

    fn transformed(&mut self, program: &Program, root: Subject, path: &[Node]) -> Subject {
        let before = self.values.size();
        let subject = self.values.transformed(&program.pipelines, root, path);
        self.spend((self.values.size() - before) as u64 * 4);
        subject
    }

    fn scan(&mut self, program: &Program, subject: Subject) -> Scan {
        if self.values.scan(subject) == Scan::NotYet {
            self.spend(self.values.text(subject).len() as u64 * 2);
        }
        program.prefilter.scan(&mut self.values, subject)
    }

    /// Count steps; tell whether there are any left.
    pub(crate) fn spend(&mut self, steps: u64) -> bool {
        self.steps = self.steps.saturating_sub(steps);
        if self.steps == 0 {
            self.exceed(Overflow::Work);
        }
        self.steps > 0
    }
}
