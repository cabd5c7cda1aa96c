//! Rules in the blob's shapes, run over requests.

use crate::collection as c;
use crate::operator as op;
use crate::patterns::Patterns;
use crate::program::Program;
use crate::ruleset::{disruptive, Change, Ctl, Macro, Part, Rule, RuleSet, Selector, SetVar, Variable, NO_SEVERITY};
use crate::settings::{Exclusion, Mode, OnOverflow, RequestCaps, Settings};
use crate::transaction::{Overflow, Transaction};
use crate::{RequestHead, Verdict};
use std::rc::Rc;
use waf_transform::Transformation;

const HEAD: u8 = 2;
const HEAD_OF_A_CHAIN: u8 = 3;
const LAST_OF_A_CHAIN: u8 = 0;
const MULTI_MATCH: u8 = 8;
const CAPTURE: u8 = 4;

/// A rule set in the making.
#[derive(Default)]
struct Rules(RuleSet);

impl Rules {
    fn new() -> Rules {
        let files = vec![b"a.conf".to_vec()];
        Rules(RuleSet { files, pipelines: vec![vec![]], ..RuleSet::default() })
    }

    fn add(&mut self, rule: Rule) -> &mut Self {
        self.0.rules.push(rule);
        self
    }

    fn rx(&mut self, id: u32, variable: Variable, pattern: &str) -> Rule {
        self.0.patterns.push(pattern.into());
        let operand = self.0.patterns.len() - 1;
        Rule { operator: op::RX, operand, ..rule(id, variable) }
    }

    fn pipeline(&mut self, of: &[Transformation]) -> usize {
        self.0.pipelines.push(of.iter().map(|&it| it as u8).collect());
        self.0.pipelines.len() - 1
    }

    fn run(&mut self, settings: Settings, target: &str) -> Transaction {
        let program = program(std::mem::take(&mut self.0), settings).unwrap();
        run(&program, target, &[("host", "a.example")], b"")
    }
}

fn program(set: RuleSet, settings: Settings) -> Result<Rc<Program>, String> {
    let set = Rc::new(set);
    Ok(Rc::new(Program::new(&set, &Patterns::new(&set), settings)?))
}

fn run(program: &Rc<Program>, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Transaction {
    let mut transaction = Transaction::new(program);
    let head = RequestHead {
        method: b"GET",
        target: target.as_bytes(),
        protocol: b"HTTP/1.1",
        client: b"127.0.0.1",
        client_port: b"9",
        server: b"127.0.0.2",
        id: b"x",
        seconds: Some(0),
    };
    transaction.learn_request(&head, headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())));
    transaction.run(1);
    transaction.learn_request_body(body);
    transaction.run(2);
    transaction
}

fn rule(id: u32, variable: Variable) -> Rule {
    Rule {
        id,
        phase: 2,
        flags: HEAD,
        variables: vec![variable],
        disruptive: disruptive::BLOCK,
        severity: NO_SEVERITY,
        message: text("found"),
        line: 7,
        ..Rule::default()
    }
}

fn all(collection: u8) -> Variable {
    Variable { collection, count: false, selector: Selector::All, excluded: Vec::new() }
}

fn one(collection: u8, name: &str) -> Variable {
    Variable { selector: Selector::Name(name.into()), ..all(collection) }
}

fn text(literal: &str) -> Macro {
    Macro(vec![Part::Literal(literal.into())])
}

fn of_tx(name: &str) -> Macro {
    Macro(vec![Part::Variable(c::TX, name.into())])
}

fn setvar(name: &str, change: Change, value: Macro) -> SetVar {
    SetVar { name: text(name), change, value }
}

fn pass(rule: Rule) -> Rule {
    Rule { disruptive: 0, ..rule }
}

fn blocks(rules: &mut Rules, target: &str) -> bool {
    let set = std::mem::take(&mut rules.0);
    let program = program(set, Settings::default()).unwrap();
    run(&program, target, &[], b"").verdict() == Verdict::Block(403)
}

