"""Clients that account for every request while things befall the proxy that they ask."""
