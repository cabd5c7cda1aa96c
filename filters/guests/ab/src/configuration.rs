//! From JSON to a routing.

use crate::assignment::Routing;
use crate::experiment::{Experiment, Variant};
use crate::user::{IdCookie, Source};
use penstock_sdk::json::{Object, Value};
use penstock_sdk::settings::{object, Settings};

const YEAR_S: i64 = 365 * 86_400;
const MOST_WEIGHT: i64 = 1_000_000;

pub fn read(configuration: &[u8]) -> Result<Routing, String> {
    let members = object(configuration)?;
    let settings = Settings::new(&members);
    settings.only(&["experiment", "variants", "user", "cookie", "variant_header", "upstream_header", "force"])?;
    let force = settings.section("force")?;
    let variants = variants(&settings)?;
    let routing = Routing {
        experiment: Experiment { name: word(&settings, "experiment")?, variants },
        sources: sources(&settings)?,
        cookie: id_cookie(&settings)?,
        force_header: force.as_ref().map_or(Ok(None), |force| force.field("header"))?,
        force_cookie: force.as_ref().map_or(Ok(None), force_cookie)?,
        variant_header: settings.field("variant_header")?.unwrap_or_else(|| "x-variant".into()),
        upstream_header: settings.field("upstream_header")?,
    };
    check_fields(&settings, &routing)?;
    Ok(routing)
}

fn check_fields(settings: &Settings, routing: &Routing) -> Result<(), String> {
    let same = |one: &str, other: &str| one.replace('_', "-") == other.replace('_', "-");
    let is_ours = |field: &str| routing.fields().any(|our| same(our, field));
    let variants = &routing.experiment.variants;
    match &routing.upstream_header {
        Some(field) if same(field, &routing.variant_header) => {
            Err(settings.fault("upstream_header", "must not be variant_header"))
        }
        Some(_) if variants.iter().any(|variant| variant.upstream.is_none()) => {
            Err(settings.fault("upstream_header", "needs an upstream in every variant"))
        }
        _ if routing.force_header.as_deref().map_or(false, is_ours) => {
            Err(settings
                .fault("force.header", "must not be variant_header or upstream_header, which no client can set"))
        }
        _ => Ok(()),
    }
}

fn variants(settings: &Settings) -> Result<Vec<Variant>, String> {
    let mut variants: Vec<Variant> = Vec::new();
    for entry in settings.need("variants", settings.sections("variants"))? {
        entry.only(&["name", "weight", "upstream"])?;
        let name = word(&entry, "name")?;
        if variants.iter().any(|variant| variant.name == name) {
            return Err(entry.fault("name", "is already another variant's"));
        }
        let weight = entry.need("weight", entry.integer("weight", 0..=MOST_WEIGHT))? as u32;
        variants.push(Variant { name, weight, upstream: entry.text("upstream")?.map(String::from) });
    }
    match variants.iter().any(|variant| variant.weight > 0) {
        true => Ok(variants),
        false => Err(settings.fault("variants", "have no weight: nobody would see any of them")),
    }
}

fn sources(settings: &Settings) -> Result<Vec<Source>, String> {
    let wanted = "must be a list of {\"header\": …}, {\"cookie\": …} and \"address\"";
    let source = |value: &Value| match value {
        Value::Text(text) if text == "address" => Ok(Source::Address),
        Value::Object(members) if members.len() == 1 => named_source(members).ok_or(()),
        _ => Err(()),
    };
    match settings.value("user") {
        None => Ok(Vec::new()),
        Some(value) => {
            let sources: Result<_, ()> = value.one_or_many().iter().map(source).collect();
            sources.map_err(|()| settings.fault("user", wanted))
        }
    }
}

fn named_source(members: &Object) -> Option<Source> {
    let settings = Settings::new(members);
    let header = settings.field("header").ok()?.map(Source::Header);
    header.or(cookie_name(&settings, "cookie").ok()?.map(Source::Cookie))
}

fn id_cookie(settings: &Settings) -> Result<IdCookie, String> {
    let nothing = Object::new();
    let settings = settings.section("cookie")?.unwrap_or_else(|| Settings::new(&nothing));
    settings.only(&["name", "max_age_s", "domain", "path", "secure", "same_site"])?;
    let secure = settings.flag("secure")?;
    let same_site = match settings.text("same_site")?.unwrap_or("lax") {
        "lax" => "Lax",
        "strict" => "Strict",
        "none" if secure == Some(true) => "None",
        "none" => return Err(settings.fault("same_site", "none is only heeded with secure: true")),
        _ => return Err(settings.fault("same_site", "must be lax, strict or none")),
    };
    let max_age = settings.integer("max_age_s", 1..=YEAR_S)?.unwrap_or(YEAR_S);
    let path = attribute(&settings, "path")?.unwrap_or("/");
    let domain = attribute(&settings, "domain")?.map_or(String::new(), |domain| format!("; Domain={domain}"));
    Ok(IdCookie {
        name: cookie_name(&settings, "name")?.unwrap_or_else(|| "ab_user".into()),
        attributes: format!("; Path={path}{domain}; Max-Age={max_age}; HttpOnly; SameSite={same_site}"),
        secure,
    })
}

fn force_cookie(force: &Settings) -> Result<Option<String>, String> {
    force.only(&["header", "cookie"])?;
    cookie_name(force, "cookie")
}

/// The name of a cookie is a token, as that of a field, but the case matters (RFC 6265 §4.1.1).
fn cookie_name(settings: &Settings, key: &str) -> Result<Option<String>, String> {
    match settings.field(key) {
        Ok(_) => Ok(settings.text(key)?.map(String::from)),
        Err(_) => Err(settings.fault(key, "must be the name of a cookie")),
    }
}

fn attribute<'a>(settings: &Settings<'a>, key: &str) -> Result<Option<&'a str>, String> {
    let value = settings.text(key)?;
    match value.map_or(true, |text| text.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b';')) {
        true => Ok(value),
        false => Err(settings.fault(key, "must be plain ASCII without spaces and semicolons")),
    }
}

/// What stands in a header field, and in cookies by which a variant is forced.
fn word(settings: &Settings, key: &str) -> Result<String, String> {
    let word = settings.need(key, settings.text(key))?;
    match word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)) {
        true => Ok(word.into()),
        false => Err(settings.fault(key, "must be of letters, digits and - . _ ~")),
    }
}

#[cfg(test)]
mod tests;
