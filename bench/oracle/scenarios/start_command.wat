;; A command: _start alone.
(func (export "_start") (call $say (str "_start")))
