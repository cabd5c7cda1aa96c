;; A reactor: _initialize, then main, and only then the plugin.
(func (export "_initialize") (call $say (str "_initialize")))
(func (export "_start") (call $say (str "_start")))
(func (export "main") (param i32 i32) (result i32) (call $say (str "main")) (i32.const 0))
