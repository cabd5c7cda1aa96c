//! From JSON to a route's settings.

use penstock_sdk::json::Value;
use penstock_sdk::settings::{object, Settings as Section};
use waf_engine::{Exclusion, Mode, OnOverflow, RequestCaps, ResponseCaps, Settings};

const MOST_BYTES: i64 = 1 << 30;
const MOST_COUNT: i64 = 1 << 20;

pub fn read(configuration: &[u8]) -> Result<Settings, String> {
    if configuration.is_empty() {
        return Ok(Settings::default());
    }
    let members = object(configuration)?;
    let section = Section::new(&members);
    section.only(&["mode", "paranoia", "thresholds", "variables", "exclusions", "request", "response", "report"])?;
    let mut settings = Settings { mode: mode(&section)?, ..Settings::default() };
    if let Some(paranoia) = section.integer("paranoia", 1..=4)? {
        settings.paranoia = paranoia as u8;
    }
    if let Some(thresholds) = section.section("thresholds")? {
        read_thresholds(&thresholds, &mut settings)?;
    }
    if let Some(variables) = section.section("variables")? {
        settings.variables = variables.members().map(variable).collect::<Result<_, _>>()?;
    }
    if section.value("exclusions").map_or(false, |value| !value.one_or_many().is_empty()) {
        let exclusions = section.sections("exclusions")?.unwrap_or_default();
        settings.exclusions = exclusions.iter().map(exclusion).collect::<Result<_, _>>()?;
    }
    if let Some(request) = section.section("request")? {
        read_request(&request, &mut settings.request)?;
    }
    if let Some(response) = section.section("response")? {
        read_response(&response, &mut settings.response)?;
    }
    if let Some(report) = section.section("report")? {
        report.only(&["matched"])?;
        read_size(&report, "matched", 0..=4096, &mut settings.reported)?;
    }
    Ok(settings)
}

fn mode(section: &Section) -> Result<Mode, String> {
    match section.text("mode")? {
        None | Some("enforce") => Ok(Mode::Enforce),
        Some("detect") => Ok(Mode::Detect),
        Some(_) => Err(section.fault("mode", "must be enforce or detect")),
    }
}

fn read_thresholds(section: &Section, settings: &mut Settings) -> Result<(), String> {
    section.only(&["inbound", "outbound"])?;
    if let Some(inbound) = section.integer("inbound", 1..=MOST_COUNT)? {
        settings.inbound_threshold = inbound;
    }
    if let Some(outbound) = section.integer("outbound", 1..=MOST_COUNT)? {
        settings.outbound_threshold = outbound;
    }
    Ok(())
}

fn variable((name, value): (&String, &Value)) -> Result<(String, String), String> {
    let text = match value {
        Value::Text(text) => text.clone(),
        Value::Number(number) => number.as_written().into(),
        _ => return Err(format!("variables.{name} must be a text or a number")),
    };
    Ok((name.to_ascii_lowercase(), text))
}

fn exclusion(section: &Section) -> Result<Exclusion, String> {
    section.only(&["rules", "tags", "targets"])?;
    let texts = |key| -> Result<Vec<String>, String> {
        match section.value(key) {
            Some(value) if value.one_or_many().is_empty() => Ok(Vec::new()),
            _ => Ok(section.texts(key)?.unwrap_or_default().into_iter().map(String::from).collect()),
        }
    };
    let range = |text: &String| {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let ids = first.trim().parse().ok().zip(last.trim().parse().ok());
        ids.ok_or_else(|| section.fault("rules", "must be ids, such as \"942100\" or \"942100-942199\""))
    };
    let rules = texts("rules")?.iter().map(range).collect::<Result<_, _>>()?;
    Ok(Exclusion { rules, tags: texts("tags")?, targets: texts("targets")? })
}

fn read_request(section: &Section, caps: &mut RequestCaps) -> Result<(), String> {
    section.only(&["inspect", "body", "arguments", "depth", "overflow"])?;
    caps.inspect = section.flag("inspect")?.unwrap_or(caps.inspect);
    read_size(section, "body", 0..=MOST_BYTES, &mut caps.text)?;
    read_size(section, "arguments", 1..=MOST_COUNT, &mut caps.arguments)?;
    read_size(section, "depth", 1..=MOST_COUNT, &mut caps.depth)?;
    read_overflow(section, &mut caps.overflow)
}

fn read_response(section: &Section, caps: &mut ResponseCaps) -> Result<(), String> {
    section.only(&["inspect", "body", "types", "overflow"])?;
    caps.inspect = section.flag("inspect")?.unwrap_or(caps.inspect);
    read_size(section, "body", 0..=MOST_BYTES, &mut caps.body)?;
    if let Some(types) = section.texts("types")? {
        caps.types = types.iter().map(|name| name.to_ascii_lowercase()).collect();
    }
    read_overflow(section, &mut caps.overflow)
}

fn read_size(
    section: &Section,
    key: &str,
    range: std::ops::RangeInclusive<i64>,
    size: &mut usize,
) -> Result<(), String> {
    if let Some(read) = section.integer(key, range)? {
        *size = read as usize;
    }
    Ok(())
}

fn read_overflow(section: &Section, overflow: &mut OnOverflow) -> Result<(), String> {
    *overflow = match section.text("overflow")? {
        None => *overflow,
        Some("reject") => OnOverflow::Reject,
        Some("pass") => OnOverflow::Pass,
        Some(_) => return Err(section.fault("overflow", "must be reject or pass")),
    };
    Ok(())
}
