;; Marks each piece of the response as it passes.
(func $on_response_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $remove (i32.const 2) (str "content-length"))
  (i32.const 0))
(func $on_response_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (call $say1 (str "set") (call $proxy_set_buffer_bytes (i32.const 1) (i32.const 0) (i32.const 0) (str "<")))
  (i32.const 0))
