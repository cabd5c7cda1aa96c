"""The WebAssembly host: guests become filters that a chain cannot tell from native ones (not built yet)."""
