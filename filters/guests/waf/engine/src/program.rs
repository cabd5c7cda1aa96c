//! A rule set made ready for one route: what its settings leave out is gone, patterns are compiled, names looked up.

use crate::collection::is_of_the_rules;
use crate::exclusion::Exclusions;
use crate::patterns::Patterns;
use crate::pipelines::{Node, Pipelines};
use crate::prefilter::{Gate, Prefilter};
use crate::ruleset::{Change, Ctl, RuleSet};
use crate::settings::Settings;
use crate::settling::{links, settled};
use crate::stores::Stores;
use crate::target::{From, Target};
use crate::template::{Piece, Template};
use crate::test::Test;
use crate::tx::{Names, Tx, Value};
use crate::values::Values;
use crate::workshop::{Made, Workshop};
use regex::bytes::Regex;
use std::cell::RefCell;
use std::rc::Rc;
use waf_matcher::Caches;

pub const PHASES: usize = 5;

/// What the states of all patterns may take together; ordinary values need a tenth of that with CRS 4.
const STATES_BYTES: usize = 16 << 20;

/// The variables that hold what a pattern's groups have caught. Their slots are the first.
pub const CAPTURES: [&[u8]; 10] = [b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9"];

pub struct Program {
    pub set: Rc<RuleSet>,
    pub settings: Settings,
    pub pipelines: Pipelines,
    pub prefilter: Prefilter,
    /// The states that patterns have come by, whatever the exchange.
    pub states: RefCell<Caches>,
    pub names: Names,
    /// What TX holds when an exchange begins.
    pub tx: Tx,
    phases: Vec<Phase>,
    /// A bit for each collection.
    asked: u128,
    /// What transactions that are over leave to those that come.
    pub(crate) spare: RefCell<Vec<(Values, Stores)>>,
    /// By the rule's number; None for those that the settings leave out.
    rules: Vec<Option<Ready>>,
}

/// A rule made ready.
pub struct Ready {
    pub targets: Vec<Target>,
    pub test: Test,
    pub argument: Template,
    pub gate: Option<Gate>,
    pub negated: bool,
    /// What the test's pattern is caught by, where that is to be kept.
    pub captures: bool,
    pub catching: Option<Rc<Regex>>,
    pub setvars: Vec<Assignment>,
    pub controls: Vec<Control>,
    pub message: Template,
}

pub struct Assignment {
    pub name: Template,
    pub change: Change,
    pub value: Template,
}

pub enum Control {
    RemoveRules(Vec<usize>),
    RemoveTarget(Vec<usize>, Target),
    Other(Ctl),
}

/// The rules of a phase, and what is to be looked at before they run.
#[derive(Default)]
pub struct Phase {
    /// Numbers of rules that are no link of a chain but its head, in order, with the gates that they wait for.
    pub heads: Vec<(usize, Option<Gate>)>,
    /// For each place that rules with literals look at, on which ways its values must be looked at.
    pub scans: Vec<CollectionScan>,
}

pub struct CollectionScan {
    pub from: From,
    pub paths: Vec<Vec<Node>>,
    /// The gates of the rules that look at this collection.
    pub gates: Vec<u64>,
}

impl Program {
    /// Make the rules ready. An error names the rule and its place.
    pub fn new(set: &Rc<RuleSet>, patterns: &Patterns, settings: Settings) -> Result<Program, String> {
        let exclusions = Exclusions::new(&settings.exclusions, set)?;
        let Made { rules, mut names, literals } = Workshop::new(set, patterns, exclusions).rules(&settings)?;
        let prefilter = Prefilter::new(literals)?;
        let tx = initial_tx(&settings, &mut names);
        let phases = (1..=PHASES as u8).map(|phase| Phase::new(phase, set, &rules)).collect();
        let pipelines = Pipelines::new(&set.pipelines);
        let (spare, states) = (RefCell::default(), RefCell::new(Caches::new(STATES_BYTES)));
        let program = Program {
            set: set.clone(),
            settings,
            pipelines,
            prefilter,
            states,
            names,
            tx,
            phases,
            asked: 0,
            spare,
            rules,
        };
        Ok(settled(program).with_scans())
    }

    fn with_scans(mut self) -> Program {
        let heads = self.phases.iter().flat_map(|phase| phase.heads.iter());
        let asked = heads.flat_map(|&(head, _)| links(&self, head)).flat_map(|(_, ready)| ready.asks());
        self.asked = asked.fold(0, |asked, collection| asked | 1 << collection);
        for phase in &mut self.phases {
            phase.scans = scans(&phase.heads, &self.set, &self.rules, &self.pipelines, self.prefilter.words());
        }
        self
    }

    /// Whether any rule that is left asks for a collection: what none asks for need not be learnt.
    pub fn looks_at(&self, collection: u8) -> bool {
        self.asked >> collection & 1 != 0
    }

    /// Return a phase's rules; phases count from 1.
    pub fn phase(&self, phase: usize) -> &Phase {
        &self.phases[phase - 1]
    }

    pub(crate) fn phase_mut(&mut self, phase: usize) -> &mut Phase {
        &mut self.phases[phase - 1]
    }

    pub fn ready(&self, rule: usize) -> Option<&Ready> {
        self.rules[rule].as_ref()
    }
}

fn initial_tx(settings: &Settings, names: &mut Names) -> Tx {
    let slots: Vec<_> = initial(settings).map(|(name, value)| (names.slot(name.as_bytes()), value)).collect();
    let mut tx = Tx::with_slots(names.count());
    for (slot, value) in slots {
        tx.set(slot, Some(Value::of(value.as_bytes())));
    }
    tx
}

/// The variables that a route's settings stand for: what they are called in CRS 3 and 4, then those it names itself.
fn initial(settings: &Settings) -> impl Iterator<Item = (&str, String)> {
    let paranoia =
        ["paranoia_level", "executing_paranoia_level", "blocking_paranoia_level", "detection_paranoia_level"];
    let inbound = ("inbound_anomaly_score_threshold", settings.inbound_threshold.to_string());
    let outbound = ("outbound_anomaly_score_threshold", settings.outbound_threshold.to_string());
    let level = settings.paranoia.to_string();
    let levels = paranoia.into_iter().map(move |name| (name, level.clone()));
    let own = settings.variables.iter().map(|(name, value)| (name.as_str(), value.clone()));
    levels.chain([inbound, outbound]).chain(own)
}

impl Phase {
    fn new(phase: u8, set: &RuleSet, rules: &[Option<Ready>]) -> Phase {
        let of_phase = |at: &usize| set.rules[*at].phase == phase && set.rules[*at].is_head() && rules[*at].is_some();
        let gate = |at: usize| rules[at].as_ref().and_then(Ready::waits_for);
        let heads = (0..set.rules.len()).filter(of_phase).map(|at| (at, gate(at))).collect();
        Phase { heads, scans: Vec::new() }
    }
}

/// Gather what is to be looked at before these rules run.
fn scans(
    heads: &[(usize, Option<Gate>)],
    set: &RuleSet,
    rules: &[Option<Ready>],
    pipelines: &Pipelines,
    words: usize,
) -> Vec<CollectionScan> {
    let mut scans: Vec<CollectionScan> = Vec::new();
    for (head, gate) in heads.iter().filter_map(|&(head, gate)| Some((head, gate?))) {
        let rule = &set.rules[head];
        for target in rules[head].iter().flat_map(|ready| &ready.targets) {
            let at = scans.iter().position(|scan| scan.from == target.from).unwrap_or_else(|| {
                scans.push(CollectionScan::new(target.from, words));
                scans.len() - 1
            });
            scans[at].take(gate, pipelines.path(rule.pipeline), rule.multi_match());
        }
    }
    scans
}

impl CollectionScan {
    fn new(from: From, words: usize) -> Self {
        CollectionScan { from, paths: Vec::new(), gates: vec![0; words] }
    }

    fn take(&mut self, gate: Gate, path: &[Node], multi_match: bool) {
        self.gates[usize::from(gate) / 64] |= 1 << (gate % 64);
        let first = if multi_match { 0 } else { path.len() };
        for steps in first..=path.len() {
            if !self.paths.iter().any(|known| known == &path[..steps]) {
                self.paths.push(path[..steps].to_vec());
            }
        }
    }
}

impl Ready {
    /// The collections that it asks for.
    fn asks(&self) -> impl Iterator<Item = u8> + '_ {
        let values = self.setvars.iter().flat_map(|it| [&it.name, &it.value]);
        let templates = values.chain([&self.argument, &self.message]);
        let named = templates.flat_map(|template| template.pieces()).filter_map(|piece| match piece {
            Piece::Variable(collection, _) => Some(*collection),
            _ => None,
        });
        self.targets.iter().map(|target| target.collection).chain(named)
    }

    /// The gate without which the rule need not be tried at all; a rule that looks at what rules change has none.
    pub fn waits_for(&self) -> Option<Gate> {
        let known =
            !self.negated && self.targets.iter().all(|target| !target.count && !is_of_the_rules(target.collection));
        self.gate.filter(|_| known)
    }
}
