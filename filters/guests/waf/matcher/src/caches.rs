//! The states of all patterns, within one limit.

use crate::automaton::{Automaton, Next};
use crate::bits::Bits;
use crate::cache::{Cache, Cell, DEAD, ENDS_BEFORE, ENDS_BEHIND};
use crate::set::SetBuffer;

/// What one pattern's states may take. Within this they stay in a processor's near caches, so that a step takes the time of a
/// step; more would hardly help (CRS's own test payloads, 660 KB: 8 % more steps than with no limit); and a text that is made
/// for one pattern takes nothing from others.
const PATTERN_BYTES: usize = 256 << 10;

/// What a state takes that is built, where a step is what a byte takes that leads to a known one: 1.3 to 1.7 ns. Measured with
/// CRS's patterns on texts made to lead to new states, where 98 of 100 searches took 0.95 to 2.6 ns for each step.
const STEPS_OF_A_STATE: u64 = 45;
const STEPS_OF_A_VISIT: u64 = 1;
const STEPS_OF_A_CELL: u64 = 1;

pub struct Caches {
    limit: usize,
    used: usize,
    /// By the pattern's number.
    caches: Vec<Cache>,
    scratch: Bits,
    set: SetBuffer,
}

impl Caches {
    /// Keep at most so many bytes of states.
    pub fn new(limit: usize) -> Self {
        Caches { limit, used: 0, caches: Vec::new(), scratch: Bits::default(), set: SetBuffer::default() }
    }

    /// How many bytes the states take.
    pub fn bytes(&self) -> usize {
        self.used
    }

    /// Return the states of a pattern that a search has begun with.
    #[inline]
    pub(crate) fn of(&self, number: usize) -> &Cache {
        &self.caches[number]
    }

    /// Return the state with which a pattern's searches begin.
    #[inline]
    pub(crate) fn start(&mut self, number: usize, automaton: &Automaton, steps: &mut u64) -> Cell {
        let known = self.caches.get(number).and_then(Cache::start);
        known.unwrap_or_else(|| self.make_start(number, automaton, steps))
    }

    #[cold]
    fn make_start(&mut self, number: usize, automaton: &Automaton, steps: &mut u64) -> Cell {
        if self.caches.len() <= number {
            self.caches.resize_with(number + 1, Cache::default);
        }
        automaton.start(&mut self.set);
        let entered = self.enter(number, automaton.classes().count());
        self.caches[number].set_start(entered.state);
        *steps = steps.saturating_sub(STEPS_OF_A_STATE + entered.steps);
        entered.state
    }

    /// Find out where a class leads from a state. Return None if that takes more steps than there are.
    #[inline(never)]
    pub(crate) fn discover(
        &mut self,
        number: usize,
        automaton: &Automaton,
        from: Cell,
        class: usize,
        steps: &mut u64,
    ) -> Option<Cell> {
        let set = self.caches[number].set(from, automaton);
        let (next, visits) = automaton.next(set, class, &mut self.scratch, &mut self.set);
        let entered = match next {
            Next::Dead => Entered::at_no_cost(DEAD),
            Next::EndsBefore => Entered::at_no_cost(ENDS_BEFORE),
            Next::EndsBehind => Entered::at_no_cost(ENDS_BEHIND),
            Next::Set => self.enter(number, automaton.classes().count()),
        };
        if entered.others_are_kept {
            self.caches[number].set_cell(from, class, entered.state);
        }
        let cost = STEPS_OF_A_STATE + visits * STEPS_OF_A_VISIT + entered.steps;
        let left = steps.checked_sub(cost);
        *steps = left.unwrap_or(0);
        left.map(|_| entered.state)
    }

    /// Return the state of the set that has been written; a new one where there is none.
    fn enter(&mut self, number: usize, row: usize) -> Entered {
        let (known, looks) = self.caches[number].find(&self.set, row);
        let steps = looks * STEPS_OF_A_VISIT;
        if let Some(state) = known {
            return Entered { state, others_are_kept: true, steps };
        }
        let others_are_kept = self.make_room(number, row);
        let cache = &mut self.caches[number];
        self.used -= cache.bytes();
        let state = cache.add(&self.set, row);
        self.used += cache.bytes();
        let cells = (row + self.set.cells().len()) as u64;
        Entered { state, others_are_kept, steps: steps + cells * STEPS_OF_A_CELL }
    }

    /// Drop states until there is room for one more, or none are left.
    fn make_room(&mut self, number: usize, row: usize) -> bool {
        let cache = &mut self.caches[number];
        let growth = cache.growth(&self.set, row);
        if growth == 0 {
            return true;
        }
        if self.used + growth > self.limit {
            self.caches.iter_mut().for_each(|cache| *cache = Cache::default());
            self.used = 0;
            return false;
        }
        if cache.bytes() + growth > PATTERN_BYTES {
            cache.clear();
            return false;
        }
        true
    }
}

struct Entered {
    state: Cell,
    /// Whether the states that there were are still there.
    others_are_kept: bool,
    steps: u64,
}

impl Entered {
    fn at_no_cost(state: Cell) -> Self {
        Entered { state, others_are_kept: true, steps: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Found, Pattern};

    /// A pattern and a text that leads to a new state with nearly each byte.
    fn explosion(length: usize) -> (Pattern, Vec<u8>) {
        let mut seed = 1u32;
        let text = (0..length).map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if seed >> 31 == 0 {
                b'a'
            } else {
                b'b'
            }
        });
        (Pattern::new("(?s-u)a.{40}c").unwrap(), text.collect())
    }

    #[test]
    fn all_patterns_together_stay_within_the_limit() {
        let mut caches = Caches::new(100_000);
        for _ in 0..10 {
            let (pattern, text) = explosion(1_000);
            assert_eq!(pattern.shortest(&mut caches, &text, &mut u64::MAX.clone()), Found::Nowhere);
            assert!(caches.bytes() <= 100_000);
            assert_eq!(caches.bytes(), caches.caches.iter().map(Cache::bytes).sum::<usize>());
        }
    }

    #[test]
    fn a_text_made_for_one_pattern_leaves_others_their_states() {
        let mut caches = Caches::new(1 << 20);
        let other = Pattern::new("(?s-u)abc").unwrap();
        other.shortest(&mut caches, b"ababx", &mut u64::MAX.clone());
        let (pattern, text) = explosion(50_000);
        pattern.shortest(&mut caches, &text, &mut u64::MAX.clone());
        assert!(caches.bytes() <= PATTERN_BYTES + 1_000);
        let mut steps = 5;
        assert_eq!(other.shortest(&mut caches, b"ababx", &mut steps), Found::Nowhere);
    }

    #[test]
    fn building_states_takes_steps_and_ends_without() {
        let (pattern, text) = explosion(10_000);
        let mut caches = Caches::new(1 << 20);
        let mut steps = 100_000;
        assert_eq!(pattern.shortest(&mut caches, &text, &mut steps), Found::OutOfSteps);
        assert_eq!(steps, 0);
        let mut steps = 10_000_000;
        assert_eq!(pattern.shortest(&mut caches, &text, &mut steps), Found::Nowhere);
        assert!(steps < 10_000_000 - 10_000 * STEPS_OF_A_STATE);
    }
}
