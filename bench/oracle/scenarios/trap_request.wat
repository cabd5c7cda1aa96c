;; Traps at the request's headers, if one of them says so.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (if (i32.eqz (call $get (i32.const 0) (str "x-trap"))) (then (unreachable)))
  (i32.const 0))
