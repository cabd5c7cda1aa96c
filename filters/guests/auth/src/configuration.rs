//! From JSON to a policy.

use crate::api_keys::{ApiKeys, Holder};
use crate::claims::{is_fit, Rule};
use crate::policy::Policy;
use crate::token::{Keys, Tokens};
use penstock_sdk::encoding::{base64url, hex};
use penstock_sdk::hmac::Key;
use penstock_sdk::json::{Object, Value};
use penstock_sdk::settings::{field_name, object, Settings};
use std::convert::TryInto;

/// A key as long as the hash, or longer, MUST be used (RFC 7518 §3.2).
const LEAST_SECRET_BYTES: usize = 32;
const DAY_S: i64 = 86_400;

pub fn read(configuration: &[u8]) -> Result<Policy, String> {
    let members = object(configuration)?;
    let settings = Settings::new(&members);
    settings.only(&["api_keys", "jwt", "require", "identity_headers", "realm", "forward_credentials"])?;
    let policy = Policy {
        api_keys: settings.section("api_keys")?.map(api_keys).transpose()?,
        tokens: settings.section("jwt")?.map(tokens).transpose()?,
        require: settings.section("require")?.map_or(Ok(Vec::new()), rules)?,
        identity: settings.section("identity_headers")?.map_or(Ok(usual_identity()), identity)?,
        realm: realm(&settings)?,
        forward_credentials: settings.flag("forward_credentials")?.unwrap_or(false),
    };
    match (&policy.api_keys, &policy.tokens) {
        (None, None) => Err("nobody could pass: configure api_keys, jwt, or both".into()),
        _ => check_fields(&settings, policy),
    }
}

fn api_keys(settings: Settings) -> Result<ApiKeys, String> {
    settings.only(&["header", "query", "keys"])?;
    let mut holders: Vec<Holder> = Vec::new();
    for entry in settings.need("keys", settings.sections("keys"))? {
        let holder = holder(&entry)?;
        if holders.iter().any(|other| other.digest == holder.digest) {
            return Err(entry.fault("sha256", "is the hash of a key that is already there"));
        }
        holders.push(holder);
    }
    Ok(ApiKeys {
        header: settings.field("header")?.unwrap_or_else(|| "x-api-key".into()),
        query: settings.text("query")?.map(String::from),
        holders,
    })
}

fn holder(entry: &Settings) -> Result<Holder, String> {
    entry.only(&["sha256", "id", "groups"])?;
    let digest = entry.need("sha256", entry.text("sha256"))?;
    let digest = hex(digest)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| entry.fault("sha256", "must be 64 hexadecimal digits: printf %s \"$KEY\" | sha256sum"))?;
    let id = entry.need("id", entry.text("id"))?;
    let groups = entry.texts("groups")?.unwrap_or_default();
    if !is_fit(id) {
        return Err(entry.fault("id", "must fit into a header field"));
    }
    if groups.iter().any(|group| group.is_empty() || group.contains(',') || !is_fit(group)) {
        return Err(entry.fault("groups", "must be words without commas"));
    }
    let mut claims = Object::new();
    claims.insert("sub".into(), Value::Text(id.into()));
    claims.insert("groups".into(), Value::List(groups.into_iter().map(|group| Value::Text(group.into())).collect()));
    Ok(Holder { digest, claims })
}

fn tokens(settings: Settings) -> Result<Tokens, String> {
    settings.only(&["secret", "secrets", "header", "cookie", "issuer", "audience", "leeway_s", "allow_missing_exp"])?;
    Ok(Tokens {
        header: settings.field("header")?.unwrap_or_else(|| "authorization".into()),
        cookie: settings.text("cookie")?.map(String::from),
        keys: keys(&settings)?,
        issuer: settings.text("issuer")?.map(String::from),
        audiences: settings.texts("audience")?.unwrap_or_default().into_iter().map(String::from).collect(),
        leeway_s: settings.integer("leeway_s", 0..=DAY_S)?.unwrap_or(60),
        allow_missing_exp: settings.flag("allow_missing_exp")?.unwrap_or(false),
    })
}

