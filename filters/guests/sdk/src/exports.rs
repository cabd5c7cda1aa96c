//! The functions that the host finds in a guest.

/// Export a plugin with the hooks it names; the host spends no call on any other.
///
/// Hooks: `request_headers`, `request_body`, `request_trailers`, `response_headers`, `response_body`,
/// `response_trailers`, `http_call_response`, `log`, `tick`, `vm_start`.
#[macro_export]
macro_rules! guest {
    ($plugin:ty: $($hook:ident),* $(,)?) => {
        std::thread_local! {
            static CONTEXTS: $crate::contexts::Contexts<$plugin> = Default::default();
        }

        #[no_mangle]
        pub extern "C" fn proxy_abi_version_0_2_1() {}

        #[no_mangle]
        pub extern "C" fn proxy_on_memory_allocate(size: usize) -> *mut u8 {
            $crate::memory::allocate(size)
        }

        #[no_mangle]
        pub extern "C" fn proxy_on_context_create(context: u32, parent: u32) {
            CONTEXTS.with(|contexts| contexts.create(context, parent));
        }

        #[no_mangle]
        pub extern "C" fn proxy_on_configure(context: u32, size: usize) -> u32 {
            CONTEXTS.with(|contexts| contexts.configure(context, size)) as u32
        }

        #[no_mangle]
        pub extern "C" fn proxy_on_delete(context: u32) {
            CONTEXTS.with(|contexts| contexts.delete(context));
        }

        $($crate::hook!($hook);)*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! hook {
    (request_headers) => { $crate::hook!(headers proxy_on_request_headers, on_request_headers); };
    (response_headers) => { $crate::hook!(headers proxy_on_response_headers, on_response_headers); };
    (request_body) => { $crate::hook!(body proxy_on_request_body, on_request_body); };
    (response_body) => { $crate::hook!(body proxy_on_response_body, on_response_body); };
    (request_trailers) => { $crate::hook!(trailers proxy_on_request_trailers, on_request_trailers); };
    (response_trailers) => { $crate::hook!(trailers proxy_on_response_trailers, on_response_trailers); };
    (headers $export:ident, $method:ident) => {
        #[no_mangle]
        pub extern "C" fn $export(context: u32, _count: u32, end_of_stream: u32) -> u32 {
            use $crate::Stream;
            CONTEXTS.with(|contexts| contexts.decide(context, |stream| stream.$method(end_of_stream != 0)))
        }
    };
    (body $export:ident, $method:ident) => {
        #[no_mangle]
        pub extern "C" fn $export(context: u32, size: usize, end_of_stream: u32) -> u32 {
            use $crate::Stream;
            CONTEXTS.with(|contexts| contexts.decide(context, |stream| stream.$method(size, end_of_stream != 0)))
        }
    };
    (trailers $export:ident, $method:ident) => {
        #[no_mangle]
        pub extern "C" fn $export(context: u32, _count: u32) -> u32 {
            use $crate::Stream;
            CONTEXTS.with(|contexts| contexts.decide(context, |stream| stream.$method()))
        }
    };
    (http_call_response) => {
        #[no_mangle]
        pub extern "C" fn proxy_on_http_call_response(
            plugin: u32,
            call: u32,
            headers: u32,
            body_size: usize,
            _trailers: u32,
        ) {
            let response = $crate::CallResponse { call, headers, body_size };
            CONTEXTS.with(|contexts| contexts.call_ended(plugin, response));
        }
    };
    (log) => {
        #[no_mangle]
        pub extern "C" fn proxy_on_log(context: u32) {
            use $crate::Stream;
            CONTEXTS.with(|contexts| contexts.stream(context, |stream| stream.on_log()));
        }
    };
    (vm_start) => {
        #[no_mangle]
        pub extern "C" fn proxy_on_vm_start(context: u32, size: usize) -> u32 {
            CONTEXTS.with(|contexts| contexts.start(context, size)) as u32
        }
    };
    (tick) => {
        #[no_mangle]
        pub extern "C" fn proxy_on_tick(context: u32) {
            use $crate::Plugin;
            CONTEXTS.with(|contexts| contexts.plugin(context, |plugin| plugin.on_tick()));
        }
    };
}
