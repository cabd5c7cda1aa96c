//! Requests to other servers. Need the server's name in `allow.http.hosts`.

use super::abi::penstock;
use super::ask::Ask;

pub struct Http;

impl Http {
    pub fn get(url: &str) -> Ask {
        Http::request("GET", url)
    }

    pub fn post(url: &str) -> Ask {
        Http::request("POST", url)
    }

    pub fn put(url: &str) -> Ask {
        Http::request("PUT", url)
    }

    pub fn delete(url: &str) -> Ask {
        Http::request("DELETE", url)
    }

    /// Begin a request; `url` is absolute.
    pub fn request(method: &str, url: &str) -> Ask {
        Ask::new(send, method, url)
    }
}

fn send(head: &[u8], body: &[u8]) -> i32 {
    unsafe { penstock::http_send(head.as_ptr(), head.len(), body.as_ptr(), body.len()) }
}
