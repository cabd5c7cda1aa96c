;; Holds the response for a call, and answers in its place from the call's callback.
(global $stream (mut i32) (i32.const 0))
(func $on_response_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (global.set $stream (local.get $id))
  (drop (call $ask (pairs ":method" "GET" ":path" "/judge" ":authority" "c")))
  (i32.const 1))
(func $on_http_call_response (param $id i32) (param $call i32) (param $count i32) (param $size i32) (param i32)
  (drop (call $proxy_set_effective_context (global.get $stream)))
  (call $say1 (str "answer") (call $answer (i32.const 403) (str "denied by call"))))
