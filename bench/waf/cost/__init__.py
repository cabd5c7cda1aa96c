"""What the WAF costs, in CPU time per request, beside nginx with ModSecurity 3 and the same rules."""
