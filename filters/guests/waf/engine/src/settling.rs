//! Rules that can be run beforehand, for nothing in them depends on an exchange: those that set the variables of TX to begin
//! with, and those that lead past what a paranoia level leaves out. CRS has some two hundred of them.

use crate::program::{Program, Ready, CAPTURES, PHASES};
use crate::target::{From, Select};
use crate::template::{Piece, Template};
use crate::transaction::Transaction;
use crate::tx::Slot;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Run what can be run beforehand, and leave it out from now on.
pub fn settled(program: Program) -> Program {
    let program = Rc::new(program);
    let mut dry = Transaction::new(&program);
    let prelude = dry.run_prelude(|head| is_settled(&program, head));
    let begun = prelude.map(|first| (first, std::mem::take(&mut dry.tx)));
    drop(dry);
    let mut program = alone(program);
    if let Some((first, tx)) = begun {
        program.tx = tx;
        program.phase_mut(1).heads.retain(|&(head, _)| head >= first);
    }
    leave_out(program)
}

/// Take a program back that only transactions shared, which are gone.
fn alone(program: Rc<Program>) -> Program {
    Rc::try_unwrap(program).unwrap_or_else(|_| unreachable!("a transaction outlives its dry run"))
}

/// Whether a chain reads and sets nothing but variables of TX, and does no more.
fn is_settled(program: &Program, head: usize) -> bool {
    let of_tx = |template: &Template| template.pieces().iter().all(|piece| !matches!(piece, Piece::Variable(..)));
    links(program, head).all(|(at, ready)| {
        let targets = ready.targets.iter();
        let mut known = targets.map(|target| matches!((target.from, &target.select), (From::Tx, Select::Slot(_))));
        let sets = |ready: &Ready| ready.setvars.iter().all(|it| of_tx(&it.name) && of_tx(&it.value));
        let rule = &program.set.rules[at];
        known.all(|known| known)
            && of_tx(&ready.argument)
            && sets(ready)
            && ready.controls.is_empty()
            && !rule.captures()
    })
}

/// A chain's links, by number.
pub fn links(program: &Program, head: usize) -> impl Iterator<Item = (usize, &Ready)> {
    let length = program.set.rules[head..].iter().take_while(|rule| rule.chain_goes_on()).count() + 1;
    (head..head + length).filter_map(move |at| Some((at, program.ready(at)?)))
}

/// Leave out the rules whose answer is known, and those that they lead past.
fn leave_out(program: Program) -> Program {
    let changing = Changing::new(&program);
    let program = Rc::new(program);
    let kept: Vec<_> = (1..=PHASES).map(|phase| kept(&program, phase, &changing)).collect();
    let mut program = alone(program);
    for (phase, kept) in kept.into_iter().enumerate() {
        program.phase_mut(phase + 1).heads.retain(|(head, _)| kept.contains(head));
    }
    program
}

fn kept(program: &Rc<Program>, phase: usize, changing: &Changing) -> BTreeSet<usize> {
    let heads: Vec<usize> = program.phase(phase).heads.iter().map(|&(head, _)| head).collect();
    let all = || heads.iter().copied().collect();
    let rule = |head: usize| &program.set.rules[head];
    if heads.iter().any(|&head| rule(head).skip > 0) {
        return all(); // It counts rules.
    }
    let mut dry = Transaction::new(program);
    let mut kept = BTreeSet::new();
    let mut resume_at = 0;
    for &head in &heads {
        if head < resume_at {
            continue;
        }
        if !is_settled(program, head) || !links(program, head).all(|(_, ready)| changing.spares(ready)) {
            kept.insert(head);
        } else if dry.chain(program, head) {
            let to = rule(head).skip_after.unwrap_or(0);
            let leads_within =
                |&other: &usize| rule(other).skip_after.map_or(false, |target| head < target && target < to);
            let sets = links(program, head).any(|(_, ready)| !ready.setvars.is_empty());
            let only_leads =
                !sets && rule(head).disruptive == 0 && (rule(head).silent() || rule(head).message.0.is_empty());
            match only_leads && !kept.iter().any(leads_within) {
                true => resume_at = to,
                false => {
                    kept.insert(head);
                }
            }
        }
    }
    kept
}

/// The variables of TX that rules set while an exchange lasts.
struct Changing {
    slots: BTreeSet<Slot>,
}

impl Changing {
    fn new(program: &Program) -> Changing {
        let mut slots: BTreeSet<Slot> = (0..CAPTURES.len()).collect();
        let heads = (1..=PHASES).flat_map(|phase| program.phase(phase).heads.iter());
        for (_, ready) in heads.flat_map(|&(head, _)| links(program, head)) {
            for setvar in &ready.setvars {
                slots
                    .extend(program.names.beginning_with(known_beginning(&setvar.name), setvar.name.fixed().is_some()));
            }
        }
        Changing { slots }
    }

    /// Whether a rule reads only what stays.
    fn spares(&self, ready: &Ready) -> bool {
        let read = ready.targets.iter().filter_map(|target| match target.select {
            Select::Slot(slot) => Some(slot),
            _ => None,
        });
        let compared = ready.argument.pieces().iter().filter_map(|piece| match piece {
            Piece::Tx(slot) => Some(*slot),
            _ => None,
        });
        read.chain(compared).all(|slot| !self.slots.contains(&slot))
    }
}

