;; Calls and goes on at once: the answer finds a plugin whose stream has ended.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $show_number (str "call") (call $ask (pairs ":method" "GET" ":path" "/late" ":authority" "c")))
  (i32.const 0))
(func $on_http_call_response (param $id i32) (param $call i32) (param $count i32) (param $size i32) (param i32)
  (call $say1 (str "effective") (call $proxy_set_effective_context (i32.const 2)))
  (call $show (str ":status") (call $get (i32.const 6) (str ":status"))))
