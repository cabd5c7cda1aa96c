;; Imports what no version has.
(import "env" "proxy_no_such_thing" (func $no_such_thing (result i32)))
(func $on_request_headers (param $id i32) (param $count i32) (param $end i32) (result i32) (call $no_such_thing))
