;; Edits each piece as it passes, without holding any.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $remove (i32.const 0) (str "content-length"))
  (i32.const 0))
(func $on_request_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (call $say1 (str "set") (call $proxy_set_buffer_bytes (i32.const 0) (i32.const 0) (i32.const 0) (str "<")))
  (if (local.get $end)
    (then (call $say1 (str "set") (call $proxy_set_buffer_bytes
      (i32.const 0) (i32.const 99) (i32.const 0) (str "|end")))))
  (i32.const 0))
