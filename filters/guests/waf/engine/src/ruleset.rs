//! Rules as the compiler (filters/waf/) lays them down.

/// All that a blob says. Indices in it have been checked: they lead to something.
#[derive(Debug, Default)]
pub struct RuleSet {
    pub name: Vec<u8>,
    pub settings: Vec<(Vec<u8>, Vec<u8>)>,
    /// Numbers of transformations (waf-transform); the first pipeline is the empty one.
    pub pipelines: Vec<Vec<u8>>,
    pub patterns: Vec<String>,
    pub phrase_sets: Vec<Vec<Vec<u8>>>,
    pub files: Vec<Vec<u8>>,
    pub tags: Vec<Vec<u8>>,
    pub rules: Vec<Rule>,
}

#[derive(Debug, Default)]
pub struct Rule {
    pub id: u32,
    pub phase: u8,
    pub flags: u8,
    pub paranoia: u8,
    pub pipeline: usize,
    pub variables: Vec<Variable>,
    pub operator: u8,
    pub negated: bool,
    pub argument: Macro,
    /// Of what the operator needs: a pattern, or a set of phrases.
    pub operand: usize,
    pub disruptive: u8,
    pub status: u16,
    /// 0 (emergency) to 7; [`NO_SEVERITY`] where the rule names none.
    pub severity: u8,
    pub message: Macro,
    pub tags: Vec<usize>,
    /// Where to go on after a match; may be one behind the last rule.
    pub skip_after: Option<usize>,
    pub skip: usize,
    pub setvars: Vec<SetVar>,
    pub ctls: Vec<Ctl>,
    pub file: usize,
    pub line: u32,
}

pub const NO_SEVERITY: u8 = 255;

impl Rule {
    const CHAIN_GOES_ON: u8 = 1;
    const HEAD: u8 = 2;
    const CAPTURE: u8 = 4;
    const MULTI_MATCH: u8 = 8;
    const UNCONDITIONAL: u8 = 16;
    const SILENT: u8 = 32;

    pub fn chain_goes_on(&self) -> bool {
        self.flags & Self::CHAIN_GOES_ON != 0
    }

    pub fn is_head(&self) -> bool {
        self.flags & Self::HEAD != 0
    }

    pub fn captures(&self) -> bool {
        self.flags & Self::CAPTURE != 0
    }

    pub fn multi_match(&self) -> bool {
        self.flags & Self::MULTI_MATCH != 0
    }

    pub fn unconditional(&self) -> bool {
        self.flags & Self::UNCONDITIONAL != 0
    }

    /// Its matches are no finding: `nolog`.
    pub fn silent(&self) -> bool {
        self.flags & Self::SILENT != 0
    }
}

/// What a rule does to the exchange, as the blob numbers it; 0 is nothing.
pub mod disruptive {
    pub const BLOCK: u8 = 1;
    pub const ALLOW: u8 = 2;
    pub const ALLOW_REQUEST: u8 = 3;
    pub const ALLOW_PHASE: u8 = 4;
    pub const REDIRECT: u8 = 5;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub collection: u8,
    pub count: bool,
    pub selector: Selector,
    pub excluded: Vec<Selector>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    All,
    /// In lower case.
    Name(Vec<u8>),
    Pattern(usize),
}

/// A text with `%{…}` in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Macro(pub Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    Literal(Vec<u8>),
    Variable(u8, Vec<u8>),
}

impl Macro {
    /// The text, where nothing in it depends on the request.
    pub fn literal(&self) -> Option<&[u8]> {
        match self.0.as_slice() {
            [] => Some(b""),
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetVar {
    /// Of a variable of TX.
    pub name: Macro,
    pub change: Change,
    pub value: Macro,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Set,
    Add,
    Subtract,
    Unset,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ctl {
    RemoveRules(Vec<usize>),
    RemoveTarget(Vec<usize>, Variable),
    /// 0 off, 1 on, 2 detection only.
    RuleEngine(u8),
    /// 0 urlencoded, 1 multipart, 2 JSON, 3 XML.
    BodyProcessor(u8),
    ForceBodyVariable(bool),
    RequestBodyAccess(bool),
    ResponseBodyAccess(bool),
}
