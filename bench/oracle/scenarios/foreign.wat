;; A foreign function that no host has.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $forget)
  (call $show (str "foreign") (call $proxy_call_foreign_function
    (str "no_such_function") (str "x") (i32.const 8) (i32.const 12)))
  (i32.const 0))
