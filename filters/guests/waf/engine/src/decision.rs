//! What is told of an exchange: the decision, what led to it, and where.

use crate::finding::Finding;
use crate::settings::{Mode, OnOverflow};
use crate::transaction::{Overflow, Transaction};
use crate::tx::Value;

const SEVERITIES: [&str; 8] = ["EMERGENCY", "ALERT", "CRITICAL", "ERROR", "WARNING", "NOTICE", "INFO", "DEBUG"];

/// Where CRS 4, CRS 3 and rule sets in their manner keep their scores; the first one that is there counts.
const INBOUND: [&[u8]; 3] = [b"blocking_inbound_anomaly_score", b"anomaly_score", b"inbound_anomaly_score"];
const OUTBOUND: [&[u8]; 2] = [b"blocking_outbound_anomaly_score", b"outbound_anomaly_score"];

const PAYLOAD_TOO_LARGE: u16 = 413;
const BAD_GATEWAY: u16 = 502;
/// More findings than this are counted, and not told.
const MOST_TOLD: usize = 30;

/// How an exchange must end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    /// Answer with this status.
    Block(u16),
}

impl Transaction {
    /// Judge what has been run so far.
    pub fn verdict(&self) -> Verdict {
        match self.interruption {
            Some(interruption) if self.is_over() => Verdict::Block(interruption.status),
            _ => self.overflow_status().map_or(Verdict::Pass, Verdict::Block),
        }
    }

    /// The status for what was too much to inspect, where that is not let pass.
    fn overflow_status(&self) -> Option<u16> {
        let settings = &self.program.settings;
        let (on_overflow, status) = match self.overflowed_in_response {
            true => (settings.response.overflow, BAD_GATEWAY),
            false => (settings.request.overflow, PAYLOAD_TOO_LARGE),
        };
        let rejects = self.mode == Some(Mode::Enforce) && on_overflow == OnOverflow::Reject;
        self.overflow.filter(|_| rejects).map(|_| status)
    }

    /// How much there is to tell: grows with each finding.
    pub fn told(&self) -> usize {
        self.findings.len() + usize::from(self.interruption.is_some()) + usize::from(self.overflow.is_some())
    }

    /// Tell the decision as JSON; None where there is nothing to tell.
    pub fn report(&self) -> Option<Vec<u8>> {
        if self.told() == 0 {
            return None;
        }
        let verdict = self.verdict();
        let action = match (verdict, self.interruption) {
            (Verdict::Block(_), _) => "blocked",
            (Verdict::Pass, Some(_)) => "detected",
            (Verdict::Pass, None) => "passed",
        };
        let mut json = Json::default();
        json.text("{\"action\":").quoted(action.as_bytes());
        if let Some(interruption) = self.interruption {
            json.number(",\"rule\":", self.program.set.rules[interruption.rule].id.into());
            json.number(",\"phase\":", interruption.phase.into());
        }
        if let Verdict::Block(status) = verdict {
            json.number(",\"status\":", status.into());
        }
        json.number(",\"inbound\":", self.score(&INBOUND)).number(",\"outbound\":", self.score(&OUTBOUND));
        json.number(",\"paranoia\":", self.program.settings.paranoia.into());
        if let Some(overflow) = self.overflow {
            json.text(",\"overflow\":").quoted(name_of(overflow).as_bytes());
        }
        json.text(",\"matches\":[");
        for (at, finding) in self.findings.iter().take(MOST_TOLD).enumerate() {
            json.text(if at == 0 { "{" } else { ",{" });
            self.tell(finding, &mut json);
        }
        json.text("]}");
        Some(json.0)
    }

    fn tell(&self, finding: &Finding, json: &mut Json) {
        let (set, rule) = (&self.program.set, &self.program.set.rules[finding.rule]);
        json.number("\"rule\":", rule.id.into());
        if let Some(severity) = SEVERITIES.get(usize::from(rule.severity)) {
            json.text(",\"severity\":").quoted(severity.as_bytes());
        }
        json.text(",\"message\":").quoted(&finding.message);
        json.text(",\"target\":").quoted(&finding.target);
        json.text(",\"matched\":").quoted(&finding.matched);
        json.text(",\"tags\":[");
        for (at, &tag) in rule.tags.iter().enumerate() {
            json.text(if at == 0 { "" } else { "," }).quoted(&set.tags[tag]);
        }
        json.text("],\"file\":").quoted(&set.files[rule.file]).number(",\"line\":", rule.line.into()).text("}");
    }

    fn score(&self, names: &[&[u8]]) -> i64 {
        let found = names.iter().find_map(|name| self.tx.named(&self.program.names, name));
        found.map_or(0, Value::number)
    }
}

fn name_of(overflow: Overflow) -> &'static str {
    match overflow {
        Overflow::Body => "body",
        Overflow::Arguments => "arguments",
        Overflow::Depth => "depth",
        Overflow::Work => "work",
    }
}

/// A text in JSON, in the making.
#[derive(Default)]
struct Json(Vec<u8>);

impl Json {
    fn text(&mut self, text: &str) -> &mut Self {
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn number(&mut self, key: &str, number: i64) -> &mut Self {
        self.text(key).text(&number.to_string())
    }

    /// Write bytes as a string of ASCII: each byte beyond stands for itself as a character, as in latin-1.
    fn quoted(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.push(b'"');
        for &byte in bytes {
            match byte {
                b'"' | b'\\' => self.0.extend_from_slice(&[b'\\', byte]),
                b' '..=b'~' => self.0.push(byte),
                _ => self.0.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            }
        }
        self.0.push(b'"');
        self
    }
}
