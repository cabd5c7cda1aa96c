"""Named groups of origin servers: pools, balancing, retries."""
