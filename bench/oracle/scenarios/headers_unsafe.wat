;; Writes values that would split the head in two if they were sent as they are.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say1 (str "request") (call $proxy_add_header_map_value (i32.const 0) (str "x-a") (str "1\0d\0ax-injected: 1")))
  (i32.const 0))
