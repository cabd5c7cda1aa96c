//! Texts with variables in them, `%{tx.score}`: their names are looked up when the rules are made ready.

use crate::collection::TX;
use crate::ruleset::{Macro, Part};
use crate::tx::{Names, Slot};

#[derive(Clone, Debug, Default)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
pub enum Piece {
    Literal(Vec<u8>),
    Tx(Slot),
    /// A member of another collection; the name is empty where the collection is a single value.
    Variable(u8, Vec<u8>),
}

impl Template {
    pub fn new(text: &Macro, names: &mut Names) -> Self {
        let piece = |part: &Part| match part {
            Part::Literal(text) => Piece::Literal(text.clone()),
            Part::Variable(TX, name) => Piece::Tx(names.slot(name)),
            Part::Variable(collection, name) => Piece::Variable(*collection, name.clone()),
        };
        Template(text.0.iter().map(piece).collect())
    }

    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// The text, where nothing in it depends on the exchange.
    pub fn fixed(&self) -> Option<&[u8]> {
        match self.0.as_slice() {
            [] => Some(b""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }
}
