//! Texts of which every match of a pattern contains one: where none of them stands, the pattern need not be tried.
//!
//! The idea is Google Code Search's and RE2's (`FilteredRE2`): go through the pattern, and know of each part either all
//! texts that it matches, as long as these are few, or a set of texts of which a match has at least one.

use regex_syntax::hir::{Class, Hir, HirKind, Literal, RepetitionKind, RepetitionRange};

const MOST_TEXTS: usize = 64;
const MOST_OF_A_CLASS: usize = 8;
const MOST_OF_AN_ALTERNATION: usize = 600;
const LONGEST: usize = 16;

/// Below this a set is no use: its texts stand in most ordinary values.
const LEAST_WEIGHT: u32 = 4;

/// Return the texts, in lower case, for a pattern that ASCII letters match in either case; None if there are none.
pub fn required(pattern: &Hir) -> Option<Vec<Vec<u8>>> {
    let mut texts = known(pattern).best()?;
    for text in &mut texts {
        text.truncate(LONGEST);
    }
    texts.sort();
    texts.dedup();
    (weight(&texts) >= LEAST_WEIGHT).then_some(texts)
}

/// What is known of a part: `exact` are all texts that it matches, `within` some of which a match contains one.
struct Known {
    exact: Option<Vec<Vec<u8>>>,
    within: Option<Vec<Vec<u8>>>,
}

impl Known {
    const NOTHING: Known = Known { exact: None, within: None };

    fn exactly(texts: Vec<Vec<u8>>) -> Known {
        Known { exact: Some(texts), within: None }
    }

    fn best(self) -> Option<Vec<Vec<u8>>> {
        better(self.exact, self.within)
    }
}

fn known(part: &Hir) -> Known {
    match part.kind() {
        HirKind::Empty | HirKind::Anchor(_) | HirKind::WordBoundary(_) => Known::exactly(vec![Vec::new()]),
        HirKind::Literal(Literal::Unicode(letter)) => {
            Known::exactly(vec![letter.to_string().into_bytes().to_ascii_lowercase()])
        }
        HirKind::Literal(Literal::Byte(byte)) => Known::exactly(vec![vec![byte.to_ascii_lowercase()]]),
        HirKind::Class(class) => of_class(class).map_or(Known::NOTHING, Known::exactly),
        HirKind::Group(group) => known(&group.hir),
        HirKind::Repetition(repeated) => match repeated.kind {
            RepetitionKind::Range(RepetitionRange::Exactly(1)) => known(&repeated.hir),
            _ if is_optional(&repeated.kind) => Known::NOTHING,
            _ => Known { exact: None, within: known(&repeated.hir).best() },
        },
        HirKind::Concat(parts) => of_sequence(parts),
        HirKind::Alternation(branches) => of_alternation(branches),
    }
}

fn is_optional(kind: &RepetitionKind) -> bool {
    match kind {
        RepetitionKind::ZeroOrOne | RepetitionKind::ZeroOrMore => true,
        RepetitionKind::OneOrMore => false,
        RepetitionKind::Range(range) => match range {
            RepetitionRange::Exactly(least) | RepetitionRange::AtLeast(least) => *least == 0,
            RepetitionRange::Bounded(least, _) => *least == 0,
        },
    }
}

fn of_class(class: &Class) -> Option<Vec<Vec<u8>>> {
    let mut bytes: Vec<u8> = match class {
        Class::Bytes(class) => class.iter().flat_map(|range| range.start()..=range.end()).collect(),
        Class::Unicode(class) => {
            let ranges = class.iter().map(|range| (range.start() as u32, range.end() as u32));
            ranges.flat_map(|(first, last)| first..=last.min(0x80)).map(|code| code as u8).collect()
        }
    };
    bytes.make_ascii_lowercase();
    bytes.sort_unstable();
    bytes.dedup();
    let few = bytes.len() <= MOST_OF_A_CLASS && bytes.last().map_or(false, |&last| last != 0x80);
    few.then(|| bytes.into_iter().map(|byte| vec![byte]).collect())
}

/// Join neighbours whose texts are known; where that ends, keep the best set so far.
fn of_sequence(parts: &[Hir]) -> Known {
    let mut best = None;
    let mut whole = true;
    let mut run = vec![Vec::new()];
    for part in parts {
        let part = known(part);
        match part.exact {
            Some(texts) if texts.len() * run.len() <= MOST_TEXTS => run = joined(&run, &texts),
            Some(texts) => {
                whole = false;
                best = better(best, Some(std::mem::replace(&mut run, texts)));
            }
            None => {
                whole = false;
                best = better(best, Some(std::mem::replace(&mut run, vec![Vec::new()])));
                best = better(best, part.within);
            }
        }
    }
    if whole {
        return Known::exactly(run);
    }
    Known { exact: None, within: better(best, Some(run)) }
}