fn keys(settings: &Settings) -> Result<Keys, String> {
    match (settings.value("secret"), settings.section("secrets")?) {
        (Some(value), None) => Ok(Keys::One(key(settings, "secret", value)?)),
        (None, Some(secrets)) if secrets.members().next().is_none() => {
            Err(settings.fault("secrets", "must hold at least one, under its kid"))
        }
        (None, Some(secrets)) => {
            let named = secrets.members().map(|(kid, value)| Ok((kid.clone(), key(&secrets, kid, value)?)));
            Ok(Keys::Named(named.collect::<Result<_, String>>()?))
        }
        (None, None) => Err(settings.fault("secret", "is missing; or write secrets, with one for each kid")),
        _ => Err(settings.fault("secret", "and secrets exclude each other: keep one of them")),
    }
}

/// A secret is a text, or `{"base64url": "…"}` as in a JSON Web Key's `k`. What is wrong is told without showing it.
fn key(settings: &Settings, name: &str, value: &Value) -> Result<Key, String> {
    let encoded = value.object().filter(|members| members.len() == 1).and_then(|members| members.get("base64url"));
    let secret = match (value.text(), encoded.and_then(Value::text)) {
        (Some(text), _) => Some(text.as_bytes().to_vec()),
        (_, Some(encoded)) => base64url(encoded),
        _ => None,
    };
    match secret {
        Some(secret) if secret.len() >= LEAST_SECRET_BYTES => Ok(Key::new(&secret)),
        Some(_) => Err(settings.fault(name, "is shorter than 32 bytes (RFC 7518 §3.2): openssl rand -base64 48")),
        None => Err(settings.fault(name, "must be a text, or {\"base64url\": \"…\"} without padding")),
    }
}

fn rules(settings: Settings) -> Result<Vec<Rule>, String> {
    let rule = |(claim, value): (&String, &Value)| {
        let any_of = value.one_or_many().to_vec();
        let comparable = |value: &Value| matches!(value, Value::Text(_) | Value::Number(_) | Value::Bool(_));
        match !any_of.is_empty() && any_of.iter().all(comparable) {
            true => Ok(Rule { claim: claim.clone(), any_of }),
            false => Err(settings.fault(claim, "must be a text, a number, true or false, or a list of them")),
        }
    };
    settings.members().map(rule).collect()
}

fn usual_identity() -> Vec<(String, String)> {
    vec![("x-user-id".into(), "sub".into()), ("x-user-groups".into(), "groups".into())]
}

fn identity(settings: Settings) -> Result<Vec<(String, String)>, String> {
    let told = |(field, _): (&String, &Value)| {
        let claim = settings.need(field, settings.text(field))?;
        let field = field_name(field).ok_or_else(|| settings.fault(field, "is no name of a header field"))?;
        Ok((field, claim.to_string()))
    };
    settings.members().map(told).collect()
}

/// A realm stands within quotes.
fn realm(settings: &Settings) -> Result<String, String> {
    let realm = settings.text("realm")?.unwrap_or("restricted");
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\';
    match realm.bytes().all(is_plain) {
        true => Ok(realm.into()),
        false => Err(settings.fault("realm", "must be plain ASCII without quotes and backslashes")),
    }
}

/// A field that tells who someone is must not be one that proves it.
fn check_fields(settings: &Settings, policy: Policy) -> Result<Policy, String> {
    let key = policy.api_keys.as_ref().map(|api_keys| &api_keys.header);
    let token = policy.tokens.as_ref().map(|tokens| &tokens.header);
    match policy.identity.iter().find(|(field, _)| Some(field) == key || Some(field) == token || field == "cookie") {
        Some((field, _)) => {
            Err(settings.fault("identity_headers", &format!("must not name {field}, which is for credentials")))
        }
        None if key.is_some() && key == token => {
            Err(settings.fault("jwt.header", "and api_keys.header must be different fields"))
        }
        None => Ok(policy),
    }
}

#[cfg(test)]
mod tests;
