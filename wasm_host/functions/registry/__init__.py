"""The registry of deployed functions: modules by their hash on disk, what is known of them in SQLite."""
