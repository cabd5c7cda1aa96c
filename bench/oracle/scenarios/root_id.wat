;; Says which root it is.
(func $on_configure (param $id i32) (param $size i32) (result i32)
  (call $show_property (str "plugin_root_id"))
  (i32.const 1))
