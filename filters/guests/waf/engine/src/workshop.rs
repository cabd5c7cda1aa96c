//! Makes the rules of a set ready that a route's settings leave in.

use crate::catching::spare;
use crate::exclusion::Exclusions;
use crate::patterns::Patterns;
use crate::prefilter::Literals;
use crate::program::{Assignment, Control, Ready, CAPTURES};
use crate::ruleset::{Ctl, Rule, RuleSet, SetVar, Variable};
use crate::settings::Settings;
use crate::target::Target;
use crate::template::Template;
use crate::test::Test;
use crate::tx::Names;

/// The rules made ready, by number, and what came to light meanwhile.
pub struct Made {
    pub rules: Vec<Option<Ready>>,
    pub names: Names,
    pub literals: Literals,
}

pub struct Workshop<'a> {
    set: &'a RuleSet,
    patterns: &'a Patterns,
    exclusions: Exclusions,
    names: Names,
    literals: Literals,
}

impl<'a> Workshop<'a> {
    pub fn new(set: &'a RuleSet, patterns: &'a Patterns, exclusions: Exclusions) -> Self {
        Workshop { set, patterns, exclusions, names: Names::default(), literals: Literals::default() }
    }

    /// Make the rules ready; an error names the rule and its place.
    pub fn rules(mut self, settings: &Settings) -> Result<Made, String> {
        for group in CAPTURES {
            self.names.slot(group);
        }
        let mut rules = Vec::with_capacity(self.set.rules.len());
        let mut leaves_out = false;
        for rule in &self.set.rules {
            if rule.is_head() {
                leaves_out = rule.paranoia > settings.paranoia || self.exclusions.removes(rule);
            }
            rules.push(match leaves_out {
                true => None,
                false => Some(self.ready(rule).map_err(|fault| self.blame(rule, &fault))?),
            });
        }
        spare(&self.set.rules, &mut rules);
        self.catch(&mut rules)?;
        Ok(Made { rules, names: self.names, literals: self.literals })
    }

    fn ready(&mut self, rule: &Rule) -> Result<Ready, String> {
        let test = Test::new(rule, self.set, self.patterns)?;
        let gate = test.literals(rule, self.set).map(|literals| self.literals.open(literals));
        Ok(Ready {
            targets: self.targets(rule)?,
            test,
            argument: Template::new(&rule.argument, &mut self.names),
            gate,
            negated: rule.negated,
            captures: rule.captures(),
            catching: None,
            setvars: rule.setvars.iter().map(|setvar| self.assignment(setvar)).collect(),
            controls: rule.ctls.iter().map(|ctl| self.control(ctl)).collect::<Result<_, _>>()?,
            message: Template::new(&rule.message, &mut self.names),
        })
    }

    fn targets(&mut self, rule: &Rule) -> Result<Vec<Target>, String> {
        let mut targets = Vec::with_capacity(rule.variables.len());
        for variable in &rule.variables {
            let mut target = self.target(variable)?;
            if !self.exclusions.apply(rule, &mut target) {
                targets.push(target);
            }
        }
        Ok(targets)
    }

    fn target(&mut self, variable: &Variable) -> Result<Target, String> {
        Target::new(variable, &mut self.names, |pattern| self.patterns.regex(pattern))
    }

    /// Make an assignment ready; its variable is known by name from now on, so that others find it by slot.
    fn assignment(&mut self, setvar: &SetVar) -> Assignment {
        setvar.name.literal().map(|name| self.names.slot(name));
        Assignment {
            name: Template::new(&setvar.name, &mut self.names),
            change: setvar.change,
            value: Template::new(&setvar.value, &mut self.names),
        }
    }

    fn control(&mut self, ctl: &Ctl) -> Result<Control, String> {
        Ok(match ctl {
            Ctl::RemoveRules(rules) => Control::RemoveRules(rules.clone()),
            Ctl::RemoveTarget(rules, variable) => Control::RemoveTarget(rules.clone(), self.target(variable)?),
            other => Control::Other(other.clone()),
        })
    }

    /// Compile the few patterns again that have to tell what their groups catch.
    fn catch(&self, rules: &mut [Option<Ready>]) -> Result<(), String> {
        let catching = |(_, ready): &(&Rule, &mut Ready)| ready.captures && matches!(ready.test, Test::Pattern(_));
        let made = self.set.rules.iter().zip(rules).filter_map(|(rule, ready)| Some((rule, ready.as_mut()?)));
        for (rule, ready) in made.filter(catching) {
            let regex = self.patterns.regex(rule.operand);
            ready.catching = Some(regex.map_err(|fault| self.blame(rule, &fault))?);
        }
        Ok(())
    }

    fn blame(&self, rule: &Rule, fault: &str) -> String {
        let file = String::from_utf8_lossy(&self.set.files[rule.file]);
        format!("{file}:{}: rule {}: {fault}", rule.line, rule.id)
    }
}
