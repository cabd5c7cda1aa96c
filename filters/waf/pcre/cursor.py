"""A place in a pattern's text, of which each character stands for a byte."""

from __future__ import annotations

import re


class Cursor:
    """Reads a text from left to right. At the end, `peek` and `take` give an empty string."""

    __slots__ = ("at", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        """Return the next character."""
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        """Return the next character and pass it."""
        character = self.text[self.at : self.at + 1]
        self.at += 1
        return character

    def accept(self, prefix: str) -> bool:
        """Pass the prefix if it is next; say whether."""
        if not self.text.startswith(prefix, self.at):
            return False
        self.at += len(prefix)
        return True

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Pass what the pattern matches here, and return it."""
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
        return found

    def until(self, end: str) -> str | None:
        """Return the text before `end` and pass both; None, and nothing passed, where it does not come."""
        found = self.text.find(end, self.at)
        if found < 0:
            return None
        before = self.text[self.at : found]
        self.at = found + len(end)
        return before
