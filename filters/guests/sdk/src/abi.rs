//! The host's functions, as they are linked: Proxy-Wasm 0.2.1's in module `env`, and one of WASI's.
//!
//! Addresses and sizes are 32 bits wide in WebAssembly. What a function hands back, it writes to the last pointers.

imports! {
    otherwise crate::Status::UNIMPLEMENTED.0;
    "env" {
        fn proxy_log(level: u32, message: *const u8, size: usize) -> i32;
        fn proxy_get_current_time_nanoseconds(time: *mut u64) -> i32;
        fn proxy_set_tick_period_milliseconds(period: u32) -> i32;

        fn proxy_get_header_map_pairs(map: u32, data: *mut *mut u8, size: *mut usize) -> i32;
        fn proxy_get_header_map_value(
            map: u32, name: *const u8, name_size: usize, data: *mut *mut u8, size: *mut usize
        ) -> i32;
        fn proxy_add_header_map_value(
            map: u32, name: *const u8, name_size: usize, value: *const u8, value_size: usize
        ) -> i32;
        fn proxy_replace_header_map_value(
            map: u32, name: *const u8, name_size: usize, value: *const u8, value_size: usize
        ) -> i32;
        fn proxy_remove_header_map_value(map: u32, name: *const u8, name_size: usize) -> i32;

        fn proxy_get_buffer_bytes(buffer: u32, start: usize, most: usize, data: *mut *mut u8, size: *mut usize) -> i32;
        fn proxy_set_buffer_bytes(buffer: u32, start: usize, replaced: usize, data: *const u8, size: usize) -> i32;

        fn proxy_get_property(path: *const u8, path_size: usize, data: *mut *mut u8, size: *mut usize) -> i32;
        fn proxy_set_property(path: *const u8, path_size: usize, value: *const u8, value_size: usize) -> i32;

        fn proxy_continue_stream(stream: u32) -> i32;
        fn proxy_close_stream(stream: u32) -> i32;
        fn proxy_send_local_response(
            code: u32, details: *const u8, details_size: usize, body: *const u8, body_size: usize,
            headers: *const u8, headers_size: usize, grpc_status: i32
        ) -> i32;
        fn proxy_http_call(
            upstream: *const u8, upstream_size: usize, headers: *const u8, headers_size: usize,
            body: *const u8, body_size: usize, trailers: *const u8, trailers_size: usize,
            timeout: u32, call: *mut u32
        ) -> i32;
        fn proxy_set_effective_context(context: u32) -> i32;

        fn proxy_get_shared_data(
            key: *const u8, key_size: usize, data: *mut *mut u8, size: *mut usize, version: *mut u32
        ) -> i32;
        fn proxy_set_shared_data(
            key: *const u8, key_size: usize, value: *const u8, value_size: usize, version: u32
        ) -> i32;

        fn proxy_define_metric(kind: u32, name: *const u8, name_size: usize, metric: *mut u32) -> i32;
        fn proxy_increment_metric(metric: u32, difference: i64) -> i32;
        fn proxy_record_metric(metric: u32, value: u64) -> i32;

        fn proxy_call_foreign_function(
            name: *const u8, name_size: usize, arguments: *const u8, arguments_size: usize,
            data: *mut *mut u8, size: *mut usize
        ) -> i32;
    }
    "wasi_snapshot_preview1" {
        fn random_get(buffer: *mut u8, size: usize) -> i32;
    }
}
