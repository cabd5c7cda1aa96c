;; Holds the response's body and replaces the whole of it.
(func $on_response_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $remove (i32.const 2) (str "content-length"))
  (i32.const 0))
(func $on_response_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (call $show (str "body") (call $buffer (i32.const 1) (i32.const 0) (local.get $size)))
  (if (i32.eqz (local.get $end)) (then (return (i32.const 1))))
  (call $say1 (str "set") (call $proxy_set_buffer_bytes
    (i32.const 1) (i32.const 0) (local.get $size) (str "{\22rewritten\22: true}")))
  (call $show (str "request body") (call $buffer (i32.const 0) (i32.const 0) (i32.const 100)))
  (i32.const 0))
