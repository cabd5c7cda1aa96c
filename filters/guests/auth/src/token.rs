//! JSON Web Tokens (RFC 7519) signed with HS256 (RFC 7518 §3.2), and with nothing else (RFC 8725 §3.1).

use crate::refusal::Refusal;
use penstock_sdk::encoding::base64url;
use penstock_sdk::hmac::{same, Key};
use penstock_sdk::json::{parse, Object, Value};
use std::collections::BTreeMap;

/// Longer tokens are refused unread.
const MOST_BYTES: usize = 16 << 10;

pub enum Keys {
    One(Key),
    /// By `kid`, which a token must then name.
    Named(BTreeMap<String, Key>),
}

/// Which tokens are good.
pub struct Tokens {
    pub header: String,
    pub cookie: Option<String>,
    pub keys: Keys,
    pub issuer: Option<String>,
    pub audiences: Vec<String>,
    pub leeway_s: i64,
    pub allow_missing_exp: bool,
}

impl Tokens {
    /// Give the claims of a good token; `now` in seconds since 1970. Nothing is believed before the signature is right.
    pub fn verify(&self, token: &str, now: i64) -> Result<Object, Refusal> {
        let claims = self.signed_claims(token)?;
        self.check_times(&claims, now)?;
        self.check_parties(&claims)?;
        Ok(claims)
    }

    fn signed_claims(&self, token: &str) -> Result<Object, Refusal> {
        if token.len() > MOST_BYTES {
            return Err(Refusal::TokenMalformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::TokenMalformed)?;
        let (header, claims) =
            signed.split_once('.').filter(|(_, claims)| !claims.contains('.')).ok_or(Refusal::TokenMalformed)?;
        let signature = base64url(signature).ok_or(Refusal::TokenMalformed)?;
        let key = self.key(&object(header)?)?;
        if !same(&key.sign(signed.as_bytes()), &signature) {
            return Err(Refusal::TokenSignature);
        }
        object(claims)
    }

    fn key(&self, header: &Object) -> Result<&Key, Refusal> {
        if header.get("alg").and_then(Value::text) != Some("HS256") {
            return Err(Refusal::TokenAlgorithm);
        }
        if header.contains_key("crit") {
            return Err(Refusal::TokenCritical);
        }
        match &self.keys {
            Keys::One(key) => Some(key),
            Keys::Named(keys) => header.get("kid").and_then(Value::text).and_then(|kid| keys.get(kid)),
        }
        .ok_or(Refusal::TokenKeyUnknown)
    }

    fn check_times(&self, claims: &Object, now: i64) -> Result<(), Refusal> {
        let latest = now.saturating_add(self.leeway_s);
        match seconds(claims, "exp")? {
            None if !self.allow_missing_exp => return Err(Refusal::TokenWithoutExpiry),
            Some(exp) if now >= exp.saturating_add(self.leeway_s) => return Err(Refusal::TokenExpired),
            _ => {}
        }
        if seconds(claims, "nbf")?.map_or(false, |nbf| nbf > latest) {
            return Err(Refusal::TokenNotYetValid);
        }
        if seconds(claims, "iat")?.map_or(false, |iat| iat > latest) {
            return Err(Refusal::TokenFromTheFuture);
        }
        Ok(())
    }

    fn check_parties(&self, claims: &Object) -> Result<(), Refusal> {
        let issuer = claims.get("iss").and_then(Value::text);
        if self.issuer.is_some() && self.issuer.as_deref() != issuer {
            return Err(Refusal::TokenIssuer);
        }
        let is_ours =
            |audience: &Value| audience.text().map_or(false, |text| self.audiences.iter().any(|our| our == text));
        match claims.get("aud") {
            // Who finds no name of its own among the audience refuses the token, who has none as well (RFC 7519 §4.1.3).
            Some(audience) if !audience.one_or_many().iter().any(is_ours) => Err(Refusal::TokenAudience),
            None if !self.audiences.is_empty() => Err(Refusal::TokenAudience),
            _ => Ok(()),
        }
    }
}

fn object(part: &str) -> Result<Object, Refusal> {
    let bytes = base64url(part).ok_or(Refusal::TokenMalformed)?;
    match parse(&bytes) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(Refusal::TokenMalformed),
    }
}

/// Read a time (RFC 7519 §2, NumericDate); parts of a second are left off.
fn seconds(claims: &Object, name: &str) -> Result<Option<i64>, Refusal> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::Number(number)) => {
            let (whole, _) = number.as_written().split_once('.').unwrap_or((number.as_written(), ""));
            whole.parse().map(Some).map_err(|_| Refusal::TokenMalformed)
        }
        Some(_) => Err(Refusal::TokenMalformed),
    }
}

#[cfg(test)]
mod tests;
