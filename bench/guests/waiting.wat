;; Asks the URL that it has as a secret, and answers with its configuration.
(module
  (import "env" "http_get" (func $http_get (param i32 i32) (result i32)))
  (import "env" "get_shared_buffer" (func $take (param i32 i32 i32) (result i32)))
  (import "penstock" "secret_get" (func $secret_get (param i32 i32) (result i32)))
  (import "penstock" "config_get" (func $config_get (result i32)))

  (memory (export "memory") 2)
  (data (i32.const 64) "URL")
  (func (export "main") (result i32) (local $length i32)
    (local.set $length (call $secret_get (i32.const 64) (i32.const 3)))
    (drop (call $take (i32.const 4096) (i32.const 0) (local.get $length)))
    (if (i32.lt_s (call $http_get (i32.const 4096) (local.get $length)) (i32.const 0)) (then (return (i32.const 1))))
    (drop (call $config_get))
    (i32.const 0)))
