"""A small origin server to try Penstock with, and the quick start in front of it."""
