;; Calls one host function again and again, so that the call into the guest does not count. Traps at any status but
;; OK, and NOT_FOUND for what is not there.
(module
  (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_get_property" (func $property (param i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_log" (func $log (param i32 i32 i32) (result i32)))

  (memory (export "memory") 2)
  (data (i32.const 64) "user-agent")
  (data (i32.const 80) "x-nobody-has-it")
  (data (i32.const 96) "x-bench-wasm")
  (data (i32.const 112) "v1")
  (data (i32.const 128) "request\00path")
  (func (export "proxy_on_memory_allocate") (param i32) (result i32) (i32.const 4096))
  (func (export "proxy_abi_version_0_2_1"))

  (func (export "proxy_on_foreign_function") (param $root i32) (param $which i32) (param $times i32)
    (loop $again
      (if (i32.eq (local.get $which) (i32.const 0))
        (then
          (call $get (i32.const 0) (i32.const 64) (i32.const 10) (i32.const 0) (i32.const 4))
          (if (then unreachable))))
      (if (i32.eq (local.get $which) (i32.const 1))
        (then
          (call $get (i32.const 0) (i32.const 80) (i32.const 15) (i32.const 0) (i32.const 4))
          (if (i32.ne (i32.const 1)) (then unreachable))))
      (if (i32.eq (local.get $which) (i32.const 2))
        (then
          (call $add (i32.const 0) (i32.const 96) (i32.const 12) (i32.const 112) (i32.const 2))
          (if (then unreachable))))
      (if (i32.eq (local.get $which) (i32.const 3))
        (then
          (call $property (i32.const 128) (i32.const 12) (i32.const 0) (i32.const 4))
          (if (then unreachable))))
      (if (i32.eq (local.get $which) (i32.const 4))
        (then
          (call $log (i32.const 1) (i32.const 80) (i32.const 15))
          (if (then unreachable))))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))))
