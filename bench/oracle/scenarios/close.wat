;; Closes the stream from the request's headers.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say1 (str "close") (call $proxy_close_stream (i32.const 0)))
  (i32.const 1))
