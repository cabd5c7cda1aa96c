//! Requests that a function makes itself.

use super::abi::penstock;
use super::answer::Answer;
use super::buffer::taken;
use super::error::{checked, Error};
use crate::json::Value;
use crate::object;
use std::time::Duration;

/// Hands head and body to the host, and gives the request's handle.
pub(super) type Send = fn(&[u8], &[u8]) -> i32;

/// A request that is not sent yet.
pub struct Ask {
    send: Send,
    method: String,
    url: String,
    headers: Vec<Value>,
    body: Vec<u8>,
    timeout: Option<Duration>,
}

impl Ask {
    pub(super) fn new(send: Send, method: &str, url: &str) -> Self {
        Ask { send, method: method.into(), url: url.into(), headers: Vec::new(), body: Vec::new(), timeout: None }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(vec![name, value].into());
        self
    }

    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", content_type)
    }

    pub fn json(self, value: impl Into<Value>) -> Self {
        self.body("application/json", value.into().to_string())
    }

    /// Wait for so long at most; the host's limit holds besides.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Send it and go on: it runs, as may others, until [`Pending::wait`] takes the answer.
    pub fn send(self) -> Result<Pending, Error> {
        let handle = (self.send)(self.head().as_bytes(), &self.body);
        checked(handle).map(|_| Pending(handle))
    }

    /// Send it, and wait for the answer.
    pub fn fetch(self) -> Result<Answer, Error> {
        self.send()?.wait()
    }

    fn head(&self) -> String {
        let mut head =
            object! { "method": self.method.as_str(), "url": self.url.as_str(), "headers": self.headers.clone() };
        if let (Value::Object(members), Some(timeout)) = (&mut head, self.timeout) {
            members.insert("timeout_ms".into(), (timeout.as_millis().min(u32::MAX.into()) as u32).into());
        }
        head.to_string()
    }
}

/// A request that is under way.
#[must_use = "wait for the answer"]
pub struct Pending(i32);

impl Pending {
    pub fn wait(self) -> Result<Answer, Error> {
        Answer::parse(taken(unsafe { penstock::http_wait(self.0) })?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask() -> Ask {
        Ask::new(|_, _| -2, "PUT", "https://a.example/\"")
    }

    #[test]
    fn its_head_is_json() {
        let asked = ask().header("X-A", "1").json(object! {}).timeout(Duration::from_millis(1500));
        assert_eq!(
            asked.head(),
            r#"{"headers":[["X-A","1"],["content-type","application/json"]],"method":"PUT","timeout_ms":1500,"url":"https://a.example/\""}"#
        );
        assert_eq!(ask().head(), r#"{"headers":[],"method":"PUT","url":"https://a.example/\""}"#);
    }

    #[test]
    fn what_the_host_refuses_is_an_error_at_once() {
        assert_eq!(ask().send().err(), Some(Error::NotAllowed));
    }
}
