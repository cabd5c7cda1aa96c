//! The variables that rules set and read: `TX`.

use std::collections::BTreeMap;
use waf_transform::number;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Number(i64),
    Text(Vec<u8>),
}

impl Value {
    pub fn of(text: &[u8]) -> Value {
        // What reads back as it was written may as well be kept as a number: scores are added up all the time.
        let value = number(text);
        match text.len() <= 18 && value.to_string().as_bytes() == text {
            true => Value::Number(value),
            false => Value::Text(text.to_vec()),
        }
    }

    pub fn number(&self) -> i64 {
        match self {
            Value::Number(number) => *number,
            Value::Text(text) => number(text),
        }
    }

    pub fn write(&self, to: &mut Vec<u8>) {
        match self {
            Value::Number(number) => to.extend_from_slice(number.to_string().as_bytes()),
            Value::Text(text) => to.extend_from_slice(text),
        }
    }
}

/// A variable by its place, where a rule or a setting names it.
pub type Slot = usize;

/// The names that are known beforehand, in lower case.
#[derive(Default)]
pub struct Names {
    slots: BTreeMap<Vec<u8>, Slot>,
    names: Vec<Vec<u8>>,
}

impl Names {
    pub fn slot(&mut self, name: &[u8]) -> Slot {
        let name = name.to_ascii_lowercase();
        if let Some(&slot) = self.slots.get(&name) {
            return slot;
        }
        self.slots.insert(name.clone(), self.names.len());
        self.names.push(name);
        self.names.len() - 1
    }

    pub fn find(&self, name: &[u8]) -> Option<Slot> {
        self.slots.get(&name.to_ascii_lowercase()).copied()
    }

    /// The slots of all names that begin so; or of the one that is so, `whole`.
    pub fn beginning_with<'a>(&'a self, text: &'a [u8], whole: bool) -> impl Iterator<Item = Slot> + 'a {
        let begins = |name: &[u8]| name.len() >= text.len() && name[..text.len()].eq_ignore_ascii_case(text);
        let is_meant = move |name: &Vec<u8>| begins(name) && (!whole || name.len() == text.len());
        (0..self.names.len()).filter(move |&slot| is_meant(&self.names[slot]))
    }

    pub fn name(&self, slot: Slot) -> &[u8] {
        &self.names[slot]
    }

    pub fn count(&self) -> usize {
        self.names.len()
    }
}

/// The variables of one exchange: those known beforehand by slot, others, whose names rules make up, by name.
#[derive(Clone, Debug, Default)]
pub struct Tx {
    slots: Vec<Option<Value>>,
    others: Vec<(Vec<u8>, Value)>,
}

impl Tx {
    pub fn with_slots(count: usize) -> Tx {
        Tx { slots: vec![None; count], others: Vec::new() }
    }

    pub fn get(&self, slot: Slot) -> Option<&Value> {
        self.slots.get(slot)?.as_ref()
    }

    pub fn set(&mut self, slot: Slot, value: Option<Value>) {
        self.slots[slot] = value;
    }

    pub fn named(&self, names: &Names, name: &[u8]) -> Option<&Value> {
        match names.find(name) {
            Some(slot) => self.get(slot),
            None => self.others.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value),
        }
    }

    pub fn set_named(&mut self, names: &Names, name: &[u8], value: Option<Value>) {
        if let Some(slot) = names.find(name) {
            return self.set(slot, value);
        }
        self.others.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        if let Some(value) = value {
            self.others.push((name.to_ascii_lowercase(), value));
        }
    }

    pub fn iter<'a>(&'a self, names: &'a Names) -> impl Iterator<Item = (&'a [u8], &'a Value)> {
        let known =
            self.slots.iter().enumerate().filter_map(move |(slot, value)| Some((names.name(slot), value.as_ref()?)));
        known.chain(self.others.iter().map(|(name, value)| (name.as_slice(), value)))
    }
}
