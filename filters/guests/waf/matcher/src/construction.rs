//! From a parsed pattern to positions: Glushkov's construction, with assertions as places that a link holds at.

use crate::boundary::Places;
use crate::byteset::ByteSet;
use crate::factoring::{factor, parts, Parts};
use crate::fragment::Fragment;
use crate::positions::Positions;
use regex_syntax::hir::{
    Anchor, Class, ClassUnicode, Hir, HirKind, Literal, Repetition, RepetitionKind, RepetitionRange,
};
use regex_syntax::utf8::Utf8Sequences;

/// How deep beginnings are shared. The parser bounds how deep patterns are nested, but not how long their words are.
const MOST_SHARED: u32 = 100;

type Made = Result<Fragment, String>;

pub struct Construction {
    pub positions: Positions,
    pub knows_lines: bool,
    pub knows_words: bool,
    shared: u32,
}

impl Construction {
    pub fn new() -> Self {
        Construction { positions: Positions::new(), knows_lines: false, knows_words: false, shared: 0 }
    }

    pub fn make(&mut self, part: &Hir) -> Made {
        match part.kind() {
            HirKind::Empty => Ok(Fragment::passing(Places::ALL)),
            HirKind::Literal(Literal::Byte(byte)) => self.positions.add(ByteSet::of(*byte)),
            HirKind::Literal(Literal::Unicode(char)) => self.character(*char),
            HirKind::Class(Class::Bytes(class)) => self.positions.add(ByteSet::of_class(class)),
            HirKind::Class(Class::Unicode(class)) => self.characters(class),
            HirKind::Anchor(anchor) => Ok(self.anchor(anchor)),
            HirKind::WordBoundary(boundary) => {
                self.knows_words = true;
                let places = Places::of_words(boundary).ok_or("Unicode's word boundaries are not known here")?;
                Ok(Fragment::passing(places))
            }
            HirKind::Repetition(repetition) => self.repetition(repetition),
            HirKind::Group(group) => self.make(&group.hir),
            HirKind::Concat(parts) => self.sequence(parts),
            HirKind::Alternation(alternatives) => self.alternation(alternatives.iter().map(parts).collect()),
        }
    }

    fn anchor(&mut self, anchor: &Anchor) -> Fragment {
        self.knows_lines |= matches!(anchor, Anchor::StartLine | Anchor::EndLine);
        Fragment::passing(Places::of_anchor(anchor))
    }

    fn character(&mut self, char: char) -> Made {
        let mut bytes = [0; 4];
        let bytes = char.encode_utf8(&mut bytes).bytes();
        self.ranges(bytes.map(ByteSet::of))
    }

    fn characters(&mut self, class: &ClassUnicode) -> Made {
        let mut made = Fragment::nothing();
        for sequence in class.iter().flat_map(|range| Utf8Sequences::new(range.start(), range.end())) {
            made =
                made.or(self.ranges(sequence.as_slice().iter().map(|range| ByteSet::range(range.start, range.end)))?);
        }
        Ok(made)
    }

    fn ranges(&mut self, sets: impl Iterator<Item = ByteSet>) -> Made {
        let mut made = Fragment::passing(Places::ALL);
        for set in sets {
            let next = self.positions.add(set)?;
            made = self.join(made, next)?;
        }
        Ok(made)
    }

    fn sequence(&mut self, parts: Parts) -> Made {
        let mut made = Fragment::passing(Places::ALL);
        for part in parts {
            let next = self.make(part)?;
            made = self.join(made, next)?;
        }
        Ok(made)
    }

    fn join(&mut self, made: Fragment, next: Fragment) -> Made {
        self.positions.link(&made.last, &next.first)?;
        Ok(made.then(next))
    }

    fn alternation(&mut self, alternatives: Vec<Parts>) -> Made {
        if self.shared == MOST_SHARED {
            return self.apart(&alternatives);
        }
        let factored = factor(alternatives);
        let mut made = self.apart(&factored.others)?;
        self.shared += 1;
        for (first, alternatives) in factored.by_first {
            made = made.or(self.beginning_with(first, &alternatives)?);
        }
        self.shared -= 1;
        Ok(made)
    }

