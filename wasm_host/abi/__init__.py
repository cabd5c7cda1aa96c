"""The contracts between guests and this host."""
