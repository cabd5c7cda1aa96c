//! Memory that the host fills: it asks for a place, writes there, and the guest owns what it finds.

use crate::status::Status;
use std::alloc::{alloc, Layout};
use std::ptr;

/// Give the host `size` bytes to write to; null where there are none left, which hosts take for a failure.
pub fn allocate(size: usize) -> *mut u8 {
    match Layout::from_size_align(size, 1) {
        Ok(layout) if size > 0 => unsafe { alloc(layout) },
        _ => ptr::null_mut(),
    }
}

/// Own what the host wrote to a place that it was given by [`allocate`].
pub(crate) fn received(call: impl FnOnce(*mut *mut u8, *mut usize) -> i32) -> Result<Vec<u8>, Status> {
    let mut data = ptr::null_mut();
    let mut size = 0;
    Status::check(call(&mut data, &mut size))?;
    if data.is_null() || size == 0 {
        return Ok(Vec::new());
    }
    Ok(unsafe { Vec::from_raw_parts(data, size, size) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_host_wrote_is_received() {
        let bytes = received(|data, size| unsafe {
            *data = allocate(3);
            *size = 3;
            ptr::copy_nonoverlapping(b"abc".as_ptr(), *data, 3);
            0
        });
        assert_eq!(bytes, Ok(b"abc".to_vec()));
    }

    #[test]
    fn a_host_that_writes_nothing_gives_nothing() {
        assert_eq!(received(|_, _| 0), Ok(Vec::new()));
    }

    #[test]
    fn a_status_is_an_error_and_no_panic() {
        assert_eq!(received(|_, _| 99), Err(Status(99)));
    }

    #[test]
    fn no_memory_is_given_for_nothing_or_for_more_than_there_can_be() {
        assert!(allocate(0).is_null());
        assert!(allocate(usize::MAX).is_null());
    }
}
