//! Shows each user one variant of something, always the same, and leads the request to that variant's upstream.

mod assignment;
mod configuration;
mod experiment;
mod hash;
mod user;

use assignment::{Host, Routing};
use experiment::Variant;
use penstock_sdk::headers::{REQUEST, RESPONSE};
use penstock_sdk::{guest, host, log, Action, Plugin, Status, Stream};
use std::cell::Cell;
use std::rc::Rc;

pub struct Ab {
    routing: Routing,
    has_warned: Cell<bool>,
}

pub struct Request {
    ab: Rc<Ab>,
    set_cookie: Option<String>,
}

impl Plugin for Ab {
    type Stream = Request;

    fn configure(configuration: &[u8]) -> Result<Self, String> {
        let routing = configuration::read(configuration).map_err(|fault| format!("ab: {fault}"))?;
        Ok(Ab { routing, has_warned: Cell::new(false) })
    }

    fn stream(self: &Rc<Self>) -> Request {
        Request { ab: self.clone(), set_cookie: None }
    }
}

impl Stream for Request {
    /// An experiment is no reason to refuse anybody: if the host fails, the request goes the usual way.
    fn on_request_headers(&mut self, _end_of_stream: bool) -> Action {
        if let Err(status) = self.route() {
            self.ab.warn(status);
        }
        Action::Continue
    }

    fn on_response_headers(&mut self, _end_of_stream: bool) -> Action {
        if let Some(set_cookie) = self.set_cookie.take() {
            RESPONSE.add("set-cookie", set_cookie).ok();
        }
        Action::Continue
    }
}

impl Ab {
    /// Once is enough for what mostly is an upstream that the host does not have.
    fn warn(&self, status: Status) {
        if !self.has_warned.replace(true) {
            log::warn(&format!(
                "ab: the host refuses to route by variant, status {}: is each upstream there?",
                status.0
            ));
        }
    }
}

impl Request {
    fn route(&mut self) -> Result<(), Status> {
        let headers = REQUEST.all()?;
        let host = Host { address: &|| host::property(&["source", "address"]), random: &host::random };
        let assignment = self.ab.routing.assign(&headers, &host);
        self.set_cookie = assignment.set_cookie;
        for name in self.ab.routing.forged(&headers) {
            REQUEST.remove(&String::from_utf8_lossy(name))?;
        }
        REQUEST.add(&self.ab.routing.variant_header, &assignment.variant.name)?;
        self.lead(assignment.variant)
    }

    /// Choose the upstream: by a property in Penstock, by a field in Envoy, which must then look for its route again.
    fn lead(&self, variant: &Variant) -> Result<(), Status> {
        let upstream = match &variant.upstream {
            Some(upstream) => upstream,
            None => return Ok(()),
        };
        if let Some(field) = &self.ab.routing.upstream_header {
            REQUEST.add(field, upstream)?;
            host::call_foreign("clear_route_cache", b"").ok();
        }
        host::set_property(&["penstock", "upstream"], upstream.as_bytes())
    }
}

guest!(Ab: request_headers, response_headers);
