;; Ticks three times, then no more.
(global $ticks (mut i32) (i32.const 0))
(func $on_configure (param $id i32) (param $size i32) (result i32)
  (call $say1 (str "period") (call $proxy_set_tick_period_milliseconds (i32.const 50)))
  (i32.const 1))
(func $on_tick (param $id i32)
  (global.set $ticks (i32.add (global.get $ticks) (i32.const 1)))
  (if (i32.eq (global.get $ticks) (i32.const 3))
    (then (call $say1 (str "off") (call $proxy_set_tick_period_milliseconds (i32.const 0))))))
