;; Calls while it is configured; the answer comes when there is no request.
(func $on_configure (param $id i32) (param $size i32) (result i32)
  (call $show_number (str "call") (call $ask (pairs ":method" "GET" ":path" "/keys" ":authority" "c")))
  (i32.const 1))
(func $on_http_call_response (param $id i32) (param $call i32) (param $count i32) (param $size i32) (param i32)
  (call $show (str "body") (call $buffer (i32.const 4) (i32.const 0) (local.get $size))))
