;; Continues and closes streams that are none, and ends what was not deferred.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say1 (str "continue unknown") (call $proxy_continue_stream (i32.const 9)))
  (call $say1 (str "continue downstream") (call $proxy_continue_stream (i32.const 2)))
  (call $say1 (str "close unknown") (call $proxy_close_stream (i32.const 9)))
  (call $say1 (str "done") (call $proxy_done))
  (i32.const 0))