fn report(transaction: &Transaction) -> String {
    String::from_utf8(transaction.report().unwrap_or_default()).unwrap()
}

#[test]
fn a_rule_that_matches_blocks_and_is_told() {
    let mut rules = Rules::new();
    let found = rules.rx(1, all(c::ARGS), "union +select");
    let done = rules.add(found).run(Settings::default(), "/?id=1+union+select+2");
    assert_eq!(done.verdict(), Verdict::Block(403));
    assert_eq!(
        report(&done),
        "{\"action\":\"blocked\",\"rule\":1,\"phase\":2,\"status\":403,\"inbound\":0,\"outbound\":0,\"paranoia\":1,\
         \"matches\":[{\"rule\":1,\"message\":\"found\",\"target\":\"ARGS:id\",\"matched\":\"1 union select\",\
         \"tags\":[],\"file\":\"a.conf\",\"line\":7}]}"
    );
}

#[test]
fn nothing_is_told_where_nothing_matched() {
    let mut rules = Rules::new();
    let found = rules.rx(1, all(c::ARGS), "union +select");
    let done = rules.add(found).run(Settings::default(), "/?id=1");
    assert_eq!((done.verdict(), done.report()), (Verdict::Pass, None));
}

#[test]
fn detecting_tells_and_lets_pass() {
    let mut rules = Rules::new();
    let found = rules.rx(1, all(c::ARGS), "attack");
    let done = rules.add(found).run(Settings { mode: Mode::Detect, ..Settings::default() }, "/?a=attack");
    assert_eq!(done.verdict(), Verdict::Pass);
    assert!(report(&done).starts_with("{\"action\":\"detected\",\"rule\":1,"));
}

#[test]
fn transformations_come_before_the_test_and_literals_are_sought_behind_them() {
    let mut rules = Rules::new();
    let pipeline = rules.pipeline(&[Transformation::UrlDecodeUni, Transformation::RemoveNulls]);
    let found = rules.rx(1, all(c::ARGS), "attack");
    rules.add(Rule { pipeline, ..found });
    assert!(blocks(&mut rules, "/?a=at%2500tac%256b"));
}

#[test]
fn with_multi_match_every_step_is_tested() {
    for (flags, caught) in [(HEAD, false), (HEAD | MULTI_MATCH, true)] {
        let mut rules = Rules::new();
        let pipeline = rules.pipeline(&[Transformation::UrlDecodeUni, Transformation::Lowercase]);
        let found = rules.rx(1, all(c::ARGS), "%41ttack");
        rules.add(Rule { pipeline, flags, ..found });
        assert_eq!(blocks(&mut rules, "/?a=%2541ttack"), caught);
    }
}

#[test]
fn a_negated_rule_matches_what_is_not_there() {
    let mut rules = Rules::new();
    let found = rules.rx(1, all(c::REQUEST_METHOD), "^POST$");
    rules.add(Rule { negated: true, ..found });
    assert!(blocks(&mut rules, "/"));
}

#[test]
fn a_chain_matches_when_all_its_links_do() {
    for (target, caught) in [("/?a=one&b=two", true), ("/?a=one&b=three", false)] {
        let mut rules = Rules::new();
        let head = rules.rx(1, one(c::ARGS, "a"), "one");
        let link = rules.rx(0, one(c::ARGS, "b"), "two");
        rules.add(Rule { flags: HEAD_OF_A_CHAIN, ..head }).add(Rule { flags: LAST_OF_A_CHAIN, ..link });
        assert_eq!(blocks(&mut rules, target), caught);
    }
}

#[test]
fn a_link_sees_what_the_links_before_it_matched() {
    let mut rules = Rules::new();
    let head = rules.rx(1, all(c::ARGS), "one|two");
    let link = rules.rx(0, all(c::MATCHED_VARS), "^two$");
    rules.add(Rule { flags: HEAD_OF_A_CHAIN, ..head }).add(Rule { flags: LAST_OF_A_CHAIN, ..link });
    assert!(blocks(&mut rules, "/?a=one&b=two&c=three"));
}

