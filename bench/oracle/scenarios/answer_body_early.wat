;; Answers at the body's first piece, when the request's headers have gone to the origin.
(func $on_request_body (param $id i32) (param $size i32) (param $end i32) (result i32)
  (call $say1 (str "answer") (call $answer (i32.const 422) (str "bad body")))
  (i32.const 1))
