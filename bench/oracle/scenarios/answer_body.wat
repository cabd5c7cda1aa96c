;; Answers when the body's end has come, and pauses.
(func $on_request_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (if (local.get $end)
    (then (call $say1 (str "answer") (call $answer (i32.const 422) (str "bad body")))))
  (i32.const 1))
