//! Which variant a user sees.

use crate::hash::unit;

pub struct Variant {
    pub name: String,
    pub weight: u32,
    pub upstream: Option<String>,
}

pub struct Experiment {
    pub name: String,
    /// At least one has a weight.
    pub variants: Vec<Variant>,
}

impl Experiment {
    /// Choose by weighted rendezvous: each variant draws `-ln(unit) / weight` for the user, and the least one wins.
    ///
    /// The draws do not depend on each other. So a variant that gets more weight only takes users over, one that gets
    /// less only gives some away, and nobody moves between the others.
    pub fn choose(&self, user: &[u8]) -> &Variant {
        let draw = |variant: &Variant| {
            let unit = unit(&[self.name.as_bytes(), variant.name.as_bytes(), user]);
            -unit.ln() / f64::from(variant.weight)
        };
        let mut chosen = (f64::INFINITY, &self.variants[0]);
        for variant in self.variants.iter().filter(|variant| variant.weight > 0) {
            let drawn = draw(variant);
            if drawn < chosen.0 {
                chosen = (drawn, variant);
            }
        }
        chosen.1
    }

    pub fn named(&self, name: &[u8]) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.name.as_bytes() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: usize = 20_000;

    fn experiment(name: &str, weights: &[(&str, u32)]) -> Experiment {
        let variant =
            |(name, weight): &(&str, u32)| Variant { name: name.to_string(), weight: *weight, upstream: None };
        Experiment { name: name.into(), variants: weights.iter().map(variant).collect() }
    }

    fn choices(experiment: &Experiment) -> Vec<&str> {
        (0..USERS).map(|user| experiment.choose(format!("user-{user}").as_bytes()).name.as_str()).collect()
    }

    fn share(choices: &[&str], name: &str) -> f64 {
        choices.iter().filter(|each| **each == name).count() as f64 / choices.len() as f64
    }

    #[test]
    fn users_are_shared_out_by_weight() {
        let experiment = experiment("e", &[("a", 70), ("b", 20), ("c", 10)]);
        let choices = choices(&experiment);
        for (name, wanted) in [("a", 0.7), ("b", 0.2), ("c", 0.1)] {
            assert!((share(&choices, name) - wanted).abs() < 0.012, "{name}: {}", share(&choices, name));
        }
    }

    #[test]
    fn more_weight_only_takes_users_over() {
        let before = experiment("e", &[("a", 50), ("b", 30), ("c", 20)]);
        let after = experiment("e", &[("a", 50), ("b", 60), ("c", 20)]);
        let moves: Vec<_> = choices(&before).into_iter().zip(choices(&after)).filter(|(old, new)| old != new).collect();
        assert!(!moves.is_empty());
        assert!(moves.iter().all(|(_, new)| *new == "b"));
    }

    #[test]
    fn a_new_variant_takes_from_all_and_the_order_means_nothing() {
        let before = experiment("e", &[("a", 50), ("b", 50)]);
        let after = experiment("e", &[("c", 10), ("b", 50), ("a", 50)]);
        for (old, new) in choices(&before).into_iter().zip(choices(&after)) {
            assert!(old == new || new == "c");
        }
    }

    #[test]
    fn experiments_do_not_depend_on_each_other() {
        let (one, other) = (experiment("one", &[("a", 1), ("b", 1)]), experiment("other", &[("a", 1), ("b", 1)]));
        let both = choices(&one).into_iter().zip(choices(&other)).filter(|pair| *pair == ("a", "a")).count();
        assert!((both as f64 / USERS as f64 - 0.25).abs() < 0.012);
    }

    #[test]
    fn what_has_no_weight_gets_nobody() {
        assert!(choices(&experiment("e", &[("a", 0), ("b", 1)])).iter().all(|name| *name == "b"));
    }
}
