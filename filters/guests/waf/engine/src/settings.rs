//! What a route asks of the rules.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Enforce,
    /// Judge and report, but let everything pass.
    Detect,
}

/// What becomes of a message that is more than is inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnOverflow {
    Reject,
    Pass,
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub mode: Mode,
    pub paranoia: u8,
    pub inbound_threshold: i64,
    pub outbound_threshold: i64,
    /// Variables of TX, set before the first rule.
    pub variables: Vec<(String, String)>,
    pub exclusions: Vec<Exclusion>,
    pub request: RequestCaps,
    pub response: ResponseCaps,
    /// How much of a value that matched is reported, in bytes.
    pub reported: usize,
}

/// Rules to leave out; or, with targets, what these rules leave out. Without rules and tags all are meant.
#[derive(Clone, Debug, Default)]
pub struct Exclusion {
    /// First and last id.
    pub rules: Vec<(u32, u32)>,
    pub tags: Vec<String>,
    /// `COLLECTION` or `COLLECTION:name`.
    pub targets: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct RequestCaps {
    /// Whether the body is looked at.
    pub inspect: bool,
    /// Names and values that are inspected, in bytes; files are not counted.
    pub text: usize,
    pub arguments: usize,
    pub depth: usize,
    pub overflow: OnOverflow,
}

#[derive(Clone, Debug)]
pub struct ResponseCaps {
    pub inspect: bool,
    pub body: usize,
    /// Media types in lower case.
    pub types: Vec<String>,
    pub overflow: OnOverflow,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            mode: Mode::Enforce,
            paranoia: 1,
            inbound_threshold: 5,
            outbound_threshold: 4,
            variables: Vec::new(),
            exclusions: Vec::new(),
            request: RequestCaps {
                inspect: true,
                text: 128 * 1024,
                arguments: 1000,
                depth: 64,
                overflow: OnOverflow::Reject,
            },
            response: ResponseCaps {
                inspect: true,
                body: 512 * 1024,
                types: ["text/html", "text/plain", "text/xml", "application/json"].map(String::from).to_vec(),
                overflow: OnOverflow::Pass,
            },
            reported: 80,
        }
    }
}
