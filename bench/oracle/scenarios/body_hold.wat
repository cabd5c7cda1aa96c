;; Holds the request's body until it is whole, and says what it can see of it at each piece.
(func $on_request_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (call $show (str "body") (call $buffer (i32.const 0) (i32.const 0) (local.get $size)))
  (i32.eqz (local.get $end)))
