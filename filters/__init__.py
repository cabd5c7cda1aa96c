"""Native filters, one class a file."""