fn known_beginning(name: &Template) -> &[u8] {
    match name.pieces() {
        [Piece::Literal(text), ..] => text,
        _ => b"",
    }
}

impl Transaction {
    /// Run the first rules, as long as they are settled; return the first one that is to be run for each exchange.
    fn run_prelude(&mut self, is_settled: impl Fn(usize) -> bool) -> Option<usize> {
        let program = self.program.clone();
        let mut resume_at = 0;
        for &(head, _) in &program.phase(1).heads {
            let rule = &program.set.rules[head];
            if head < resume_at {
                continue;
            }
            if !is_settled(head) || rule.skip > 0 {
                return Some(head);
            }
            if self.chain(&program, head) {
                if rule.disruptive != 0 || !self.findings.is_empty() {
                    return None; // It has something to say at each exchange.
                }
                resume_at = rule.skip_after.unwrap_or(0);
            }
        }
        Some(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collection as c;
    use crate::operator as op;
    use crate::patterns::Patterns;
    use crate::ruleset::{Change, Macro, Part, Rule, RuleSet, Selector, SetVar, Variable, NO_SEVERITY};
    use crate::settings::Settings;
    use crate::tx::Value;

    fn text(literal: &str) -> Macro {
        Macro(vec![Part::Literal(literal.into())])
    }

    fn tx(name: &str, count: bool) -> Vec<Variable> {
        vec![Variable { collection: c::TX, count, selector: Selector::Name(name.into()), excluded: Vec::new() }]
    }

    /// A rule of phase 1, `SecRule TX:name "@lt argument"`, that does nothing.
    fn rule(id: u32, variables: Vec<Variable>, argument: &str) -> Rule {
        let argument = text(argument);
        Rule { id, phase: 1, flags: 2, variables, operator: op::LT, argument, severity: NO_SEVERITY, ..Rule::default() }
    }

    fn setting(name: &str, value: &str, rule: Rule) -> Rule {
        let setvars = vec![SetVar { name: text(name), change: Change::Set, value: text(value) }];
        Rule { setvars, ..rule }
    }

    fn of_the_method(rule: Rule) -> Rule {
        let method =
            Variable { collection: c::REQUEST_METHOD, count: false, selector: Selector::All, excluded: Vec::new() };
        Rule { variables: vec![method], operator: op::STREQ, ..rule }
    }

    fn program(rules: Vec<Rule>) -> Program {
        let files = vec![b"f".to_vec()];
        let set = Rc::new(RuleSet { rules, files, pipelines: vec![vec![]], ..RuleSet::default() });
        Program::new(&set, &Patterns::new(&set), Settings::default()).unwrap()
    }

    fn left(program: &Program) -> Vec<u32> {
        program.phase(1).heads.iter().map(|&(head, _)| program.set.rules[head].id).collect()
    }

    #[test]
    fn what_begins_every_exchange_is_run_once() {
        let default = |id, name, value| setting(name, value, rule(id, tx(name, true), "1"));
        let program = program(vec![
            default(1, "a", "5"),
            default(2, "paranoia_level", "9"),
            of_the_method(rule(3, vec![], "GET")),
        ]);
        assert_eq!(left(&program), [3]);
        assert_eq!(program.tx.named(&program.names, b"a"), Some(&Value::Number(5)));
        assert_eq!(program.tx.named(&program.names, b"paranoia_level"), Some(&Value::Number(1)), "the route's stands");
    }

    #[test]
    fn what_a_level_leaves_out_is_led_past_once() {
        let skipping = Rule { skip_after: Some(3), ..rule(2, tx("paranoia_level", false), "2") };
        let first = of_the_method(rule(1, vec![], "GET"));
        let third = of_the_method(rule(3, vec![], "PUT"));
        let program = program(vec![first, skipping, third, of_the_method(rule(4, vec![], "POST"))]);
        assert_eq!(left(&program), [1, 4]);
    }

    #[test]
    fn what_rules_may_change_is_asked_each_time() {
        let first = setting("paranoia_level", "3", of_the_method(rule(1, vec![], "GET")));
        let skipping = Rule { skip_after: Some(3), ..rule(2, tx("paranoia_level", false), "2") };
        let program = program(vec![first, skipping, of_the_method(rule(3, vec![], "PUT"))]);
        assert_eq!(left(&program), [1, 2, 3]);
    }

    #[test]
    fn a_variable_whose_name_is_made_up_may_be_any_that_begins_so() {
        let name = Macro(vec![Part::Literal(b"paranoia".to_vec()), Part::Variable(c::REQUEST_METHOD, Vec::new())]);
        let setvars = vec![SetVar { name, change: Change::Set, value: text("3") }];
        let first = Rule { setvars, ..of_the_method(rule(1, vec![], "GET")) };
        let skipping = Rule { skip_after: Some(3), ..rule(2, tx("paranoia_level", false), "2") };
        let program = program(vec![first, skipping, of_the_method(rule(3, vec![], "PUT"))]);
        assert_eq!(left(&program), [1, 2, 3]);
    }
}
