//! Where credentials stand in a request, and how they are taken out of it.

use crate::refusal::Refusal;
use penstock_sdk::cookies::{cookie, without};
use penstock_sdk::pairs::Pairs;
use penstock_sdk::query;

/// A change to the request's header fields.
#[derive(Debug, PartialEq, Eq)]
pub enum Edit {
    Remove(String),
    Add(String, String),
    /// Put another path in the place of the one there.
    Path(String),
}

/// One place where a credential may stand.
pub enum Place<'a> {
    Header(&'a str),
    /// `Bearer` and the token; in `Authorization` other schemes are none of ours, elsewhere the token may stand alone.
    Bearer(&'a str),
    Query(&'a str),
    Cookie(&'a str),
}

impl Place<'_> {
    pub fn find(&self, headers: &Pairs) -> Result<Option<Vec<u8>>, Refusal> {
        match self {
            Place::Header(name) => only(headers.values(name).map(<[u8]>::to_vec)),
            Place::Bearer(name) => {
                let value = only(headers.values(name).map(<[u8]>::to_vec))?;
                Ok(value.and_then(|value| bearer(name, &value)))
            }
            Place::Query(name) => only(query::values(path(headers), name).into_iter()),
            Place::Cookie(name) => Ok(cookie(headers, name).map(|value| value.as_bytes().to_vec())),
        }
    }

    /// How to take the credential out.
    pub fn removal(&self, headers: &Pairs) -> Vec<Edit> {
        match self {
            Place::Header(name) | Place::Bearer(name) => vec![Edit::Remove(name.to_string())],
            Place::Query(name) => vec![Edit::Path(query::without(path(headers), name))],
            Place::Cookie(name) => {
                let others = without(headers, name).map(|others| Edit::Add("cookie".into(), others));
                std::iter::once(Edit::Remove("cookie".into())).chain(others).collect()
            }
        }
    }
}

/// A path that is no text has no parameters.
fn path(headers: &Pairs) -> &str {
    headers.get(":path").and_then(|path| std::str::from_utf8(path).ok()).unwrap_or_default()
}

fn only(mut found: impl Iterator<Item = Vec<u8>>) -> Result<Option<Vec<u8>>, Refusal> {
    let first = found.next();
    match found.next() {
        Some(_) => Err(Refusal::CredentialsRepeated),
        None => Ok(first),
    }
}

fn bearer(name: &str, value: &[u8]) -> Option<Vec<u8>> {
    let (scheme, token) = match value.iter().position(|byte| *byte == b' ') {
        Some(at) => (&value[..at], &value[at..]),
        None => (value, &b""[..]),
    };
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return Some(token.iter().copied().skip_while(|byte| *byte == b' ').collect());
    }
    (name != "authorization").then(|| value.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_sdk::pairs::encode;

    fn headers(of: &[(&str, &str)]) -> Pairs {
        Pairs::parse(encode(of)).unwrap()
    }

    fn found(place: Place, of: &[(&str, &str)]) -> Result<Option<String>, Refusal> {
        Ok(place.find(&headers(of))?.map(|bytes| String::from_utf8(bytes).unwrap()))
    }

    #[test]
    fn bearer_tokens_are_found_in_any_case() {
        let token = |value| found(Place::Bearer("authorization"), &[("authorization", value)]);
        assert_eq!(token("Bearer abc"), Ok(Some("abc".into())));
        assert_eq!(token("bEARER   abc"), Ok(Some("abc".into())));
        assert_eq!(token("Bearer"), Ok(Some("".into())));
        assert_eq!(token("Basic abc"), Ok(None));
        assert_eq!(token("abc"), Ok(None));
    }

    #[test]
    fn in_a_field_of_its_own_a_token_needs_no_scheme() {
        let token = |value| found(Place::Bearer("x-token"), &[("x-token", value)]);
        assert_eq!(token("abc"), Ok(Some("abc".into())));
        assert_eq!(token("Bearer abc"), Ok(Some("abc".into())));
    }

    #[test]
    fn two_of_one_are_refused() {
        let twice = Err(Refusal::CredentialsRepeated);
        assert_eq!(found(Place::Header("x-api-key"), &[("x-api-key", "a"), ("x-api-key", "a")]), twice);
        assert_eq!(found(Place::Query("key"), &[(":path", "/?key=a&key=b")]), twice);
        let lines = [("authorization", "Bearer a"), ("authorization", "Basic b")];
        assert_eq!(found(Place::Bearer("authorization"), &lines), twice);
    }

    #[test]
    fn credentials_are_taken_out_where_they_stand() {
        let of = headers(&[(":path", "/?key=a&b=c"), ("cookie", "x=1; session=t")]);
        let removed = |name: &str| Edit::Remove(name.into());
        assert_eq!(Place::Header("x-api-key").removal(&of), [removed("x-api-key")]);
        assert_eq!(Place::Query("key").removal(&of), [Edit::Path("/?b=c".into())]);
        let others = Edit::Add("cookie".into(), "x=1".into());
        assert_eq!(Place::Cookie("session").removal(&of), [removed("cookie"), others]);
        assert_eq!(Place::Cookie("session").removal(&headers(&[("cookie", "session=t")])), [removed("cookie")]);
    }
}
