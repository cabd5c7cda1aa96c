;; Continues a request that is not paused.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say1 (str "continue request") (call $proxy_continue_stream (i32.const 0)))
  (i32.const 0))
