//! HTTP calls that a guest makes while its exchange waits.

use crate::abi;
use crate::host::milliseconds;
use crate::pairs::encode;
use crate::status::Status;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::time::Duration;

thread_local! {
    static CURRENT: Cell<u32> = const { Cell::new(0) };
    static CALLERS: RefCell<BTreeMap<u32, u32>> = RefCell::new(BTreeMap::new());
}

/// Ask an upstream of the host, and give the call's number; `on_http_call_response` is told the same one.
///
/// `headers` begin with `:method`, `:path` and `:authority`. Name the hook `http_call_response` in `guest!`.
pub fn http_call(upstream: &str, headers: &[(&str, &str)], body: &[u8], timeout: Duration) -> Result<u32, Status> {
    let headers = encode(headers);
    let trailers = encode::<&str>(&[]);
    let mut call = 0;
    Status::check(unsafe {
        abi::proxy_http_call(
            upstream.as_ptr(),
            upstream.len(),
            headers.as_ptr(),
            headers.len(),
            body.as_ptr(),
            body.len(),
            trailers.as_ptr(),
            trailers.len(),
            milliseconds(timeout),
            &mut call,
        )
    })?;
    CALLERS.with(|callers| callers.borrow_mut().insert(call, CURRENT.with(Cell::get)));
    Ok(call)
}

/// Note whose hook runs, as calls belong to it.
pub(crate) fn within(context: u32) {
    CURRENT.with(|current| current.set(context));
}

/// Name the context that made a call; the host only tells the plugin's, so make what follows act on the right one.
pub(crate) fn return_to_caller(call: u32) -> Option<u32> {
    let caller = CALLERS.with(|callers| callers.borrow_mut().remove(&call))?;
    unsafe { abi::proxy_set_effective_context(caller) };
    Some(caller)
}
