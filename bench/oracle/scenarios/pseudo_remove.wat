;; Removes the pseudo header that x-which names.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (drop (call $get (i32.const 0) (str "x-which")))
  (call $say1 (str "remove") (call $proxy_remove_header_map_value (i32.const 0) (call $pointer) (call $size)))
  (i32.const 0))
