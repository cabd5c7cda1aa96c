;; Continues the request in the very callback that then pauses it.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say1 (str "continue") (call $proxy_continue_stream (i32.const 0)))
  (i32.const 1))
