;; Refuses its configuration.
(func $on_configure (param $id i32) (param $size i32) (result i32) (i32.const 0))
