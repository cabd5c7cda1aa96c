"""From PCRE's patterns, as SecLang has them, to those of Rust's regex."""
