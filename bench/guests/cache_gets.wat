;; Does what the last letter of the URI says: `s` stores 500 values; `n`, near, gets one of them 1,000 times, and answers
;; with the µs of all, a u32; `f`, far, gets each once, and answers with the µs of each.
(module
  (import "env" "cache_get" (func $get (param i32 i32) (result i32)))
  (import "env" "cache_set" (func $set (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "response_set_body" (func $answer (param i32 i32) (result i32)))
  (import "env" "request_get_uri" (func $uri (result i32)))
  (import "env" "get_shared_buffer" (func $take (param i32 i32 i32) (result i32)))
  (import "penstock" "monotonic_us" (func $now (result i64)))

  (memory (export "memory") 2)
  (data (i32.const 64) "key-0000")
  (data (i32.const 128) "a value of some thirty-two bytes")

  ;; Writes a number's four digits behind "key-".
  (func $name (param $number i32) (local $at i32)
    (local.set $at (i32.const 72))
    (loop $digit
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (i32.store8 (local.get $at) (i32.add (i32.const 48) (i32.rem_u (local.get $number) (i32.const 10))))
      (local.set $number (i32.div_u (local.get $number) (i32.const 10)))
      (br_if $digit (i32.gt_u (local.get $at) (i32.const 68)))))

  (func $get_32 (if (i32.ne (call $get (i32.const 64) (i32.const 8)) (i32.const 32)) (then unreachable)))

  (func $store (result i32) (local $number i32)
    (loop $next
      (call $name (local.get $number))
      (if (call $set (i32.const 64) (i32.const 8) (i32.const 128) (i32.const 32) (i32.const 600)) (then unreachable))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $number) (i32.const 500))))
    (call $answer (i32.const 4096) (i32.const 0)))

  (func $near (result i32) (local $number i32) (local $since i64)
    (call $get_32)
    (local.set $since (call $now))
    (loop $next
      (call $get_32)
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $number) (i32.const 1000))))
    (i32.store (i32.const 4096) (i32.wrap_i64 (i64.sub (call $now) (local.get $since))))
    (call $answer (i32.const 4096) (i32.const 4)))

  (func $far (result i32) (local $number i32) (local $since i64)
    (loop $next
      (call $name (local.get $number))
      (local.set $since (call $now))
      (call $get_32)
      (i32.store
        (i32.add (i32.const 4096) (i32.mul (i32.const 4) (local.get $number)))
        (i32.wrap_i64 (i64.sub (call $now) (local.get $since))))
      (local.set $number (i32.add (local.get $number) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $number) (i32.const 500))))
    (call $answer (i32.const 4096) (i32.const 2000)))

  (func (export "main") (result i32) (local $letter i32)
    (drop (call $take (i32.const 0) (i32.sub (call $uri) (i32.const 1)) (i32.const 1)))
    (local.set $letter (i32.load8_u (i32.const 0)))
    (if (i32.eq (local.get $letter) (i32.const 115)) (then (return (call $store))))
    (if (i32.eq (local.get $letter) (i32.const 110)) (then (return (call $near))))
    (if (i32.eq (local.get $letter) (i32.const 102)) (then (return (call $far))))
    (i32.const 1)))
