;; Answers twice: the first counts.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say1 (str "first") (call $answer (i32.const 401) (str "first")))
  (call $say1 (str "second") (call $answer (i32.const 402) (str "second")))
  (i32.const 1))
