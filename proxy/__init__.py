"""The core: HTTP on both sides, routes, chains, upstreams and the life of an exchange."""
