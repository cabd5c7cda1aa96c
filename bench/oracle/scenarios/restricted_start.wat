;; Asks the host for more than it may while it is initialised.
(func (export "_initialize")
  (call $say (str "_initialize"))
  (call $say1 (str "property") (call $property (str "plugin_name"))))
