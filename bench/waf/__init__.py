"""What judges the WAF from outside: CRS's own regression tests, other corpora, and what it costs (bench.waf.cost)."""
