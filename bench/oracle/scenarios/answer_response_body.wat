;; Answers when the response's headers have gone to the client.
(func $on_response_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (call $say1 (str "answer") (call $answer (i32.const 502) (str "too late")))
  (i32.const 0))
