"""The network that functions reach: HTTP to hosts on a list, sub-requests through the proxy's own routes, and pulls."""
