//! What a guest implements.

use std::rc::Rc;

/// What the host does next with headers or a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Continue = 0,
    /// Hold them until `host::resume`, or for good after `host::respond`. A body that is held is gathered.
    Pause = 1,
}

/// How an own call ended; its headers and body are in `headers::CALL_RESPONSE` and `body::CALL_RESPONSE`.
#[derive(Clone, Copy, Debug)]
pub struct CallResponse {
    pub call: u32,
    /// None where the call failed or took too long.
    pub headers: u32,
    pub body_size: usize,
}

/// One configuration, for as long as the host keeps it.
pub trait Plugin: Sized + 'static {
    type Stream: Stream;

    /// Hook `vm_start`: read what is meant for the whole guest, before any plugin of it is configured. Errors are logged.
    fn start(_vm_configuration: &[u8]) -> Result<(), String> {
        Ok(())
    }

    /// Read the configuration. An error is logged, and the host refuses it; so name the key and the remedy.
    fn configure(configuration: &[u8]) -> Result<Self, String>;

    /// Begin an exchange.
    fn stream(self: &Rc<Self>) -> Self::Stream;

    /// Hook `tick`.
    fn on_tick(&self) {}

    /// Hook `http_call_response`, for calls made in `on_tick` or `configure`.
    fn on_http_call_response(&self, _response: CallResponse) {}
}

/// One exchange. The host calls only what the guest named in `guest!`; what the exchange keeps is dropped at its end.
pub trait Stream {
    fn on_request_headers(&mut self, _end_of_stream: bool) -> Action {
        Action::Continue
    }

    /// `size` counts the bytes that can be read now in `body::REQUEST`.
    fn on_request_body(&mut self, _size: usize, _end_of_stream: bool) -> Action {
        Action::Continue
    }

    fn on_request_trailers(&mut self) -> Action {
        Action::Continue
    }

    fn on_response_headers(&mut self, _end_of_stream: bool) -> Action {
        Action::Continue
    }

    fn on_response_body(&mut self, _size: usize, _end_of_stream: bool) -> Action {
        Action::Continue
    }

    fn on_response_trailers(&mut self) -> Action {
        Action::Continue
    }

    fn on_http_call_response(&mut self, _response: CallResponse) {}

    /// The exchange is over, and all its properties are known.
    fn on_log(&mut self) {}
}
