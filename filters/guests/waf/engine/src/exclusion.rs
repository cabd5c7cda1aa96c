//! What a route leaves out: whole rules, or targets of rules.

use crate::collection;
use crate::ruleset::{Rule, RuleSet};
use crate::settings::Exclusion;
use crate::target::{Select, Target};

#[derive(Default)]
pub struct Exclusions(Vec<Ready>);

struct Ready {
    ids: Vec<(u32, u32)>,
    tags: Vec<usize>,
    /// Neither ids nor tags are given.
    all: bool,
    targets: Vec<(u8, Option<Vec<u8>>)>,
}

impl Exclusions {
    /// Look tags and collections up; an error names what is not there.
    pub fn new(exclusions: &[Exclusion], set: &RuleSet) -> Result<Self, String> {
        exclusions.iter().map(|exclusion| Ready::new(exclusion, set)).collect::<Result<_, _>>().map(Exclusions)
    }

    pub fn removes(&self, rule: &Rule) -> bool {
        self.0.iter().any(|exclusion| exclusion.targets.is_empty() && exclusion.means(rule))
    }

    /// Take excluded members out of a rule's target; tell whether nothing of it is left.
    pub fn apply(&self, rule: &Rule, target: &mut Target) -> bool {
        for exclusion in self.0.iter().filter(|exclusion| exclusion.means(rule)) {
            for (_, name) in exclusion.targets.iter().filter(|(collection, _)| *collection == target.collection) {
                match name {
                    None => return true,
                    Some(name) => target.excluded.push(Select::Name(name.clone())),
                }
            }
        }
        false
    }
}

impl Ready {
    fn new(exclusion: &Exclusion, set: &RuleSet) -> Result<Ready, String> {
        let tag = |wanted: &String| {
            let found = set.tags.iter().position(|tag| tag == wanted.as_bytes());
            found.ok_or_else(|| format!("exclusions: no rule has the tag {wanted:?}"))
        };
        let target = |text: &String| {
            let (name, member) = text.split_once(':').map_or((text.as_str(), None), |(name, rest)| (name, Some(rest)));
            let number = (0..collection::COUNT as u8).find(|&number| collection::name(number) == name);
            let number = number.ok_or_else(|| format!("exclusions: {name:?} is no collection; ARGS is one"))?;
            Ok((number, member.map(|member| member.to_ascii_lowercase().into_bytes())))
        };
        for &(first, last) in &exclusion.rules {
            if !set.rules.iter().any(|rule| rule.is_head() && (first..=last).contains(&rule.id)) {
                return Err(format!("exclusions: there is no rule {first}{}", range_end(first, last)));
            }
        }
        Ok(Ready {
            ids: exclusion.rules.clone(),
            tags: exclusion.tags.iter().map(tag).collect::<Result<_, _>>()?,
            all: exclusion.rules.is_empty() && exclusion.tags.is_empty(),
            targets: exclusion.targets.iter().map(target).collect::<Result<_, String>>()?,
        })
    }

    fn means(&self, rule: &Rule) -> bool {
        self.all
            || self.ids.iter().any(|&(first, last)| (first..=last).contains(&rule.id))
            || self.tags.iter().any(|tag| rule.tags.contains(tag))
    }
}

fn range_end(first: u32, last: u32) -> String {
    if first == last {
        return String::new();
    }
    format!(" to {last}")
}
