;; Answers with a status alone.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say1 (str "answer") (call $answer (i32.const 204) (str "")))
  (i32.const 1))
