//! Places between bytes: what stands on either side decides which assertions hold there.

use regex_syntax::hir::{Anchor, WordBoundary};

/// What stands on one side of a place. A text's edge is its start on the left, its end on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Edge,
    Newline,
    Word,
    Other,
}

impl Side {
    const EACH: [Side; 4] = [Side::Edge, Side::Newline, Side::Word, Side::Other];

    pub fn of(number: u32) -> Side {
        Side::EACH[number as usize % Side::EACH.len()]
    }
}

/// A set of kinds of place: a bit for each pair of sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Places(u16);

impl Places {
    pub const NONE: Places = Places(0);
    pub const ALL: Places = Places(u16::MAX);
    /// Where a text begins.
    pub const START: Places = Places(0xF);

    pub fn between(left: Side, right: Side) -> Places {
        Places(1 << (left as u16 * 4 + right as u16))
    }

    pub fn of_anchor(anchor: &Anchor) -> Places {
        Places::such_that(|left, right| match anchor {
            Anchor::StartText => left == Side::Edge,
            Anchor::EndText => right == Side::Edge,
            Anchor::StartLine => matches!(left, Side::Edge | Side::Newline),
            Anchor::EndLine => matches!(right, Side::Edge | Side::Newline),
        })
    }

    /// Return where an assertion about words holds; None where it asks for more than bytes.
    pub fn of_words(boundary: &WordBoundary) -> Option<Places> {
        let differs = |left: Side, right: Side| (left == Side::Word) != (right == Side::Word);
        match boundary {
            WordBoundary::Ascii => Some(Places::such_that(differs)),
            WordBoundary::AsciiNegate => Some(Places::such_that(|left, right| !differs(left, right))),
            WordBoundary::Unicode | WordBoundary::UnicodeNegate => None,
        }
    }

    fn such_that(holds: impl Fn(Side, Side) -> bool) -> Places {
        let pairs = Side::EACH.into_iter().flat_map(|left| Side::EACH.into_iter().map(move |right| (left, right)));
        let held = pairs.filter(|&(left, right)| holds(left, right));
        held.fold(Places::NONE, |all, (left, right)| all.or(Places::between(left, right)))
    }

    #[must_use]
    pub fn and(self, other: Places) -> Places {
        Places(self.0 & other.0)
    }

    #[must_use]
    pub fn or(self, other: Places) -> Places {
        Places(self.0 | other.0)
    }

    pub fn meets(self, other: Places) -> bool {
        self.and(other) != Places::NONE
    }

    pub fn is_within(self, other: Places) -> bool {
        self.and(other) == self
    }

    /// Whether it matters what stands on the left.
    pub fn depends_on_left(self) -> bool {
        self.0 != (self.0 & 0xF) * 0x1111
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(places: Places, left: Side, right: Side) -> bool {
        places.meets(Places::between(left, right))
    }

    #[test]
    fn anchors_hold_at_the_edges_and_those_of_lines_at_newlines_too() {
        assert_eq!(Places::of_anchor(&Anchor::StartText), Places::START);
        assert!(holds(Places::of_anchor(&Anchor::EndText), Side::Word, Side::Edge));
        assert!(!holds(Places::of_anchor(&Anchor::EndText), Side::Word, Side::Newline));
        assert!(holds(Places::of_anchor(&Anchor::StartLine), Side::Newline, Side::Other));
        assert!(holds(Places::of_anchor(&Anchor::EndLine), Side::Other, Side::Newline));
    }

    #[test]
    fn a_word_begins_or_ends_where_only_one_side_is_of_one() {
        let boundary = Places::of_words(&WordBoundary::Ascii).unwrap();
        assert!(holds(boundary, Side::Edge, Side::Word) && holds(boundary, Side::Word, Side::Newline));
        assert!(!holds(boundary, Side::Word, Side::Word) && !holds(boundary, Side::Edge, Side::Edge));
        let inside = Places::of_words(&WordBoundary::AsciiNegate).unwrap();
        assert_eq!((inside.and(boundary), inside.or(boundary)), (Places::NONE, Places::ALL));
    }

    #[test]
    fn only_assertions_about_the_left_depend_on_it() {
        assert!(!Places::ALL.depends_on_left());
        assert!(!Places::of_anchor(&Anchor::EndLine).depends_on_left());
        assert!(Places::START.depends_on_left());
    }
}
