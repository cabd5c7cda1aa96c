//! Reading a blob. It comes from a file, so nothing in it is believed: a length may be any number, an index lead nowhere.

use crate::collection::COUNT;
use crate::operator;
use crate::ruleset::{Change, Ctl, Macro, Part, Rule, RuleSet, Selector, SetVar, Variable};
use waf_transform::Transformation;

const MAGIC: &[u8] = b"PNSTKWAF";
const VERSION: u8 = 1;
const HEAD_BYTES: usize = 8 + 1 + 4 + 8;
const RECOMPILE: &str = "make it again: penstock waf compile";

type Read<T> = Result<T, String>;

/// Read a blob. An error names what is wrong and the remedy.
pub fn read(blob: &[u8]) -> Read<RuleSet> {
    if blob.len() < HEAD_BYTES || !blob.starts_with(MAGIC) {
        return Err(format!("these {} bytes are no rules; {RECOMPILE}", blob.len()));
    }
    if blob[8] != VERSION {
        return Err(format!("rules of version {}, but this module reads version {VERSION}; {RECOMPILE}", blob[8]));
    }
    let (length, checksum) = (number::<4>(blob, 9), number::<8>(blob, 13));
    let payload = &blob[HEAD_BYTES..];
    if payload.len() as u64 != length {
        return Err(format!("the rules are cut: {} of {length} bytes; {RECOMPILE}", payload.len()));
    }
    if fnv1a(payload) != checksum {
        return Err(format!("the rules are damaged: their checksum differs; {RECOMPILE}"));
    }
    let set = Cursor { rest: payload }.rule_set().ok_or_else(|| format!("the rules make no sense; {RECOMPILE}"))?;
    match loose_end(&set) {
        Some(fault) => Err(format!("{fault}; {RECOMPILE}")),
        None => Ok(set),
    }
}

