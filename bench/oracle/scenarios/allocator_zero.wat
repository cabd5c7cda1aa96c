;; Has no memory to give.
(func $allocate (param $size i32) (result i32) (i32.const 0))
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say1 (str "get") (call $get (i32.const 0) (str ":path")))
  (call $say1 (str "get empty") (call $get (i32.const 0) (str "x-empty")))
  (i32.const 0))
