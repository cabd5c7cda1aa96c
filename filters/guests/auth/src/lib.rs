//! Lets those pass who show an API key or a signed token, and tells the origin who they are.

mod api_keys;
mod claims;
mod configuration;
mod credentials;
mod policy;
mod refusal;
#[cfg(test)]
mod signing;
mod token;

use credentials::Edit;
use penstock_sdk::headers::REQUEST;
use penstock_sdk::{guest, host, Action, Plugin, Status, Stream};
use policy::Policy;
use refusal::Refusal;
use std::rc::Rc;

pub struct Request(Rc<Policy>);

impl Plugin for Policy {
    type Stream = Request;

    fn configure(configuration: &[u8]) -> Result<Self, String> {
        configuration::read(configuration).map_err(|fault| format!("auth: {fault}"))
    }

    fn stream(self: &Rc<Self>) -> Request {
        Request(self.clone())
    }
}

impl Stream for Request {
    fn on_request_headers(&mut self, _end_of_stream: bool) -> Action {
        match self.judge() {
            Ok(()) => Action::Continue,
            Err(refusal) => self.refuse(refusal),
        }
    }
}

impl Request {
    /// Judge, and change the request. If the host fails to, a forged field might stay: then it does not pass.
    fn judge(&self) -> Result<(), Refusal> {
        let headers = REQUEST.all().map_err(|_| Refusal::HostFailed)?;
        let edits = self.0.judge(&headers, seconds)?;
        edits.iter().try_for_each(apply).map_err(|_| Refusal::HostFailed)
    }

    fn refuse(&self, refusal: Refusal) -> Action {
        let facts = refusal.facts();
        let challenges = match facts.status {
            500 => Vec::new(),
            _ => self.0.challenges(&facts),
        };
        let mut headers = vec![("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")];
        headers.extend(challenges.iter().map(|challenge| ("www-authenticate", challenge.as_str())));
        host::respond(facts.status, facts.reason, &headers, format!("{}\n", facts.says).as_bytes()).ok();
        Action::Pause
    }
}

fn seconds() -> Option<i64> {
    host::now().map(|now| now.as_secs() as i64)
}

fn apply(edit: &Edit) -> Result<(), Status> {
    match edit {
        Edit::Remove(name) => REQUEST.remove(name),
        Edit::Add(name, value) => REQUEST.add(name, value),
        Edit::Path(path) => REQUEST.set(":path", path),
    }
}

guest!(Policy: request_headers);
