"""The functions that guests import, by theme."""
