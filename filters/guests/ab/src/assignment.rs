//! What one request gets, and what is changed in it.

use crate::experiment::{Experiment, Variant};
use crate::user::{new_id, IdCookie, Source};
use penstock_sdk::cookies::cookie;
use penstock_sdk::pairs::Pairs;

pub struct Routing {
    pub experiment: Experiment,
    /// Tried in order, before the cookie.
    pub sources: Vec<Source>,
    pub cookie: IdCookie,
    pub force_header: Option<String>,
    pub force_cookie: Option<String>,
    pub variant_header: String,
    pub upstream_header: Option<String>,
}

pub struct Assignment<'a> {
    pub variant: &'a Variant,
    /// For the response, if the user was given a key just now.
    pub set_cookie: Option<String>,
}

/// What only the host knows.
pub struct Host<'a> {
    pub address: &'a dyn Fn() -> Option<Vec<u8>>,
    pub random: &'a dyn Fn() -> Option<[u8; 16]>,
}

impl Routing {
    pub fn assign(&self, headers: &Pairs, host: &Host) -> Assignment<'_> {
        if let Some(variant) = self.forced(headers) {
            return Assignment { variant, set_cookie: None };
        }
        let known = self.sources.iter().find_map(|source| source.find(headers, host.address));
        match known.or_else(|| self.cookie.find(headers)) {
            Some(user) => Assignment { variant: self.experiment.choose(&user), set_cookie: None },
            None => self.welcome(headers, host),
        }
    }

    /// The fields that only this filter may set.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.variant_header.as_str()).chain(self.upstream_header.as_deref())
    }

    /// Those fields as a client spelled them.
    pub fn forged<'a>(&'a self, headers: &'a Pairs) -> impl Iterator<Item = &'a [u8]> {
        self.fields().flat_map(move |field| headers.spellings(field))
    }

    fn forced(&self, headers: &Pairs) -> Option<&Variant> {
        let by_header = self.force_header.as_ref().and_then(|name| headers.get(name));
        let by_cookie = || self.force_cookie.as_ref().and_then(|name| cookie(headers, name)).map(str::as_bytes);
        self.experiment.named(by_header.or_else(by_cookie)?)
    }

    /// A host without chance gives all newcomers one variant, and leaves no trace of it with them.
    fn welcome(&self, headers: &Pairs, host: &Host) -> Assignment<'_> {
        let id = (host.random)().map(new_id);
        Assignment {
            variant: self.experiment.choose(id.as_deref().unwrap_or_default().as_bytes()),
            set_cookie: id.map(|id| self.cookie.set_cookie(&id, headers)),
        }
    }
}

#[cfg(test)]
mod tests;
