"""What people write on the playhouse's site, and upload: nothing of it is an attack, some of it looks like one."""

from __future__ import annotations

import json
from pathlib import Path

HERE = Path(__file__).parent
_WORDS = json.loads((HERE / "words.json").read_text())

NAMES: list[tuple[str, str, str]] = [(first, last, email) for first, last, email in _WORDS["names"]]
SEARCHES: list[str] = _WORDS["searches"]
COMMENTS: list[str] = _WORDS["comments"]
ARTICLES: list[tuple[str, str]] = [(title, html) for title, html in _WORDS["articles"]]
PASSWORDS: list[str] = _WORDS["passwords"]
FILES = [
    ("programme (final).pdf", b"%PDF-1.7\n1 0 obj << /Type /Catalog >> endobj\n", "Programme, 2nd draft"),
    ("O'Brien – CV.pdf", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "My CV; see page 2"),
    ("seats.csv", b"id;row;price\n1;A;24.50\n2;B;18.00\n", "Seats & prices"),
    ("photos 2026-11-07.zip", b"PK\x03\x04\x14\x00\x00\x00\x08\x00", "All photos"),
    ("IMG_0001.JPG", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "The 'old' stage"),
    ("v1.2.tar.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "Scripts of all plays"),
    ("Übersicht [neu], Stand 3.xlsx", b"PK\x03\x04\x14\x00\x06\x00", "Zahlen"),
    ("script.v2.docx", b"PK\x03\x04\x14\x00\x06\x00", "The script"),
    ("readme.md", b"# Read me\n\nRun `make` and select a seat from the plan.\n", "Notes"),
    ("logo.svg.png", b"\x89PNG\r\n\x1a\n", "Logo"),
]
