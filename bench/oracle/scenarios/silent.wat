;; Does nothing: its trace is all there is.
