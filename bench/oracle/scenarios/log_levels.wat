;; Logs at each level, and at one that is none; asks which level is on.
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32)
  (local $level i32)
  (i32.store (i32.const 16) (i32.const 77))
  (call $show_number (str "level") (call $proxy_get_log_level (i32.const 16)))
  (loop $next
    (call $begin (str "line"))
    (call $put_number (local.get $level))
    (call $log (local.get $level))
    (local.set $level (i32.add (local.get $level) (i32.const 1)))
    (br_if $next (i32.lt_u (local.get $level) (i32.const 6))))
  (call $say1 (str "unknown level") (call $proxy_log (i32.const 6) (str "@@ never")))
  (i32.const 0))
