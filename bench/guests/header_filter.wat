;; The filter that Penstock and Envoy are compared with: reads two headers and adds one each way.
;; It exports the callbacks that an SDK's filter would, so that the whole life of an exchange is paid for.
(module
  (import "env" "proxy_get_header_map_value" (func $get (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "proxy_add_header_map_value" (func $add (param i32 i32 i32 i32 i32) (result i32)))

  (memory (export "memory") 2)
  (data (i32.const 64) ":path")
  (data (i32.const 80) "user-agent")
  (data (i32.const 96) "x-bench-wasm")
  (data (i32.const 112) "x-answer-wasm")
  (data (i32.const 128) "v1")

  ;; What the host gives: where a value lies at 0, its size at 4. Values lie one behind the other, and are soon
  ;; overwritten: nobody reads them twice.
  (global $free (mut i32) (i32.const 4096))
  (func (export "proxy_on_memory_allocate") (param $size i32) (result i32)
    (if (i32.gt_u (global.get $free) (i32.const 60000))
      (then (global.set $free (i32.const 4096))))
    (global.get $free)
    (global.set $free (i32.add (global.get $free) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16)))))

  (func (export "proxy_abi_version_0_2_1"))
  (func (export "proxy_on_context_create") (param $id i32) (param $parent i32))
  (func (export "proxy_on_vm_start") (param $id i32) (param $size i32) (result i32) (i32.const 1))
  (func (export "proxy_on_configure") (param $id i32) (param $size i32) (result i32) (i32.const 1))

  (func (export "proxy_on_request_headers") (param $id i32) (param $count i32) (param $ended i32) (result i32)
    (drop (call $get (i32.const 0) (i32.const 64) (i32.const 5) (i32.const 0) (i32.const 4)))
    (drop (call $get (i32.const 0) (i32.const 80) (i32.const 10) (i32.const 0) (i32.const 4)))
    (call $add (i32.const 0) (i32.const 96) (i32.const 12) (i32.const 128) (i32.const 2)))
  (func (export "proxy_on_response_headers") (param $id i32) (param $count i32) (param $ended i32) (result i32)
    (call $add (i32.const 2) (i32.const 112) (i32.const 13) (i32.const 128) (i32.const 2)))

  (func (export "proxy_on_log") (param $id i32))
  (func (export "proxy_on_done") (param $id i32) (result i32) (i32.const 1))
  (func (export "proxy_on_delete") (param $id i32)))
