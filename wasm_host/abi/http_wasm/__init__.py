"""The http-wasm HTTP handler ABI, which has no versions (http-wasm.io, "HTTP Handler ABI")."""
