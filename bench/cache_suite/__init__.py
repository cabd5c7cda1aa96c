"""The public suite http-tests/cache-tests, run in front of its own origin, behind Penstock and other caches."""
