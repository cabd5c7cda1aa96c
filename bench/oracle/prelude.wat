;; What the scenarios' guests share. Only what a guest refers to, and what that refers to, goes into its module.
;; Memory: 8 pointer, 12 size, 16 number of the last answer; 1024 the line being written; 16384 constants; 65536 heap.

(import "env" "proxy_log" (func $proxy_log (param i32 i32 i32) (result i32)))
(import "env" "proxy_get_log_level" (func $proxy_get_log_level (param i32) (result i32)))
(import "env" "proxy_get_current_time_nanoseconds" (func $proxy_get_current_time_nanoseconds (param i32) (result i32)))
(import "env" "proxy_set_tick_period_milliseconds" (func $proxy_set_tick_period_milliseconds (param i32) (result i32)))
(import "env" "proxy_get_buffer_bytes" (func $proxy_get_buffer_bytes (param i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_set_buffer_bytes" (func $proxy_set_buffer_bytes (param i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_get_buffer_status" (func $proxy_get_buffer_status (param i32 i32 i32) (result i32)))
(import "env" "proxy_get_header_map_size" (func $proxy_get_header_map_size (param i32 i32) (result i32)))
(import "env" "proxy_get_header_map_pairs" (func $proxy_get_header_map_pairs (param i32 i32 i32) (result i32)))
(import "env" "proxy_set_header_map_pairs" (func $proxy_set_header_map_pairs (param i32 i32 i32) (result i32)))
(import "env" "proxy_get_header_map_value"
  (func $proxy_get_header_map_value (param i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_add_header_map_value"
  (func $proxy_add_header_map_value (param i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_replace_header_map_value"
  (func $proxy_replace_header_map_value (param i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_remove_header_map_value" (func $proxy_remove_header_map_value (param i32 i32 i32) (result i32)))
(import "env" "proxy_continue_stream" (func $proxy_continue_stream (param i32) (result i32)))
(import "env" "proxy_close_stream" (func $proxy_close_stream (param i32) (result i32)))
(import "env" "proxy_get_status" (func $proxy_get_status (param i32 i32 i32) (result i32)))
(import "env" "proxy_send_local_response"
  (func $proxy_send_local_response (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_http_call"
  (func $proxy_http_call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_set_shared_data" (func $proxy_set_shared_data (param i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_get_shared_data" (func $proxy_get_shared_data (param i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_register_shared_queue" (func $proxy_register_shared_queue (param i32 i32 i32) (result i32)))
(import "env" "proxy_resolve_shared_queue"
  (func $proxy_resolve_shared_queue (param i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_enqueue_shared_queue" (func $proxy_enqueue_shared_queue (param i32 i32 i32) (result i32)))
(import "env" "proxy_dequeue_shared_queue" (func $proxy_dequeue_shared_queue (param i32 i32 i32) (result i32)))
(import "env" "proxy_define_metric" (func $proxy_define_metric (param i32 i32 i32 i32) (result i32)))
(import "env" "proxy_record_metric" (func $proxy_record_metric (param i32 i64) (result i32)))
(import "env" "proxy_increment_metric" (func $proxy_increment_metric (param i32 i64) (result i32)))
(import "env" "proxy_get_metric" (func $proxy_get_metric (param i32 i32) (result i32)))
(import "env" "proxy_get_property" (func $proxy_get_property (param i32 i32 i32 i32) (result i32)))
(import "env" "proxy_set_property" (func $proxy_set_property (param i32 i32 i32 i32) (result i32)))
(import "env" "proxy_call_foreign_function"
  (func $proxy_call_foreign_function (param i32 i32 i32 i32 i32 i32) (result i32)))
(import "env" "proxy_done" (func $proxy_done (result i32)))
(import "env" "proxy_set_effective_context" (func $proxy_set_effective_context (param i32) (result i32)))

;; only in ABI 0.1.0
(import "env" "proxy_get_configuration" (func $proxy_get_configuration (param i32 i32) (result i32)))
(import "env" "proxy_continue_request" (func $proxy_continue_request (result i32)))
(import "env" "proxy_continue_response" (func $proxy_continue_response (result i32)))
(import "env" "proxy_clear_route_cache" (func $proxy_clear_route_cache (result i32)))

(global $heap (mut i32) (i32.const 65536))
(global $line_end (mut i32) (i32.const 1024))

;; -- the allocator: what was given is never taken back, and the memory grows

(func $allocate (param $size i32) (result i32)
  (local $at i32)
  (local.set $at (global.get $heap))
  (global.set $heap (i32.and (i32.add (i32.add (local.get $at) (local.get $size)) (i32.const 7)) (i32.const -8)))
  (if (i32.gt_u (global.get $heap) (i32.mul (memory.size) (i32.const 65536)))
    (then (drop (memory.grow (i32.add (i32.div_u (local.get $size) (i32.const 65536)) (i32.const 1))))))
  (local.get $at))

;; -- a log line, put together from pieces; what is beyond 8 KiB of it is left out

(func $put (param $at i32) (param $size i32)
  (if (i32.gt_u (i32.add (global.get $line_end) (local.get $size)) (i32.const 9216)) (then (return)))
  (memory.copy (global.get $line_end) (local.get $at) (local.get $size))
  (global.set $line_end (i32.add (global.get $line_end) (local.get $size))))

(func $put_digits (param $number i32)
  (if (i32.ge_u (local.get $number) (i32.const 10))
    (then (call $put_digits (i32.div_u (local.get $number) (i32.const 10)))))
  (i32.store8 (i32.const 0) (i32.add (i32.rem_u (local.get $number) (i32.const 10)) (i32.const 48)))
  (call $put (i32.const 0) (i32.const 1)))

(func $put_number (param $number i32)
  (call $put (str " "))
  (call $put_digits (local.get $number)))

(func $put_nibble (param $nibble i32)
  (i32.store8 (i32.const 0)
    (i32.add (local.get $nibble)
      (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $nibble) (i32.const 10)))))
  (call $put (i32.const 0) (i32.const 1)))

(func $put_hex (param $at i32) (param $size i32)
  (call $put (str " "))
  (loop $next
    (if (local.get $size)
      (then
        (call $put_nibble (i32.shr_u (i32.load8_u (local.get $at)) (i32.const 4)))
        (call $put_nibble (i32.and (i32.load8_u (local.get $at)) (i32.const 15)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $size (i32.sub (local.get $size) (i32.const 1)))
        (br $next)))))

(func $begin (param $at i32) (param $size i32)
  (global.set $line_end (i32.const 1024))
  (call $put (str "@@ "))
  (call $put (local.get $at) (local.get $size)))

(func $log (param $level i32)
  (drop (call $proxy_log (local.get $level) (i32.const 1024) (i32.sub (global.get $line_end) (i32.const 1024)))))

(func $end (call $log (i32.const 2)))

;; -- whole lines: a text and some numbers

(func $say (param $at i32) (param $size i32)
  (call $begin (local.get $at) (local.get $size))
  (call $end))

(func $say1 (param $at i32) (param $size i32) (param $a i32)
  (call $begin (local.get $at) (local.get $size))
  (call $put_number (local.get $a))
  (call $end))

(func $say2 (param $at i32) (param $size i32) (param $a i32) (param $b i32)
  (call $begin (local.get $at) (local.get $size))
  (call $put_number (local.get $a))
  (call $put_number (local.get $b))
  (call $end))

(func $say3 (param $at i32) (param $size i32) (param $a i32) (param $b i32) (param $c i32)
  (call $begin (local.get $at) (local.get $size))
  (call $put_number (local.get $a))
  (call $put_number (local.get $b))
  (call $put_number (local.get $c))
  (call $end))

(func $say5 (param $at i32) (param $size i32)
    (param $a i32) (param $b i32) (param $c i32) (param $d i32) (param $e i32)
  (call $begin (local.get $at) (local.get $size))
  (call $put_number (local.get $a))
  (call $put_number (local.get $b))
  (call $put_number (local.get $c))
  (call $put_number (local.get $d))
  (call $put_number (local.get $e))
  (call $end))

;; -- the last answer: what a host call wrote as pointer (8) and size (12), beside the status it returned

(func $pointer (result i32) (i32.load (i32.const 8)))
(func $size (result i32) (i32.load (i32.const 12)))
(func $number (result i32) (i32.load (i32.const 16)))

(func $forget
  (i32.store (i32.const 8) (i32.const 0))
  (i32.store (i32.const 12) (i32.const 0)))

(func $show (param $at i32) (param $size i32) (param $status i32)
  (call $begin (local.get $at) (local.get $size))
  (call $put_number (local.get $status))
  (call $put (str " '"))
  (call $put (call $pointer) (call $size))
  (call $put (str "'"))
  (call $end))

(func $show_hex (param $at i32) (param $size i32) (param $status i32)
  (call $begin (local.get $at) (local.get $size))
  (call $put_number (local.get $status))
  (call $put_hex (call $pointer) (call $size))
  (call $end))

(func $show_size (param $at i32) (param $size i32) (param $status i32)
  (call $say2 (local.get $at) (local.get $size) (local.get $status) (call $size)))

(func $show_number (param $at i32) (param $size i32) (param $status i32)
  (call $say2 (local.get $at) (local.get $size) (local.get $status) (call $number)))

;; -- host calls that are made often

(func $get (param $map i32) (param $at i32) (param $size i32) (result i32)
  (call $forget)
  (call $proxy_get_header_map_value
    (local.get $map) (local.get $at) (local.get $size) (i32.const 8) (i32.const 12)))

(func $add (param $map i32) (param $at i32) (param $size i32) (param $value i32) (param $value_size i32)
  (drop (call $proxy_add_header_map_value
    (local.get $map) (local.get $at) (local.get $size) (local.get $value) (local.get $value_size))))

(func $set (param $map i32) (param $at i32) (param $size i32) (param $value i32) (param $value_size i32)
  (drop (call $proxy_replace_header_map_value
    (local.get $map) (local.get $at) (local.get $size) (local.get $value) (local.get $value_size))))

(func $remove (param $map i32) (param $at i32) (param $size i32)
  (drop (call $proxy_remove_header_map_value (local.get $map) (local.get $at) (local.get $size))))

;; how many headers a call's answer has without the one that Envoy adds
(func $without_own (param $count i32) (result i32)
  (if (i32.eqz (local.get $count)) (then (return (i32.const 0))))
  (drop (call $get (i32.const 6) (str "x-envoy-upstream-service-time")))
  (i32.sub (local.get $count) (i32.ne (call $size) (i32.const 0))))

;; the names of a map's pairs, in order, as one line: "label a b c"; without "x-envoy-…", which no other host has
(func $say_names (param $at i32) (param $size i32) (param $map i32)
  (local $count i32) (local $entry i32) (local $key i32)
  (call $forget)
  (drop (call $proxy_get_header_map_pairs (local.get $map) (i32.const 8) (i32.const 12)))
  (local.set $count (i32.load (call $pointer)))
  (local.set $entry (i32.add (call $pointer) (i32.const 4)))
  (local.set $key (i32.add (local.get $entry) (i32.mul (local.get $count) (i32.const 8))))
  (call $begin (local.get $at) (local.get $size))
  (loop $next
    (if (local.get $count)
      (then
        (if (i64.ne (i64.load (local.get $key)) (i64.const 0x2d796f766e652d78))
          (then
            (call $put (str " "))
            (call $put (local.get $key) (i32.load (local.get $entry)))))
        (local.set $key (i32.add (local.get $key)
          (i32.add (i32.add (i32.load (local.get $entry)) (i32.load offset=4 (local.get $entry))) (i32.const 2))))
        (local.set $entry (i32.add (local.get $entry) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
  (call $end))

(func $buffer (param $id i32) (param $start i32) (param $max i32) (result i32)
  (call $forget)
  (call $proxy_get_buffer_bytes
    (local.get $id) (local.get $start) (local.get $max) (i32.const 8) (i32.const 12)))

(func $property (param $at i32) (param $size i32) (result i32)
  (call $forget)
  (call $proxy_get_property (local.get $at) (local.get $size) (i32.const 8) (i32.const 12)))

(func $show_property (param $at i32) (param $size i32)
  (local $status i32)
  (local.set $status (call $property (local.get $at) (local.get $size)))
  (call $show (local.get $at) (local.get $size) (local.get $status)))

(func $show_property_hex (param $at i32) (param $size i32)
  (local $status i32)
  (local.set $status (call $property (local.get $at) (local.get $size)))
  (call $show_hex (local.get $at) (local.get $size) (local.get $status)))

;; an answer without headers or details of its own
(func $answer (param $code i32) (param $at i32) (param $size i32) (result i32)
  (call $proxy_send_local_response (local.get $code) (i32.const 0) (i32.const 0)
    (local.get $at) (local.get $size) (i32.const 0) (i32.const 0) (i32.const -1)))

;; a call to the upstream `calls`, which has plenty of time
(func $ask (param $headers i32) (param $size i32) (result i32)
  (call $http_call (str "calls") (local.get $headers) (local.get $size) (i32.const 5000)))

;; a call without body or trailers; its id goes to 16
(func $http_call (param $upstream i32) (param $upstream_size i32) (param $headers i32) (param $headers_size i32)
    (param $timeout_ms i32) (result i32)
  (call $proxy_http_call (local.get $upstream) (local.get $upstream_size)
    (local.get $headers) (local.get $headers_size) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)
    (local.get $timeout_ms) (i32.const 16)))
