//! The states that one pattern's searches have come by: a set of positions each, and where bytes lead from there.

use crate::automaton::Automaton;
use crate::set::{Set, SetBuffer};

/// Where a class of bytes leads: below `MARKS` what there is to say, else the state.
pub type Cell = u32;

pub const UNKNOWN: Cell = 0;
pub const DEAD: Cell = 1;
pub const ENDS_BEFORE: Cell = 2;
pub const ENDS_BEHIND: Cell = 3;
const MARKS: Cell = 4;

const LEAST_SLOTS: usize = 16;
const CELL_BYTES: usize = std::mem::size_of::<Cell>();

#[derive(Default)]
pub struct Cache {
    /// A state is where its row begins: a cell for each class, then its set's hash, then the set.
    cells: Vec<Cell>,
    /// States by hash, with open addressing; 0 is an empty slot.
    slots: Vec<Cell>,
    states: usize,
    start: Option<Cell>,
}

impl Cache {
    pub fn start(&self) -> Option<Cell> {
        self.start
    }

    pub fn set_start(&mut self, state: Cell) {
        self.start = Some(state);
    }

    /// Go from a state as far as known states lead. Return where that is, and after how many bytes.
    #[inline]
    pub fn walk(&self, automaton: &Automaton, mut state: Cell, bytes: &[u8]) -> (Cell, usize) {
        for (walked, &byte) in bytes.iter().enumerate() {
            let next = self.cells[state as usize + automaton.classes().of(byte)];
            if next < MARKS {
                return (state, walked);
            }
            state = next;
        }
        (state, bytes.len())
    }

    pub fn cell(&self, state: Cell, class: usize) -> Cell {
        self.cells[state as usize + class]
    }

    pub fn set_cell(&mut self, state: Cell, class: usize, cell: Cell) {
        self.cells[state as usize + class] = cell;
    }

    pub fn set(&self, state: Cell, automaton: &Automaton) -> Set<'_> {
        let row = automaton.classes().count();
        Set::new(&self.cells[state as usize + row + 1..], automaton.word_count())
    }

    /// Return the state of a set, if there is one, and how many slots have been looked at.
    pub fn find(&self, set: &SetBuffer, row: usize) -> (Option<Cell>, u64) {
        let mut looks = 1;
        for slot in slots_for(set.hash(), self.slots.len()) {
            let state = self.slots[slot];
            let behind = state as usize + row;
            if state == 0 {
                break;
            }
            if self.cells[behind] == set.hash() && self.cells[behind + 1..].starts_with(set.cells()) {
                return (Some(state), looks);
            }
            looks += 1;
        }
        (None, looks)
    }

    /// Add a set that is not there.
    pub fn add(&mut self, set: &SetBuffer, row: usize) -> Cell {
        self.grow(set, row);
        if self.cells.is_empty() {
            self.cells.resize(MARKS as usize, UNKNOWN);
        }
        let state = self.cells.len() as Cell;
        self.cells.resize(self.cells.len() + row, UNKNOWN);
        self.cells.push(set.hash());
        self.cells.extend_from_slice(set.cells());
        self.states += 1;
        self.enter(state, set.hash());
        state
    }

    fn enter(&mut self, state: Cell, hash: u32) {
        let slots = &mut self.slots;
        let free = slots_for(hash, slots.len()).find(|&slot| slots[slot] == 0);
        // At most half of them are taken.
        if let Some(slot) = free {
            slots[slot] = state;
        }
    }

    /// How many bytes more this would take with that set.
    pub fn growth(&self, set: &SetBuffer, row: usize) -> usize {
        (self.cells_to_add(set, row) + self.slots_to_add()) * CELL_BYTES
    }

    fn grow(&mut self, set: &SetBuffer, row: usize) {
        let room = self.cells.capacity() - self.cells.len() + self.cells_to_add(set, row);
        self.cells.reserve_exact(room);
        let more = self.slots_to_add();
        if more > 0 {
            let states: Vec<Cell> = self.slots.iter().copied().filter(|&state| state != 0).collect();
            self.slots = vec![0; self.slots.len() + more];
            for state in states {
                self.enter(state, self.cells[state as usize + row]);
            }
        }
    }

    fn cells_to_add(&self, set: &SetBuffer, row: usize) -> usize {
        let needed = MARKS as usize + row + 1 + set.cells().len();
        match self.cells.capacity() - self.cells.len() {
            room if room >= needed => 0,
            _ => needed.max(self.cells.capacity() / 2),
        }
    }

    fn slots_to_add(&self) -> usize {
        match self.states * 2 < self.slots.len() {
            true => 0,
            false => self.slots.len().max(LEAST_SLOTS),
        }
    }

    pub fn bytes(&self) -> usize {
        (self.cells.capacity() + self.slots.capacity()) * CELL_BYTES
    }

    /// Forget all states, but keep the memory.
    pub fn clear(&mut self) {
        self.cells.clear();
        self.slots.fill(0);
        self.states = 0;
        self.start = None;
    }
}

/// Where a set with this hash may be, one slot behind the other. The hash's upper bits decide: they depend on all of the set.
fn slots_for(hash: u32, slots: usize) -> impl Iterator<Item = usize> {
    let first = ((u64::from(hash) * slots as u64) >> 32) as usize;
    (first..slots).chain(0..first)
}
