//! Requests to the proxy's own routes. Need the route's name in `allow.routes`.

use super::abi::penstock;
use super::ask::Ask;

pub struct Routes;

impl Routes {
    pub fn get(uri: &str) -> Ask {
        Routes::request("GET", uri)
    }

    pub fn post(uri: &str) -> Ask {
        Routes::request("POST", uri)
    }

    /// Begin a request; `uri` is a path and query.
    pub fn request(method: &str, uri: &str) -> Ask {
        Ask::new(send, method, uri)
    }
}

fn send(head: &[u8], body: &[u8]) -> i32 {
    unsafe { penstock::route_send(head.as_ptr(), head.len(), body.as_ptr(), body.len()) }
}
