;; Traps at the response's headers.
(func $on_response_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (unreachable))
