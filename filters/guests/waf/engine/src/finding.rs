//! What is told of a rule that matched.

/// A rule that matched, with where and what first, fit to be shown. One without a condition matches nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    pub rule: usize,
    pub message: Vec<u8>,
    /// `ARGS:id`.
    pub target: Vec<u8>,
    pub matched: Vec<u8>,
}

/// A rule that ends the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interruption {
    pub rule: usize,
    pub phase: u8,
    pub status: u16,
}

/// Members whose values are shown to nobody.
const SECRETS: [&[u8]; 8] =
    [b"passw", b"passphrase", b"pwd", b"secret", b"token", b"authorization", b"cookie", b"api_key"];
const SHOWN_DIGITS: usize = 4;
const LONGEST_NUMBER: usize = 9;

/// Cut what matched to a length and hide what may be a secret: values of members that sound like one, and long numbers.
pub fn masked(target: &[u8], matched: &[u8], most: usize) -> Vec<u8> {
    let name = target.to_ascii_lowercase();
    if SECRETS.iter().any(|secret| name.windows(secret.len()).any(|part| part == *secret)) {
        return format!("[{} bytes]", matched.len()).into_bytes();
    }
    let cut = &matched[..matched.len().min(most)];
    let mut shown: Vec<u8> = Vec::with_capacity(cut.len());
    let mut digits = 0;
    for &byte in cut {
        digits = if byte.is_ascii_digit() { digits + 1 } else { 0 };
        shown.push(byte);
        if digits == LONGEST_NUMBER {
            let from = shown.len() - LONGEST_NUMBER + SHOWN_DIGITS;
            shown[from..].fill(b'*');
        } else if digits > LONGEST_NUMBER {
            shown.pop();
            shown.push(b'*');
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_matched_is_cut() {
        assert_eq!(masked(b"ARGS:id", b"1 or 1=1", 4), b"1 or");
    }

    #[test]
    fn secrets_are_hidden() {
        assert_eq!(masked(b"ARGS:userPassword", b"' or 1", 80), b"[6 bytes]");
        assert_eq!(masked(b"REQUEST_COOKIES:a", b"x", 80), b"[1 bytes]");
        assert_eq!(masked(b"ARGS:a", b"4111111111111111 12345678", 80), b"4111************ 12345678");
    }
}
