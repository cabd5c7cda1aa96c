;; A header that is not there: its status differs between the versions. Asked at the log, whose callback is the same
;; in all of them.
(func $on_log (param $id i32)
  (call $show (str "missing") (call $get (i32.const 0) (str "x-missing")))
  (call $show (str "there") (call $get (i32.const 0) (str "x-there")))
  (call $show (str "empty") (call $get (i32.const 0) (str "x-empty")))
  (call $show (str "missing in response") (call $get (i32.const 2) (str "x-missing"))))
