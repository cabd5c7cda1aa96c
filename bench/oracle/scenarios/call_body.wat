;; Holds the whole request body for a call that it makes at the body's end.
(global $stream (mut i32) (i32.const 0))
(func $on_request_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (if (local.get $end)
    (then
      (global.set $stream (local.get $id))
      (call $show (str "body") (call $buffer (i32.const 0) (i32.const 0) (local.get $size)))
      (drop (call $ask (pairs ":method" "GET" ":path" "/scan" ":authority" "c")))))
  (i32.const 1))
(func $on_http_call_response (param $id i32) (param $call i32) (param $count i32) (param $size i32) (param i32)
  (drop (call $proxy_set_effective_context (global.get $stream)))
  (call $show (str "body at callback") (call $buffer (i32.const 0) (i32.const 0) (i32.const 100)))
  (call $say1 (str "continue") (call $proxy_continue_stream (i32.const 0))))
