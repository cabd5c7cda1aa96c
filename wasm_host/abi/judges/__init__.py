"""Guests that are asked one question about a request, and answer it: WAF modules and bot detectors."""
