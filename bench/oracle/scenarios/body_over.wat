;; Holds the request's body, whatever its size.
(func $on_request_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (i32.eqz (local.get $end)))
