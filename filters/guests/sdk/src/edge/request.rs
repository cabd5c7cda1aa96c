//! The request that is to be answered.

use super::abi::{env, penstock};
use super::buffer::{lossy, taken, taken_if_present};
use super::error::Error;
use super::head::{Fields, Head};
use crate::cookies;
use crate::json::{parse, Value};
use crate::query;

/// Asks the host for what is wanted, each time anew; what is not asked for costs nothing.
pub struct Request;

impl Request {
    pub fn method(&self) -> String {
        taken(unsafe { env::request_get_method() }).map(lossy).unwrap_or_default()
    }

    /// Path and query, as they came.
    pub fn uri(&self) -> String {
        taken(unsafe { env::request_get_uri() }).map(lossy).unwrap_or_default()
    }

    /// The path as it came: percent-encoded, and without its query.
    pub fn path(&self) -> String {
        let uri = self.uri();
        uri.split_once('?').map_or(uri.as_str(), |(path, _)| path).into()
    }

    /// The first parameter of that name in the query, decoded.
    pub fn param(&self, name: &str) -> Option<String> {
        query::values(&self.uri(), name).into_iter().next().map(lossy)
    }

    /// All parameters of the query, decoded, in their order.
    pub fn params(&self) -> Vec<(String, String)> {
        query::pairs(&self.uri()).into_iter().map(|(name, value)| (lossy(name), lossy(value))).collect()
    }

    /// The first field of that name.
    pub fn header(&self, name: &str) -> Option<String> {
        let value = taken_if_present(unsafe { env::request_get_header(name.as_ptr(), name.len()) });
        value.ok().flatten().map(lossy)
    }

    /// A cookie's value; of several with that name the first.
    pub fn cookie(&self, name: &str) -> Option<String> {
        cookies::find(self.header("cookie").iter().map(String::as_str), name).map(String::from)
    }

    /// The whole body, which is waited for.
    pub fn body(&self) -> Result<Vec<u8>, Error> {
        taken(unsafe { env::request_get_body() })
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> Result<String, Error> {
        self.body().map(lossy)
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> Result<Value, Error> {
        parse(&self.body()?).map_err(|fault| format!("the body is no JSON: {fault}").into())
    }

    /// All there is but the body, in one call: every field, host, client and id.
    pub fn head(&self) -> Result<Head, Error> {
        Head::parse(&taken(unsafe { penstock::request_head() })?)
    }

    /// All fields in their order, repeated ones too.
    pub fn headers(&self) -> Result<Fields, Error> {
        self.head().map(|head| head.headers)
    }

    /// The client's address, without a port.
    pub fn client(&self) -> Result<String, Error> {
        self.head().map(|head| head.client)
    }

    /// The host that the client asks.
    pub fn host(&self) -> Result<String, Error> {
        self.head().map(|head| head.host)
    }

    /// By which logs tell the request from others.
    pub fn id(&self) -> Result<String, Error> {
        self.head().map(|head| head.id)
    }
}
