//! The matcher against what patterns mean, written down as plainly as it can be.

mod dice;

use dice::{Assertions, Dice};
use regex_syntax::hir::{
    Anchor, Class, Hir, HirKind, Literal, Repetition, RepetitionKind, RepetitionRange, WordBoundary,
};
use std::collections::BTreeSet;
use waf_matcher::{Caches, Found, Pattern};

const ANY: Assertions = &["^", "$", r"\A", r"\z", r"\b", r"\B"];

type Offsets = BTreeSet<usize>;

/// Return where matches of a part can end that begin at any of these offsets.
fn ends(part: &Hir, text: &[u8], from: &Offsets) -> Offsets {
    let bytes = |takes: &dyn Fn(u8) -> bool| -> Offsets {
        from.iter().filter(|&&at| text.get(at).map_or(false, |&byte| takes(byte))).map(|at| at + 1).collect()
    };
    match part.kind() {
        HirKind::Empty => from.clone(),
        HirKind::Literal(Literal::Byte(byte)) => bytes(&|other| other == *byte),
        HirKind::Literal(Literal::Unicode(char)) => bytes(&|other| u32::from(other) == u32::from(*char)),
        HirKind::Class(Class::Bytes(class)) => {
            bytes(&|byte| class.iter().any(|range| (range.start()..=range.end()).contains(&byte)))
        }
        HirKind::Class(Class::Unicode(_)) => panic!("there is none among the random patterns"),
        HirKind::Anchor(anchor) => from.iter().copied().filter(|&at| holds(anchor, text, at)).collect(),
        HirKind::WordBoundary(boundary) => {
            let negated = *boundary == WordBoundary::AsciiNegate;
            from.iter().copied().filter(|&at| is_boundary(text, at) != negated).collect()
        }
        HirKind::Repetition(repetition) => repeated(repetition, text, from),
        HirKind::Group(group) => ends(&group.hir, text, from),
        HirKind::Concat(parts) => parts.iter().fold(from.clone(), |from, part| ends(part, text, &from)),
        HirKind::Alternation(parts) => parts.iter().flat_map(|part| ends(part, text, from)).collect(),
    }
}

fn repeated(repetition: &Repetition, text: &[u8], from: &Offsets) -> Offsets {
    let endless = text.len() as u32 + 1;
    let (least, most) = match repetition.kind {
        RepetitionKind::ZeroOrOne => (0, 1),
        RepetitionKind::ZeroOrMore => (0, endless),
        RepetitionKind::OneOrMore => (1, endless + 1),
        RepetitionKind::Range(RepetitionRange::Exactly(count)) => (count, count),
        RepetitionKind::Range(RepetitionRange::AtLeast(least)) => (least, least + endless),
        RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => (least, most),
    };
    let (mut reached, mut all) = (from.clone(), Offsets::new());
    for count in 0..=most {
        if count >= least {
            all.extend(&reached);
        }
        reached = ends(&repetition.hir, text, &reached);
    }
    all
}

fn holds(anchor: &Anchor, text: &[u8], at: usize) -> bool {
    match anchor {
        Anchor::StartText => at == 0,
        Anchor::EndText => at == text.len(),
        Anchor::StartLine => at == 0 || text[at - 1] == b'\n',
        Anchor::EndLine => at == text.len() || text[at] == b'\n',
    }
}

fn is_boundary(text: &[u8], at: usize) -> bool {
    let is_word = |at: usize| text.get(at).map_or(false, |byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    (at > 0 && is_word(at - 1)) != is_word(at)
}

#[test]
fn random_patterns_find_what_they_mean() {
    let mut dice = Dice(0x1234_5678_9ABC_DEF1);
    let mut caches = Caches::new(1 << 20);
    for _ in 0..1_500 {
        let pattern = dice.pattern(ANY);
        let mut parser = regex_syntax::ParserBuilder::new().unicode(false).allow_invalid_utf8(true).build();
        let hir = parser.parse(&pattern).unwrap();
        let ours = Pattern::new(&pattern).unwrap();
        for _ in 0..30 {
            let text = dice.text();
            let first = ends(&hir, &text, &(0..=text.len()).collect()).into_iter().next();
            let found = ours.shortest(&mut caches, &text, &mut u64::MAX.clone());
            assert_eq!(found, first.map_or(Found::Nowhere, Found::Ends), "{pattern} on {text:?}");
        }
    }
}
