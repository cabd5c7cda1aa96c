"""WAF modules: guests that are shown a request as JSON and say which of their rules match, and if it is blocked."""