#[test]
fn scores_add_up_over_values_and_are_compared_with_a_threshold() {
    for (target, caught) in [("/?a=attack", false), ("/?a=attack&b=attack", true)] {
        let mut rules = Rules::new();
        let found = rules.rx(1, all(c::ARGS), "attack");
        let setvars = vec![setvar("anomaly_score", Change::Add, text("3"))];
        let judge = Rule {
            operator: op::GE,
            argument: of_tx("inbound_anomaly_score_threshold"),
            ..rule(2, one(c::TX, "anomaly_score"))
        };
        rules.add(pass(Rule { setvars, ..found })).add(judge);
        let done = rules.run(Settings::default(), target);
        assert_eq!(done.verdict() != Verdict::Pass, caught);
        assert!(report(&done).contains(if caught { "\"inbound\":6" } else { "\"action\":\"passed\"" }));
    }
}

#[test]
fn groups_are_caught_and_compared_in_the_next_link() {
    for (target, caught) in [("/?r=5-3", true), ("/?r=3-5", false)] {
        let mut rules = Rules::new();
        let head = rules.rx(1, all(c::ARGS), r"^(\d+)-(\d+)$");
        let link = Rule { operator: op::LT, argument: of_tx("1"), flags: LAST_OF_A_CHAIN, ..rule(0, one(c::TX, "2")) };
        rules.add(Rule { flags: HEAD_OF_A_CHAIN | CAPTURE, ..head }).add(link);
        assert_eq!(blocks(&mut rules, target), caught);
    }
}

#[test]
fn members_are_counted() {
    for (target, caught) in [("/?a=1&b=2", false), ("/?a=1&b=2&c=3", true)] {
        let mut rules = Rules::new();
        let counted = Variable { count: true, ..all(c::ARGS) };
        rules.add(Rule { operator: op::GT, argument: text("2"), ..rule(1, counted) });
        assert_eq!(blocks(&mut rules, target), caught);
    }
}

#[test]
fn excluded_members_are_not_looked_at() {
    for (target, caught) in [("/?Text=attack", false), ("/?a=attack", true)] {
        let mut rules = Rules::new();
        let found =
            rules.rx(1, Variable { excluded: vec![Selector::Name(b"text".to_vec())], ..all(c::ARGS) }, "attack");
        rules.add(found);
        assert_eq!(blocks(&mut rules, target), caught);
    }
}

#[test]
fn a_route_excludes_rules_tags_and_targets() {
    let ids = Exclusion { rules: vec![(1, 5)], ..Exclusion::default() };
    let tags = Exclusion { tags: vec!["t".into()], ..Exclusion::default() };
    let targets = Exclusion { targets: vec!["ARGS:a".into()], ..Exclusion::default() };
    let others = Exclusion { rules: vec![(2, 2)], targets: vec!["ARGS:a".into()], ..Exclusion::default() };
    for (exclusion, caught) in [(ids, false), (tags, false), (targets, false), (others, true)] {
        let mut rules = Rules::new();
        rules.0.tags.push(b"t".to_vec());
        let found = rules.rx(1, all(c::ARGS), "attack");
        rules.add(Rule { tags: vec![0], ..found }).add(Rule { operator: op::NEVER, ..rule(2, all(c::ARGS)) });
        let done = rules.run(Settings { exclusions: vec![exclusion], ..Settings::default() }, "/?a=attack");
        assert_eq!(done.verdict() != Verdict::Pass, caught);
    }
}

#[test]
fn an_exclusion_of_what_is_not_there_is_refused() {
    for (exclusion, fault) in [
        (Exclusion { rules: vec![(1, 5)], ..Exclusion::default() }, "exclusions: there is no rule 1 to 5"),
        (Exclusion { tags: vec!["t".into()], ..Exclusion::default() }, "exclusions: no rule has the tag \"t\""),
        (
            Exclusion { targets: vec!["ARG:a".into()], ..Exclusion::default() },
            "exclusions: \"ARG\" is no collection; ARGS is one",
        ),
    ] {
        let settings = Settings { exclusions: vec![exclusion], ..Settings::default() };
        assert_eq!(program(Rules::new().0, settings).err().unwrap(), fault);
    }
}

