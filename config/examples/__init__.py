"""Example configurations, installed with the package."""
