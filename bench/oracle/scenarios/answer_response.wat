;; Answers in place of the origin's answer.
(func $on_response_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $show (str ":status") (call $get (i32.const 2) (str ":status")))
  (call $say1 (str "answer") (call $proxy_send_local_response (i32.const 502)
    (str "") (str "not that") (pairs "x-why" "replaced") (i32.const -1)))
  (i32.const 0))
