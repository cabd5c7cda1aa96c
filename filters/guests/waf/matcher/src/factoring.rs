//! Beginnings that alternatives share, found so that a position stands for all of them: sets of positions stay small.

use crate::byteset::ByteSet;
use regex_syntax::hir::{Class, Hir, HirKind, Literal};
use std::collections::BTreeMap;

/// An alternative, as the parts that it has one behind the other.
pub type Parts<'h> = &'h [Hir];

/// Alternatives by what they begin with, where that is one byte of a set; and the others.
pub struct Factored<'h> {
    pub by_first: BTreeMap<ByteSet, Vec<Parts<'h>>>,
    pub others: Vec<Parts<'h>>,
}

/// Which of several alternatives comes first does not matter to where a match first ends.
pub fn factor<'h>(alternatives: Vec<Parts<'h>>) -> Factored<'h> {
    let mut factored = Factored { by_first: BTreeMap::new(), others: Vec::new() };
    for parts in alternatives {
        match parts.first().and_then(byte_set) {
            Some(first) => factored.by_first.entry(first).or_default().push(parts),
            None => factored.others.push(parts),
        }
    }
    factored
}

pub fn parts(alternative: &Hir) -> Parts<'_> {
    match alternative.kind() {
        HirKind::Group(group) => parts(&group.hir),
        HirKind::Concat(parts) => parts,
        _ => std::slice::from_ref(alternative),
    }
}

/// Return the bytes that a part takes if it takes exactly one.
fn byte_set(part: &Hir) -> Option<ByteSet> {
    match part.kind() {
        HirKind::Literal(Literal::Byte(byte)) => Some(ByteSet::of(*byte)),
        HirKind::Literal(Literal::Unicode(char)) if char.is_ascii() => Some(ByteSet::of(*char as u8)),
        HirKind::Class(Class::Bytes(class)) => Some(ByteSet::of_class(class)),
        _ => None,
    }
}
