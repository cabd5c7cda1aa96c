;; Says the names of the headers that it is shown.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say_names (str "request") (i32.const 0))
  (i32.const 0))
(func $on_response_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say_names (str "response") (i32.const 2))
  (i32.const 0))
