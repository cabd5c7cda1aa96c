//! Who somebody is, as far as an experiment needs to know.

use penstock_sdk::cookies::cookie;
use penstock_sdk::pairs::Pairs;

/// Where a user's key may be found.
pub enum Source {
    Header(String),
    Cookie(String),
    Address,
}

impl Source {
    pub fn find(&self, headers: &Pairs, address: &dyn Fn() -> Option<Vec<u8>>) -> Option<Vec<u8>> {
        match self {
            Source::Header(name) => headers.get(name).map(<[u8]>::to_vec),
            Source::Cookie(name) => cookie(headers, name).map(|value| value.as_bytes().to_vec()),
            Source::Address => address().map(without_port),
        }
        .filter(|key| !key.is_empty())
    }
}

/// The cookie in which those who have no key of their own keep the one they were given.
pub struct IdCookie {
    pub name: String,
    /// What follows name and value in `Set-Cookie`, but for `Secure`.
    pub attributes: String,
    /// None: as the request came.
    pub secure: Option<bool>,
}

impl IdCookie {
    /// Find the key; what cannot be one of ours is none.
    pub fn find(&self, headers: &Pairs) -> Option<Vec<u8>> {
        let is_ours = |id: &&str| id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        cookie(headers, &self.name).filter(is_ours).map(|id| id.as_bytes().to_vec())
    }

    pub fn set_cookie(&self, id: &str, headers: &Pairs) -> String {
        let is_https = || headers.get(":scheme") == Some(b"https");
        let secure = if self.secure.unwrap_or_else(is_https) { "; Secure" } else { "" };
        format!("{}={id}{}{secure}", self.name, self.attributes)
    }
}

pub fn new_id(random: [u8; 16]) -> String {
    random.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `192.0.2.1:1234` and `[2001:db8::1]:1234` are one user whatever the port; an address may also come alone.
fn without_port(mut address: Vec<u8>) -> Vec<u8> {
    let last = address.iter().rposition(|byte| *byte == b':');
    let colons = address.iter().filter(|byte| **byte == b':').count();
    match last {
        Some(at) if colons == 1 || address[at - 1] == b']' => address.truncate(at),
        _ => {}
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_no_part_of_a_user() {
        for (address, user) in [
            ("192.0.2.1:1234", "192.0.2.1"),
            ("192.0.2.1", "192.0.2.1"),
            ("[2001:db8::1]:1234", "[2001:db8::1]"),
            ("2001:db8::1", "2001:db8::1"),
            ("", ""),
            (":", ""),
            ("::", "::"),
        ] {
            assert_eq!(without_port(address.into()), user.as_bytes(), "{address}");
        }
    }
}
