;; A second call from the first one's callback, and only then the request goes on.
(global $stream (mut i32) (i32.const 0))
(global $answers (mut i32) (i32.const 0))
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (global.set $stream (local.get $id))
  (drop (call $ask (pairs ":method" "GET" ":path" "/first" ":authority" "c")))
  (i32.const 1))
(func $on_http_call_response (param $id i32) (param $call i32) (param $count i32) (param $size i32) (param i32)
  (global.set $answers (i32.add (global.get $answers) (i32.const 1)))
  (if (i32.eq (global.get $answers) (i32.const 1))
    (then
      (call $show_number (str "call") (call $ask (pairs ":method" "GET" ":path" "/second" ":authority" "c"))))
    (else
      (drop (call $proxy_set_effective_context (global.get $stream)))
      (call $set (i32.const 0) (str "x-calls") (str "2"))
      (drop (call $proxy_continue_stream (i32.const 0))))))
