//! What a function answers.

use super::abi::env;
use super::error::{checked, Error};
use crate::json::Value;
use crate::object;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Set,
    Add,
}

/// An answer, or fields to be set in that of the origin.
#[derive(Debug, PartialEq, Eq)]
pub struct Response {
    status: Option<u16>,
    headers: Vec<(How, String, String)>,
    body: Option<Vec<u8>>,
}

impl Response {
    /// Answer with a status and nothing else.
    pub fn empty(status: u16) -> Self {
        Response { status: Some(status), headers: Vec::new(), body: None }
    }

    /// Let the exchange go on; its answer gets the fields that are set here.
    ///
    /// At a route's end it is an empty 200 if it has a field. It should have one: without any, the ABI takes for the
    /// body what the host handed over last, whatever that was.
    pub fn pass() -> Self {
        Response { status: None, headers: Vec::new(), body: None }
    }

    pub fn text(text: impl Into<String>) -> Self {
        Response::bytes("text/plain; charset=utf-8", text.into())
    }

    pub fn html(text: impl Into<String>) -> Self {
        Response::bytes("text/html; charset=utf-8", text.into())
    }

    pub fn json(value: impl Into<Value>) -> Self {
        Response::bytes("application/json", value.into().to_string())
    }

    pub fn bytes(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Response::empty(200).header("content-type", content_type).body(body)
    }

    /// Answer `{"error": message}`.
    pub fn error(status: u16, message: &str) -> Self {
        Response::json(object! { "error": message }).status(status)
    }

    /// Send the client elsewhere, with 302.
    pub fn redirect(location: &str) -> Self {
        Response::empty(302).header("location", location)
    }

    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Set a field, in the place of all lines of that name.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((How::Set, name.into(), value.into()));
        self
    }

    /// Add a line, beside those of the same name, as for several cookies.
    pub fn add_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((How::Add, name.into(), value.into()));
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Hand it over to the host. A status ends the exchange here; without one it goes on.
    pub(super) fn send(self) -> Result<(), Error> {
        for (how, name, value) in &self.headers {
            let (name, value) = (name.as_bytes(), value.as_bytes());
            let put = match how {
                How::Set => env::response_set_header,
                How::Add => env::response_add_header,
            };
            refused(unsafe { put(name.as_ptr(), name.len(), value.as_ptr(), value.len()) }, "header field")?;
        }
        if let Some(body) = &self.body {
            refused(unsafe { env::response_set_body(body.as_ptr(), body.len()) }, "body")?;
        }
        match self.status {
            Some(status) => refused(unsafe { env::request_terminate(status.into()) }, "status"),
            None => Ok(()),
        }
    }
}

fn refused(returned: i32, what: &str) -> Result<(), Error> {
    checked(returned).map(drop).map_err(|_| format!("the host refuses the response's {what}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_in_json_what_is_wrong() {
        let error = Response::error(400, "no \"name\"");
        assert_eq!(error.status, Some(400));
        assert_eq!(error.body.as_deref(), Some(&br#"{"error":"no \"name\""}"#[..]));
    }

    #[test]
    fn what_passes_has_no_status() {
        assert_eq!(Response::pass().header("x-user", "ali").status, None);
    }
}
