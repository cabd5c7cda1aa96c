;; Traps while it is configured.
(func $on_configure (param $id i32) (param $size i32) (result i32) (unreachable))
