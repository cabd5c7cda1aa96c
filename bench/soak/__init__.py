"""The long runs: everything on for half an hour, and everything that may befall a proxy under load."""
