;; Holds the response's body, whatever its size.
(func $on_response_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (i32.eqz (local.get $end)))
