;; Hands the host pointers and lengths outside of its two pages of memory, of which 131071 is the last byte.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (call $say1 (str "log") (call $proxy_log (i32.const 2) (i32.const 131070) (i32.const 10)))
  (call $say1 (str "log wrapping") (call $proxy_log (i32.const 2) (i32.const -2) (i32.const 10)))
  (call $say1 (str "get, key outside") (call $get (i32.const 0) (i32.const 131070) (i32.const 10)))
  (call $say1 (str "get, answer outside") (call $proxy_get_header_map_value
    (i32.const 0) (str ":path") (i32.const -4) (i32.const 12)))
  (call $say1 (str "replace") (call $proxy_replace_header_map_value
    (i32.const 0) (str "x-a") (i32.const 131071) (i32.const 2)))
  (call $say1 (str "set pairs") (call $proxy_set_header_map_pairs (i32.const 0) (i32.const 131071) (i32.const 2)))
  (call $say1 (str "set body") (call $proxy_set_buffer_bytes
    (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 2)))
  (call $say1 (str "property") (call $property (i32.const 131071) (i32.const 2)))
  (call $say1 (str "answer") (call $answer (i32.const 200) (i32.const 131071) (i32.const 2)))
  (call $say1 (str "call") (call $ask (i32.const 131071) (i32.const 2)))
  (call $say1 (str "log level") (call $proxy_get_log_level (i32.const 131070)))
  (call $say1 (str "share") (call $proxy_set_shared_data (str "k") (i32.const 131071) (i32.const 2) (i32.const 0)))
  (i32.const 0))
