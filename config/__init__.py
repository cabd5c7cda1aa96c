"""The composition root: reads the YAML, reports its faults, builds the runtime from it."""
