//! The host's functions as they are linked: `env` has those of all edge functions, `penstock` what those lack.
//!
//! A text or bytes are an address and a size. What is handed back lies in the call's shared buffer, and its length is
//! returned; less than 0 is an error (see `error.rs`), off WebAssembly always -8, "failed".

pub mod env {
    imports! {
        otherwise -8;
        "env" {
            fn get_shared_buffer(to: *mut u8, offset: usize, size: usize) -> i32;
            fn request_get_method() -> i32;
            fn request_get_uri() -> i32;
            fn request_get_body() -> i32;
            fn request_get_header(name: *const u8, name_size: usize) -> i32;
            fn response_set_header(name: *const u8, name_size: usize, value: *const u8, value_size: usize) -> i32;
            fn response_add_header(name: *const u8, name_size: usize, value: *const u8, value_size: usize) -> i32;
            fn response_set_body(body: *const u8, size: usize) -> i32;
            fn request_terminate(status: u32) -> i32;
            fn cache_get(key: *const u8, key_size: usize) -> i32;
            fn cache_set(key: *const u8, key_size: usize, value: *const u8, value_size: usize, ttl_s: u32) -> i32;
        }
    }
}

pub mod penstock {
    imports! {
        otherwise -8;
        "penstock" {
            fn log(level: u32, message: *const u8, size: usize);
            fn request_head() -> i32;
            fn config_get() -> i32;
            fn secret_get(name: *const u8, name_size: usize) -> i32;
            fn cache_delete(key: *const u8, key_size: usize) -> i32;
            fn cache_increment(key: *const u8, key_size: usize, by: i64, ttl_s: u32) -> i32;
            fn kv_get(key: *const u8, key_size: usize) -> i32;
            fn kv_set(key: *const u8, key_size: usize, value: *const u8, value_size: usize, ttl_s: u32) -> i32;
            fn kv_delete(key: *const u8, key_size: usize) -> i32;
            fn kv_increment(key: *const u8, key_size: usize, by: i64) -> i32;
            fn kv_compare_and_set(
                key: *const u8, key_size: usize, expected: *const u8, expected_size: usize,
                value: *const u8, value_size: usize, ttl_s: u32
            ) -> i32;
            fn kv_keys(prefix: *const u8, prefix_size: usize, most: u32) -> i32;
            fn http_send(head: *const u8, head_size: usize, body: *const u8, body_size: usize) -> i32;
            fn route_send(head: *const u8, head_size: usize, body: *const u8, body_size: usize) -> i32;
            fn http_wait(handle: i32) -> i32;
            fn rate_limit(key: *const u8, key_size: usize, most: u32, window_s: u32) -> i32;
            fn metric_add(name: *const u8, name_size: usize, by: i64) -> i32;
            fn random(to: *mut u8, size: usize) -> i32;
            fn clock_ms() -> i64;
            fn monotonic_us() -> i64;
        }
    }
}
