"""The benchmark: Penstock beside nginx, HAProxy and Envoy on the same work. Run `python -m bench`."""
