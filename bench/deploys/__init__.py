"""Deploys and rollbacks of a function under load: nothing fails, and nothing answers that was replaced before."""
