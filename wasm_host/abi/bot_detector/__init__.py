"""Bot detectors: guests that are shown a user agent and say whose it seems to be."""
