"""What functions store: their cache, key-value pairs, rate limits and counters, each function in its own name space."""
