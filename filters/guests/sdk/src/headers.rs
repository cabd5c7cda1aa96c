//! Header fields, the pseudo-fields `:method`, `:path`, `:authority`, `:scheme` and `:status` among them.

use crate::abi;
use crate::memory::received;
use crate::pairs::Pairs;
use crate::status::Status;

/// One of the host's maps. Names are lower-case.
#[derive(Clone, Copy)]
pub struct Headers(u32);

pub const REQUEST: Headers = Headers(0);
pub const REQUEST_TRAILERS: Headers = Headers(1);
pub const RESPONSE: Headers = Headers(2);
pub const RESPONSE_TRAILERS: Headers = Headers(3);
/// The answer to an own call, in `on_http_call_response`.
pub const CALL_RESPONSE: Headers = Headers(6);

impl Headers {
    /// Read a field; of several lines the first.
    pub fn get(self, name: &str) -> Option<Vec<u8>> {
        received(|data, size| unsafe { abi::proxy_get_header_map_value(self.0, name.as_ptr(), name.len(), data, size) })
            .ok()
    }

    /// Read everything in one call, which is cheaper than a few of [`get`](Self::get).
    pub fn all(self) -> Result<Pairs, Status> {
        let bytes = received(|data, size| unsafe { abi::proxy_get_header_map_pairs(self.0, data, size) })?;
        Pairs::parse(bytes).ok_or(Status::PARSE_FAILURE)
    }

    /// Add a line, beside those of the same name.
    pub fn add(self, name: &str, value: impl AsRef<[u8]>) -> Result<(), Status> {
        let value = value.as_ref();
        Status::check(unsafe {
            abi::proxy_add_header_map_value(self.0, name.as_ptr(), name.len(), value.as_ptr(), value.len())
        })
    }

    /// Put a value in the place of what was there. Of several lines some hosts replace the first alone.
    pub fn set(self, name: &str, value: impl AsRef<[u8]>) -> Result<(), Status> {
        let value = value.as_ref();
        Status::check(unsafe {
            abi::proxy_replace_header_map_value(self.0, name.as_ptr(), name.len(), value.as_ptr(), value.len())
        })
    }

    /// Remove all lines of a field.
    pub fn remove(self, name: &str) -> Result<(), Status> {
        Status::check(unsafe { abi::proxy_remove_header_map_value(self.0, name.as_ptr(), name.len()) })
    }
}
