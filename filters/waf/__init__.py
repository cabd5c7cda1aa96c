"""The WAF's compiler: from rules in SecLang to the blob that its guest (filters/guests/waf) judges by."""
