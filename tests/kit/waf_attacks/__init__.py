"""Attacks of our own collection: `payloads/` has one a line for each class, `messages.jsonl` whole messages."""
