"""A playhouse's web site, made for the WAF's tests: pages with forms, an API, uploads, rich text, and what people type.

`recorded/` holds what a browser and other clients sent to it; `python -m kit.waf_site.record` (from `tests/`)
records again.
"""