fn number<const BYTES: usize>(from: &[u8], at: usize) -> u64 {
    from[at..at + BYTES].iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// The hash of Fowler, Noll and Vo, which finds accidents and no forgeries.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Say which rule refers to what is not there.
fn loose_end(set: &RuleSet) -> Option<String> {
    let unknown = |pipeline: &Vec<u8>| pipeline.iter().any(|&number| Transformation::from_number(number).is_none());
    if set.pipelines.iter().any(unknown) {
        return Some("a transformation is not known here".into());
    }
    let loose = set.rules.iter().enumerate().find(|&(at, rule)| !is_sound(set, at, rule))?;
    Some(format!("rule {} (number {}) refers to nothing", loose.1.id, loose.0))
}

fn is_sound(set: &RuleSet, at: usize, rule: &Rule) -> bool {
    let selects = |selector: &Selector| !matches!(selector, Selector::Pattern(at) if *at >= set.patterns.len());
    let variable = |variable: &Variable| selects(&variable.selector) && variable.excluded.iter().all(selects);
    let rules = |rules: &[usize]| rules.iter().all(|&rule| rule < set.rules.len());
    let control = |ctl: &Ctl| match ctl {
        Ctl::RemoveRules(removed) => rules(removed),
        Ctl::RemoveTarget(removed, target) => rules(removed) && variable(target),
        _ => true,
    };
    let operands = match rule.operator {
        operator::RX | operator::RX_GLOBAL | operator::VERIFY_CC => set.patterns.len(),
        operator::PM => set.phrase_sets.len(),
        _ => usize::MAX,
    };
    rule.operand < operands
        && rule.pipeline < set.pipelines.len()
        && rule.file < set.files.len()
        && rule.tags.iter().all(|&tag| tag < set.tags.len())
        && rule.skip_after.map_or(true, |to| to > at && to <= set.rules.len())
        && rule.variables.iter().all(variable)
        && rule.ctls.iter().all(control)
        && (!rule.chain_goes_on() || set.rules.get(at + 1).map_or(false, |next| !next.is_head()))
        && (1..=5).contains(&rule.phase)
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn rule_set(&mut self) -> Option<RuleSet> {
        let set = RuleSet {
            name: self.owned()?,
            settings: self.list(|it| Some((it.owned()?, it.owned()?)))?,
            pipelines: self.list(|it| it.list(Self::byte))?,
            patterns: self.list(|it| String::from_utf8(it.owned()?).ok())?,
            phrase_sets: self.list(|it| it.list(Self::owned))?,
            files: self.list(Self::owned)?,
            tags: self.list(Self::owned)?,
            rules: self.list(Self::rule)?,
        };
        self.rest.is_empty().then_some(set)
    }

    fn rule(&mut self) -> Option<Rule> {
        Some(Rule {
            id: u32::try_from(self.varint()?).ok()?,
            phase: self.byte()?,
            flags: self.byte()?,
            paranoia: self.byte()?,
            pipeline: self.index()?,
            variables: self.list(Self::variable)?,
            operator: self.byte()?,
            negated: self.byte()? != 0,
            argument: self.text()?,
            operand: self.index()?,
            disruptive: self.byte()?,
            status: u16::try_from(self.varint()?).ok()?,
            severity: self.byte()?,
            message: self.text()?,
            tags: self.list(Self::index)?,
            skip_after: self.index()?.checked_sub(1),
            skip: self.index()?,
            setvars: self.list(Self::set_var)?,
            ctls: self.list(Self::ctl)?,
            file: self.index()?,
            line: u32::try_from(self.varint()?).ok()?,
        })
    }

    fn variable(&mut self) -> Option<Variable> {
        Some(Variable {
            collection: self.collection()?,
            count: self.byte()? != 0,
            selector: self.selector()?,
            excluded: self.list(Self::selector)?,
        })
    }

    fn collection(&mut self) -> Option<u8> {
        self.byte().filter(|&number| usize::from(number) < COUNT)
    }

    fn selector(&mut self) -> Option<Selector> {
        match self.byte()? {
            0 => Some(Selector::All),
            1 => Some(Selector::Name(self.owned()?)),
            2 => Some(Selector::Pattern(self.index()?)),
            _ => None,
        }
    }

    fn text(&mut self) -> Option<Macro> {
        let part = |it: &mut Self| match it.byte()? {
            0 => Some(Part::Literal(it.owned()?)),
            1 => Some(Part::Variable(it.collection()?, it.owned()?)),
            _ => None,
        };
        Some(Macro(self.list(part)?))
    }

    fn set_var(&mut self) -> Option<SetVar> {
        let name = self.text()?;
        let change = match self.byte()? {
            0 => Change::Set,
            1 => Change::Add,
            2 => Change::Subtract,
            3 => Change::Unset,
            _ => return None,
        };
        Some(SetVar { name, change, value: self.text()? })
    }

    fn ctl(&mut self) -> Option<Ctl> {
        Some(match self.byte()? {
            0 => Ctl::RemoveRules(self.list(Self::index)?),
            1 => Ctl::RemoveTarget(self.list(Self::index)?, self.variable()?),
            2 => Ctl::RuleEngine(self.byte()?),
            3 => Ctl::BodyProcessor(self.byte()?),
            4 => Ctl::ForceBodyVariable(self.byte()? != 0),
            5 => Ctl::RequestBodyAccess(self.byte()? != 0),
            6 => Ctl::ResponseBodyAccess(self.byte()? != 0),
            _ => return None,
        })
    }

    /// Each element takes a byte or more, so that a wrong count ends where the bytes do.
    fn list<T>(&mut self, element: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.index()?;
        if count > self.rest.len() {
            return None;
        }
        (0..count).map(|_| element(self)).collect()
    }

    fn owned(&mut self) -> Option<Vec<u8>> {
        let length = self.index()?;
        if length > self.rest.len() {
            return None;
        }
        let (bytes, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(bytes.to_vec())
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn index(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok()
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One rule `SecRule ARGS "@rx a"` with id 5, nothing else.
    const PAYLOAD: &[u8] = b"\x01n\0\x01\0\x01\x01a\0\x01\x01f\0\x01\
        \x05\x02\x02\0\0\x01\0\0\0\0\x01\0\0\0\x01\0\xff\0\0\0\0\0\0\0\x07";

    fn blob(payload: &[u8]) -> Vec<u8> {
        let mut blob = [MAGIC, &[VERSION], &(payload.len() as u32).to_le_bytes()].concat();
        blob.extend_from_slice(&fnv1a(payload).to_le_bytes());
        blob.extend_from_slice(payload);
        blob
    }

    #[test]
    fn a_rule_is_read() {
        let set = read(&blob(PAYLOAD)).unwrap();
        assert_eq!((set.name.as_slice(), set.patterns.as_slice()), (&b"n"[..], &["a".to_string()][..]));
        assert_eq!((set.rules[0].id, set.rules[0].phase, set.rules[0].line), (5, 2, 7));
    }

    #[test]
    fn each_fault_is_told_with_the_remedy() {
        let whole = blob(PAYLOAD);
        let mut newer = whole.clone();
        newer[8] = 2;
        let mut damaged = whole.clone();
        damaged[30] ^= 1;
        for (blob, fault) in [
            (&b"SecRule ARGS"[..], "these 12 bytes are no rules; "),
            (&newer, "rules of version 2, but this module reads version 1; "),
            (&whole[..40], "the rules are cut: 19 of 39 bytes; "),
            (&damaged, "the rules are damaged: their checksum differs; "),
        ] {
            assert_eq!(read(blob).unwrap_err(), format!("{fault}{RECOMPILE}"));
        }
    }

    #[test]
    fn any_wrong_byte_behind_a_true_checksum_is_refused_or_read_without_a_panic() {
        for at in 0..PAYLOAD.len() {
            for byte in 0..=255 {
                let mut payload = PAYLOAD.to_vec();
                payload[at] = byte;
                read(&blob(&payload)).ok();
            }
            assert!(read(&blob(&PAYLOAD[..at])).is_err());
        }
    }
}
