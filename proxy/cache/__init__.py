"""The HTTP cache: decisions (pure), two tiers that hold responses, and the origin that puts them before an upstream."""