    fn apart(&mut self, alternatives: &[Parts]) -> Made {
        let mut made = Fragment::nothing();
        for parts in alternatives {
            made = made.or(self.sequence(parts)?);
        }
        Ok(made)
    }

    fn beginning_with(&mut self, first: ByteSet, alternatives: &[Parts]) -> Made {
        let head = self.positions.add(first)?;
        let rests: Vec<Parts> = alternatives.iter().map(|parts| &parts[1..]).collect();
        let tail = match rests.as_slice() {
            [rest] => self.sequence(rest)?,
            _ => self.alternation(rests)?,
        };
        self.join(head, tail)
    }

    fn repetition(&mut self, repetition: &Repetition) -> Made {
        let (least, most) = bounds(&repetition.kind);
        if most == Some(0) {
            return Ok(Fragment::passing(Places::ALL));
        }
        let once = self.make(&repetition.hir)?;
        if !once.has_positions() {
            return Ok(if least == 0 { optional(once) } else { once });
        }
        // What may be empty may as well be left out.
        let least = if once.empty == Places::ALL { 0 } else { least };
        let (count, endless) = (least.max(1), most.is_none());
        let mut made = self.copies(&repetition.hir, never_empty(once), count, endless)?;
        if let Some(most) = most {
            made = self.optional_copies(&repetition.hir, made, most.saturating_sub(count))?;
        }
        Ok(if least == 0 { optional(made) } else { made })
    }

    /// Put so many copies of a part one behind the other; if it is endless, the last may repeat.
    fn copies(&mut self, part: &Hir, once: Fragment, count: u32, endless: bool) -> Made {
        let mut made = Fragment::passing(Places::ALL);
        let mut next = once;
        for _ in 1..count {
            made = self.join(made, next)?;
            next = never_empty(self.make(part)?);
        }
        if endless {
            self.positions.link(&next.last, &next.first)?;
        }
        self.join(made, next)
    }

    fn optional_copies(&mut self, part: &Hir, mut made: Fragment, count: u32) -> Made {
        let mut newest = made.last.clone();
        for _ in 0..count {
            let next = never_empty(self.make(part)?);
            if next.empty != Places::NONE {
                made = self.join(made, optional(next))?;
                continue;
            }
            // One is there only if all before it are: it need not be linked but to the one before.
            self.positions.link(&newest, &next.first)?;
            made.last.extend_from_slice(&next.last);
            newest = next.last;
        }
        Ok(made)
    }
}

fn optional(part: Fragment) -> Fragment {
    Fragment { empty: Places::ALL, ..part }
}

/// Leave out that a part of a repetition may be empty: that is as good as one repetition less.
fn never_empty(part: Fragment) -> Fragment {
    match part.empty {
        Places::ALL => Fragment { empty: Places::NONE, ..part },
        _ => part,
    }
}

fn bounds(kind: &RepetitionKind) -> (u32, Option<u32>) {
    match *kind {
        RepetitionKind::ZeroOrOne => (0, Some(1)),
        RepetitionKind::ZeroOrMore => (0, None),
        RepetitionKind::OneOrMore => (1, None),
        RepetitionKind::Range(RepetitionRange::Exactly(count)) => (count, Some(count)),
        RepetitionKind::Range(RepetitionRange::AtLeast(least)) => (least, None),
        RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (least, Some(most)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(pattern: &str) -> usize {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).build().parse(pattern).unwrap();
        let mut construction = Construction::new();
        construction.make(&hir).unwrap();
        construction.positions.bytes.len() - 1
    }

    #[test]
    fn each_byte_of_a_pattern_is_a_position() {
        assert_eq!(positions("(?-u)ab[cd]"), 3);
        assert_eq!(positions("(?-u)a{2,5}b+"), 6);
    }

    #[test]
    fn alternatives_that_begin_alike_share_positions() {
        assert_eq!(positions("(?-u)select|sleep|self"), 11);
    }

    #[test]
    fn a_part_that_may_be_empty_is_linked_to_no_more_than_the_copy_behind_it() {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).build().parse("(?-u)(?:a?){1000}").unwrap();
        let mut construction = Construction::new();
        construction.make(&hir).unwrap();
        assert!(construction.positions.links.len() <= 1000);
    }
}
