//! Bodies and other long bytes that the host keeps.

use crate::abi;
use crate::memory::received;
use crate::status::Status;

/// One of the host's buffers. A body's holds what has come and is not yet sent on.
#[derive(Clone, Copy)]
pub struct Body(u32);

pub const REQUEST: Body = Body(0);
pub const RESPONSE: Body = Body(1);
/// The answer to an own call, in `on_http_call_response`.
pub const CALL_RESPONSE: Body = Body(4);
pub(crate) const VM_CONFIGURATION: Body = Body(6);
pub(crate) const PLUGIN_CONFIGURATION: Body = Body(7);

impl Body {
    /// Read from `start` on, `most` bytes or what there is.
    pub fn read(self, start: usize, most: usize) -> Result<Vec<u8>, Status> {
        received(|data, size| unsafe { abi::proxy_get_buffer_bytes(self.0, start, most, data, size) })
    }

    pub fn prepend(self, bytes: &[u8]) -> Result<(), Status> {
        self.put(0, 0, bytes)
    }

    pub fn append(self, bytes: &[u8]) -> Result<(), Status> {
        self.put(u32::MAX as usize, 0, bytes)
    }

    /// Put bytes in the place of all that is there.
    pub fn replace(self, bytes: &[u8]) -> Result<(), Status> {
        self.put(0, u32::MAX as usize, bytes)
    }

    fn put(self, start: usize, replaced: usize, bytes: &[u8]) -> Result<(), Status> {
        Status::check(unsafe { abi::proxy_set_buffer_bytes(self.0, start, replaced, bytes.as_ptr(), bytes.len()) })
    }
}
