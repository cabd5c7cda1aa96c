;; Edits headers while the body passes, when they have gone on.
(func $on_request_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (call $say1 (str "add") (call $proxy_add_header_map_value (i32.const 0) (str "x-late") (str "1")))
  (call $show (str "x-late") (call $get (i32.const 0) (str "x-late")))
  (i32.const 0))
(func $on_response_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (call $say1 (str "add") (call $proxy_add_header_map_value (i32.const 2) (str "x-late") (str "1")))
  (i32.const 0))
