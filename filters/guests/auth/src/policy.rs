//! Who may pass, and as whom.

use crate::api_keys::ApiKeys;
use crate::claims::{field_value, find, Rule};
use crate::credentials::{Edit, Place};
use crate::refusal::{Facts, Refusal};
use crate::token::Tokens;
use penstock_sdk::json::Object;
use penstock_sdk::pairs::Pairs;

pub struct Policy {
    pub api_keys: Option<ApiKeys>,
    pub tokens: Option<Tokens>,
    pub require: Vec<Rule>,
    /// Which field tells the origin which claim.
    pub identity: Vec<(String, String)>,
    pub realm: String,
    pub forward_credentials: bool,
}

impl Policy {
    /// Judge a request by its header fields: what to change in it before it goes on, or why it does not.
    ///
    /// `now` gives seconds since 1970, and is only asked if there is a token.
    pub fn judge(&self, headers: &Pairs, now: impl Fn() -> Option<i64>) -> Result<Vec<Edit>, Refusal> {
        let claims = self.identify(headers, now)?;
        if !self.require.iter().all(|rule| rule.holds(&claims)) {
            return Err(Refusal::ClaimsRule);
        }
        let mut edits = self.forged(headers);
        if !self.forward_credentials {
            edits.extend(self.removals(headers)?);
        }
        edits.extend(self.introduction(&claims)?);
        Ok(edits)
    }

    /// What to tell the client with a status: how it may prove who it is (RFC 9110 §11.6.1).
    pub fn challenges(&self, facts: &Facts) -> Vec<String> {
        let mut challenges = Vec::new();
        if self.tokens.is_some() {
            let error = facts
                .error
                .map_or(String::new(), |error| format!(", error=\"{error}\", error_description=\"{}\"", facts.says));
            challenges.push(format!("Bearer realm=\"{}\"{error}", self.realm));
        }
        if self.api_keys.is_some() {
            challenges.push(format!("ApiKey realm=\"{}\"", self.realm));
        }
        challenges
    }

    /// A key goes before a token; a token in its field before one in a cookie.
    fn identify(&self, headers: &Pairs, now: impl Fn() -> Option<i64>) -> Result<Object, Refusal> {
        if let Some(api_keys) = &self.api_keys {
            if let Some(key) = first(&key_places(api_keys), headers)? {
                return api_keys.identify(&key);
            }
        }
        if let Some(tokens) = &self.tokens {
            if let Some(token) = first(&token_places(tokens), headers)? {
                let token = std::str::from_utf8(&token).map_err(|_| Refusal::TokenMalformed)?;
                return tokens.verify(token, now().ok_or(Refusal::HostFailed)?);
            }
        }
        Err(Refusal::CredentialsMissing)
    }

    /// What a client wrote itself into the fields that tell who it is.
    fn forged(&self, headers: &Pairs) -> Vec<Edit> {
        let mut names: Vec<_> = self
            .identity
            .iter()
            .flat_map(|(field, _)| headers.spellings(field))
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        names.sort();
        names.dedup();
        names.into_iter().map(Edit::Remove).collect()
    }

    /// All credentials that are there, as those that nobody looked at are no business of the origin either.
    fn removals(&self, headers: &Pairs) -> Result<Vec<Edit>, Refusal> {
        let keys = self.api_keys.iter().flat_map(key_places);
        let tokens = self.tokens.iter().flat_map(token_places);
        let mut edits = Vec::new();
        for place in keys.chain(tokens) {
            if place.find(headers)?.is_some() {
                edits.extend(place.removal(headers));
            }
        }
        Ok(edits)
    }

    fn introduction(&self, claims: &Object) -> Result<Vec<Edit>, Refusal> {
        let mut edits = Vec::new();
        for (field, claim) in &self.identity {
            if let Some(claim) = find(claims, claim) {
                let value = field_value(claim).map_err(|_| Refusal::ClaimUnfit)?;
                edits.extend(value.map(|value| Edit::Add(field.clone(), value)));
            }
        }
        Ok(edits)
    }
}

fn key_places(api_keys: &ApiKeys) -> Vec<Place<'_>> {
    let query = api_keys.query.as_deref().map(Place::Query);
    std::iter::once(Place::Header(&api_keys.header)).chain(query).collect()
}

fn token_places(tokens: &Tokens) -> Vec<Place<'_>> {
    let cookie = tokens.cookie.as_deref().map(Place::Cookie);
    std::iter::once(Place::Bearer(&tokens.header)).chain(cookie).collect()
}

fn first(places: &[Place], headers: &Pairs) -> Result<Option<Vec<u8>>, Refusal> {
    for place in places {
        if let Some(credential) = place.find(headers)? {
            return Ok(Some(credential));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
