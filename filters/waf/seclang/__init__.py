"""The reader of SecLang, ModSecurity's language: from files to the statements of filters/waf/rule.py."""
