//! What else the host does: time, chance, properties, answers, and the stream's course.

use crate::abi;
use crate::memory::received;
use crate::pairs::encode;
use crate::status::Status;
use std::time::Duration;

const NO_GRPC_STATUS: i32 = -1;

/// Which way of an exchange.
#[derive(Clone, Copy)]
pub enum Way {
    Request = 0,
    Response = 1,
}

/// Tell the time since 1970 by the host's clock.
pub fn now() -> Option<Duration> {
    let mut nanoseconds = 0;
    Status::check(unsafe { abi::proxy_get_current_time_nanoseconds(&mut nanoseconds) }).ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Have `on_tick` called again and again; zero ends it.
pub fn tick_every(period: Duration) -> Result<(), Status> {
    Status::check(unsafe { abi::proxy_set_tick_period_milliseconds(milliseconds(period)) })
}

pub fn random<const SIZE: usize>() -> Option<[u8; SIZE]> {
    let mut bytes = [0; SIZE];
    Status::check(unsafe { abi::random_get(bytes.as_mut_ptr(), SIZE) }).ok()?;
    Some(bytes)
}

/// Read what the host knows, such as `["source", "address"]`. Numbers come as 8 bytes, little-endian.
pub fn property(path: &[&str]) -> Option<Vec<u8>> {
    let path = path.join("\0");
    received(|data, size| unsafe { abi::proxy_get_property(path.as_ptr(), path.len(), data, size) }).ok()
}

pub fn set_property(path: &[&str], value: &[u8]) -> Result<(), Status> {
    let path = path.join("\0");
    Status::check(unsafe { abi::proxy_set_property(path.as_ptr(), path.len(), value.as_ptr(), value.len()) })
}

/// Answer in the origin's stead, and return [`Action::Pause`](crate::Action::Pause) after that.
///
/// `details` is for the host's log and not for the client: a fixed word that says why.
pub fn respond(status: u32, details: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<(), Status> {
    let headers = encode(headers);
    Status::check(unsafe {
        abi::proxy_send_local_response(
            status,
            details.as_ptr(),
            details.len(),
            body.as_ptr(),
            body.len(),
            headers.as_ptr(),
            headers.len(),
            NO_GRPC_STATUS,
        )
    })
}

/// Go on with what an [`Action::Pause`](crate::Action::Pause) holds.
pub fn resume(way: Way) -> Result<(), Status> {
    Status::check(unsafe { abi::proxy_continue_stream(way as u32) })
}

/// Cut the exchange off.
pub fn close(way: Way) -> Result<(), Status> {
    Status::check(unsafe { abi::proxy_close_stream(way as u32) })
}

/// Call one of the functions that a host has beyond the standard.
pub fn call_foreign(name: &str, arguments: &[u8]) -> Result<Vec<u8>, Status> {
    received(|data, size| unsafe {
        abi::proxy_call_foreign_function(name.as_ptr(), name.len(), arguments.as_ptr(), arguments.len(), data, size)
    })
}

pub(crate) fn milliseconds(duration: Duration) -> u32 {
    duration.as_millis().min(u32::MAX as u128) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_can_nothing_makes_nothing_panic() {
        assert_eq!(now(), None);
        assert_eq!(random::<16>(), None);
        assert_eq!(property(&["source", "address"]), None);
        assert_eq!(set_property(&["a"], b"b"), Err(Status::UNIMPLEMENTED));
        assert_eq!(respond(403, "no", &[("a", "b")], b""), Err(Status::UNIMPLEMENTED));
        assert_eq!(call_foreign("any", b""), Err(Status::UNIMPLEMENTED));
        assert!(crate::headers::REQUEST.all().is_err());
        assert!(crate::body::REQUEST.read(0, 1).is_err());
        assert!(crate::metrics::Counter::define("a").is_err());
        assert!(crate::shared::get("a").is_none());
    }

    #[test]
    fn long_times_are_the_longest_that_can_be_said() {
        assert_eq!(milliseconds(Duration::from_secs(u64::MAX)), u32::MAX);
        assert_eq!(milliseconds(Duration::from_millis(1500)), 1500);
    }
}
