;; Calls at its first tick, and ticks no more.
(func $on_configure (param $id i32) (param $size i32) (result i32)
  (call $say1 (str "period") (call $proxy_set_tick_period_milliseconds (i32.const 100)))
  (i32.const 1))
(func $on_tick (param $id i32)
  (drop (call $proxy_set_tick_period_milliseconds (i32.const 0)))
  (call $show_number (str "call") (call $ask (pairs ":method" "GET" ":path" "/tick" ":authority" "c"))))
(func $on_http_call_response (param $id i32) (param $call i32) (param $count i32) (param $size i32) (param i32)
  (call $show (str "body") (call $buffer (i32.const 4) (i32.const 0) (local.get $size))))
