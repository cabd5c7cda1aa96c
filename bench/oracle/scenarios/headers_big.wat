;; Reads a header of 20,000 bytes, and writes one of 8,000 each way.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $show_size (str "x-big") (call $get (i32.const 0) (str "x-big")))
  (call $set (i32.const 0) (str "x-copy") (call $pointer) (i32.const 8000))
  (i32.const 0))
(func $on_response_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $show_size (str "x-big") (call $get (i32.const 2) (str "x-big")))
  (call $set (i32.const 2) (str "x-copy") (call $pointer) (i32.const 8000))
  (i32.const 0))