fn joined(heads: &[Vec<u8>], tails: &[Vec<u8>]) -> Vec<Vec<u8>> {
    heads.iter().flat_map(|head| tails.iter().map(move |tail| [head.as_slice(), tail].concat())).collect()
}

fn of_alternation(branches: &[Hir]) -> Known {
    let branches: Vec<Known> = branches.iter().map(known).collect();
    let count = branches.iter().map(|branch| branch.exact.as_ref().map_or(0, Vec::len)).sum::<usize>();
    if branches.iter().all(|branch| branch.exact.is_some()) && count <= MOST_OF_AN_ALTERNATION {
        return Known::exactly(branches.into_iter().filter_map(|branch| branch.exact).flatten().collect());
    }
    let best: Option<Vec<_>> = branches.into_iter().map(Known::best).collect();
    let texts = best.map(|sets| sets.into_iter().flatten().collect::<Vec<_>>());
    Known { exact: None, within: texts.filter(|texts| texts.len() <= MOST_OF_AN_ALTERNATION) }
}

fn better(one: Option<Vec<Vec<u8>>>, other: Option<Vec<Vec<u8>>>) -> Option<Vec<Vec<u8>>> {
    match (one, other) {
        (Some(one), Some(other)) if weight(&other) > weight(&one) => Some(other),
        (Some(one), _) => Some(one),
        (None, other) => other,
    }
}

/// How seldom the set's commonest text is met in values that mean no harm.
fn weight(texts: &[Vec<u8>]) -> u32 {
    texts.iter().map(|text| text.iter().map(|&byte| weight_of(byte)).sum()).min().unwrap_or(0)
}

fn weight_of(byte: u8) -> u32 {
    match byte {
        b' ' | b'=' | b'/' | b'.' | b'-' | b':' | b',' | b';' => 1,
        byte if byte.is_ascii_alphanumeric() => 2,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex_syntax::ParserBuilder;

    fn of(pattern: &str) -> Option<Vec<String>> {
        let hir = ParserBuilder::new().unicode(false).allow_invalid_utf8(true).build().parse(pattern).unwrap();
        let texts = required(&hir)?;
        Some(texts.into_iter().map(|text| String::from_utf8(text).unwrap()).collect())
    }

    fn texts(of: &[&str]) -> Option<Vec<String>> {
        Some(of.iter().map(|text| text.to_string()).collect())
    }

    #[test]
    fn a_plain_text_requires_itself_in_lower_case() {
        assert_eq!(of("SeLect"), texts(&["select"]));
        assert_eq!(of("(?i)select"), texts(&["select"]));
    }

    #[test]
    fn an_alternation_requires_one_of_its_branches() {
        assert_eq!(of("(?:union|into) *x"), texts(&["into", "union"]));
        assert_eq!(of("ab(?:c|d)e"), texts(&["abce", "abde"]));
    }

    #[test]
    fn what_may_be_missing_is_not_required() {
        assert_eq!(of("(?:union)?"), None);
        assert_eq!(of("(?:union|.*)"), None);
        assert_eq!(of("(?:union){0,3}"), None);
        assert_eq!(of("x?(?:union)+"), texts(&["union"]));
    }

    #[test]
    fn the_rarest_part_is_chosen() {
        assert_eq!(of(r"id\s+waitfor\s+a"), texts(&["waitfor"]));
    }

    #[test]
    fn anchors_and_small_classes_do_not_part_a_text() {
        assert_eq!(of(r"^\bs[e3]t\b$"), texts(&["s3t", "set"]));
    }

    #[test]
    fn what_stands_everywhere_is_no_use() {
        assert_eq!(of("a"), None);
        assert_eq!(of(r"/\d+"), None);
        assert_eq!(of(r"\w+"), None);
    }

    #[test]
    fn long_texts_are_cut_and_many_are_too_many() {
        assert_eq!(of("abcdefghijklmnopqrstuvwxyz"), texts(&["abcdefghijklmnop"]));
        assert_eq!(of("[a-f0-9]{8}[a-f]"), None);
    }
}
