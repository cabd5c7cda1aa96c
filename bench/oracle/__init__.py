"""The same guests, configuration and traffic through Envoy and through Penstock: `python -m bench.oracle`."""