#[test]
fn rules_beyond_the_paranoia_level_are_left_out() {
    for (paranoia, caught) in [(1, false), (2, true)] {
        let mut rules = Rules::new();
        let found = rules.rx(1, all(c::ARGS), "attack");
        let done =
            rules.add(Rule { paranoia: 2, ..found }).run(Settings { paranoia, ..Settings::default() }, "/?a=attack");
        assert_eq!(done.verdict() != Verdict::Pass, caught);
    }
}

#[test]
fn skipping_leads_behind_what_is_skipped() {
    let mut rules = Rules::new();
    let always = |id| Rule { operator: op::ALWAYS, ..rule(id, all(c::REQUEST_METHOD)) };
    rules.add(pass(Rule { skip_after: Some(2), ..always(1) })).add(always(2));
    rules.add(pass(Rule { skip: 1, ..always(3) })).add(always(4));
    let done = rules.run(Settings::default(), "/");
    assert_eq!(done.verdict(), Verdict::Pass);
}

#[test]
fn controls_remove_rules_and_targets() {
    let target = Ctl::RemoveTarget(vec![1], one(c::ARGS, "a"));
    for (ctl, caught) in [(Ctl::RemoveRules(vec![1]), false), (target, false), (Ctl::RuleEngine(0), false)] {
        let mut rules = Rules::new();
        let control = Rule { operator: op::ALWAYS, ctls: vec![ctl], ..rule(1, all(c::REQUEST_METHOD)) };
        rules.add(pass(control));
        let found = rules.rx(2, all(c::ARGS), "attack");
        rules.add(found);
        assert_eq!(blocks(&mut rules, "/?a=attack"), caught);
    }
}

#[test]
fn allowing_ends_the_phases_it_names() {
    for (allow, caught) in
        [(disruptive::ALLOW, false), (disruptive::ALLOW_REQUEST, false), (disruptive::ALLOW_PHASE, true)]
    {
        let mut rules = Rules::new();
        let first = Rule { phase: 1, operator: op::ALWAYS, disruptive: allow, ..rule(1, all(c::REQUEST_METHOD)) };
        rules.add(first).add(Rule { operator: op::ALWAYS, ..rule(2, all(c::REQUEST_METHOD)) });
        assert_eq!(blocks(&mut rules, "/"), caught);
    }
}

#[test]
fn too_many_arguments_are_rejected_or_let_pass() {
    for (overflow, verdict) in [(OnOverflow::Reject, Verdict::Block(413)), (OnOverflow::Pass, Verdict::Pass)] {
        let request = RequestCaps { inspect: true, text: 1000, arguments: 2, depth: 9, overflow };
        let done = Rules::new().run(Settings { request, ..Settings::default() }, "/?a=1&b=2&c=3");
        assert_eq!((done.verdict(), done.overflow), (verdict, Some(Overflow::Arguments)));
        assert!(report(&done).contains("\"overflow\":\"arguments\""));
    }
}

#[test]
fn phrases_match_in_either_case_and_are_caught() {
    let mut rules = Rules::new();
    rules.0.phrase_sets.push(vec![b"etc/passwd".to_vec(), b"x".to_vec()]);
    rules.add(Rule { operator: op::PM, flags: HEAD | CAPTURE, ..rule(1, all(c::ARGS)) });
    let done = rules.run(Settings::default(), "/?f=/ETC/passwd");
    assert!(report(&done).contains("\"matched\":\"ETC/passwd\""));
}

#[test]
fn a_pattern_that_cannot_be_taken_is_blamed_on_its_rule() {
    let mut rules = Rules::new();
    let broken = rules.rx(9, all(c::ARGS), "(");
    let fault = program(std::mem::take(&mut rules.add(broken).0), Settings::default()).err().unwrap();
    assert!(fault.starts_with("a.conf:7: rule 9: its pattern cannot be taken"), "{fault}");
}
