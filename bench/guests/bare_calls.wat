;; A callback and a host function that do nothing: what a call costs each way.
(module
  (import "env" "nothing" (func $nothing (param i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)

  (func (export "callback") (param i32 i32 i32) (result i32) (i32.const 0))

  (func (export "call_out") (param $times i32) (result i32)
    (loop $again
      (drop (call $nothing (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5)))
      (local.set $times (i32.sub (local.get $times) (i32.const 1)))
      (br_if $again (local.get $times)))
    (i32.const 0)))
