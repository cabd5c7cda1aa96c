;; Pauses for a call to the upstream that x-upstream names, with 300 ms to answer, and resumes whatever comes of it.
(global $stream (mut i32) (i32.const 0))
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (global.set $stream (local.get $id))
  (drop (call $get (i32.const 0) (str "x-upstream")))
  (call $show_number (str "call") (call $http_call (call $pointer) (call $size)
    (pairs ":method" "GET" ":path" "/slow" ":authority" "c") (i32.const 300)))
  (i32.const 1))
(func $on_http_call_response (param $id i32) (param $call i32) (param $count i32) (param $size i32) (param i32)
  (local $status i32)
  (if (local.get $count)
    (then
      (call $say_names (str "answer") (i32.const 6))
      (call $show (str ":status") (call $get (i32.const 6) (str ":status"))))
    (else
      (call $show (str ":status") (call $get (i32.const 6) (str ":status")))
      (call $show (str "body") (call $buffer (i32.const 4) (i32.const 0) (i32.const 100)))))
  (drop (call $proxy_set_effective_context (global.get $stream)))
  (drop (call $proxy_continue_stream (i32.const 0))))
