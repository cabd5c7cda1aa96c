//! All that is known of a request but its body.

use super::error::Error;
use crate::json::{parse, Object, Value};

/// Names and values, in the order in which they came.
pub type Fields = Vec<(String, String)>;

/// The request's head, and what the host knows besides.
#[derive(Debug, PartialEq, Eq)]
pub struct Head {
    pub method: String,
    /// Path and query.
    pub uri: String,
    /// Such as `HTTP/1.1`.
    pub version: String,
    pub scheme: String,
    pub host: String,
    /// The client's address, without a port.
    pub client: String,
    /// By which logs tell the request from others.
    pub id: String,
    pub headers: Fields,
}

impl Head {
    pub(super) fn parse(bytes: &[u8]) -> Result<Head, Error> {
        let value = parse(bytes).map_err(|fault| format!("the host's head of the request: {fault}"))?;
        Head::of(value.object().ok_or(Error::Failed)?).ok_or(Error::Failed)
    }

    fn of(members: &Object) -> Option<Head> {
        let text = |name: &str| members.get(name).and_then(Value::text).map(String::from);
        Some(Head {
            method: text("method")?,
            uri: text("uri")?,
            version: text("version")?,
            scheme: text("scheme")?,
            host: text("host")?,
            client: text("client")?,
            id: text("id")?,
            headers: fields(members.get("headers")?)?,
        })
    }

    /// The values of a field, whose name is compared without regard to case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        values(&self.headers, name)
    }
}

/// Read a list of names and values.
pub(super) fn fields(value: &Value) -> Option<Fields> {
    let pair = |each: &Value| match each.one_or_many() {
        [Value::Text(name), Value::Text(value)] => Some((name.clone(), value.clone())),
        _ => None,
    };
    value.one_or_many().iter().map(pair).collect()
}

pub(super) fn values<'f: 'n, 'n>(fields: &'f [(String, String)], name: &'n str) -> impl Iterator<Item = &'f str> + 'n {
    fields.iter().filter(move |(each, _)| each.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"{"method":"GET","uri":"/a?b","version":"HTTP/1.1","scheme":"https","host":"a.example",
        "client":"192.0.2.1","id":"7","headers":[["Accept","a"],["x","1"],["accept","b"]]}"#;

    #[test]
    fn a_head_is_read_and_its_fields_are_found_in_either_case() {
        let head = Head::parse(HEAD.as_bytes()).unwrap();
        assert_eq!((head.method.as_str(), head.uri.as_str(), head.client.as_str()), ("GET", "/a?b", "192.0.2.1"));
        assert_eq!(head.values("ACCEPT").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(head.values("none").count(), 0);
    }

    #[test]
    fn what_is_no_head_is_an_error() {
        for damaged in ["", "[]", "{}", &HEAD.replace("\"x\",", ""), &HEAD.replace("\"id\"", "\"ID\"")] {
            assert!(Head::parse(damaged.as_bytes()).is_err(), "{damaged}");
        }
    }
}
