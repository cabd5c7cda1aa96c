//! Lets those pass who show an API key, and tells by a header field who they are.
//!
//! The secret `API_KEYS` has users and their keys: `ali=3f9c… bo=77ab…`. In a route's chain, whoever has a key goes on;
//! at a route's end the answer is an empty 200, for a proxy that asks whether somebody may pass.

use penstock_sdk::edge::{function, Error, Request, Response, Secrets};
use penstock_sdk::hmac::same;
use penstock_sdk::sha256::Sha256;

function!(auth);

fn auth(request: Request) -> Result<Response, Error> {
    let keys = Secrets::need("API_KEYS")?;
    let shown = request.header("x-api-key").unwrap_or_default();
    Ok(match user(&keys, &shown) {
        Some(user) => Response::pass().header("x-user", user),
        None => Response::error(401, "an API key is needed").header("www-authenticate", "ApiKey realm=\"api\""),
    })
}

/// Find whose key it is. All are compared, by their hashes, so that the time tells nothing.
fn user<'a>(keys: &'a str, shown: &str) -> Option<&'a str> {
    let digest = Sha256::of(shown.as_bytes());
    let mut found = None;
    for (user, key) in keys.split_whitespace().filter_map(|pair| pair.split_once('=')) {
        if same(&Sha256::of(key.as_bytes()), &digest) && !key.is_empty() {
            found = Some(user);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &str = "ali=one-key\nbo=another=key carol=";

    #[test]
    fn a_key_tells_whose_it_is() {
        assert_eq!(user(KEYS, "one-key"), Some("ali"));
        assert_eq!(user(KEYS, "another=key"), Some("bo"));
    }

    #[test]
    fn no_other_text_is_a_key() {
        for shown in ["", "one", "one-key ", "ali=one-key", "ali"] {
            assert_eq!(user(KEYS, shown), None, "{shown}");
        }
    }
}
