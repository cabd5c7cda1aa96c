//! Whether a message is from whom it says, and of now.

use penstock_sdk::encoding::hex;
use penstock_sdk::hmac::{same, Key};

/// How far a timestamp may be from now. What is kept of an event to know it again lives longer.
const TOLERANCE_S: u64 = 300;

#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    Malformed,
    Untimely,
    Wrong,
}

/// Give the signature in lower case, so that the same one is always the same text.
pub fn verify(secret: &str, timestamp: &str, shown: &str, body: &[u8], now_s: u64) -> Result<String, Refusal> {
    let sent_s: u64 = timestamp.parse().map_err(|_| Refusal::Malformed)?;
    let digits = shown.strip_prefix("sha256=").ok_or(Refusal::Malformed)?;
    let signature = hex(digits).ok_or(Refusal::Malformed)?;
    let signed = [timestamp.as_bytes(), b".", body].concat();
    if !same(&Key::new(secret.as_bytes()).sign(&signed), &signature) {
        return Err(Refusal::Wrong);
    }
    match now_s.abs_diff(sent_s) {
        0..=TOLERANCE_S => Ok(digits.to_ascii_lowercase()),
        _ => Err(Refusal::Untimely),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_700_000_000;

    fn signed(secret: &str, timestamp: &str, body: &[u8]) -> String {
        let signature = Key::new(secret.as_bytes()).sign(&[timestamp.as_bytes(), b".", body].concat());
        format!("sha256={}", signature.iter().map(|byte| format!("{byte:02X}")).collect::<String>())
    }

    #[test]
    fn a_message_of_now_is_taken_and_its_signature_is_always_the_same_text() {
        let shown = signed("secret", "1700000000", b"body");
        let lower = shown[7..].to_lowercase();
        assert_eq!(verify("secret", "1700000000", &shown, b"body", NOW + 300), Ok(lower.clone()));
        assert_eq!(verify("secret", "1700000000", &format!("sha256={lower}"), b"body", NOW - 300), Ok(lower));
    }

    #[test]
    fn another_body_time_or_secret_has_another_signature() {
        let shown = signed("secret", "1700000000", b"body");
        for (secret, timestamp, body) in
            [("secret", "1700000000", "bodY"), ("secret", "1700000001", "body"), ("other", "1700000000", "body")]
        {
            assert_eq!(verify(secret, timestamp, &shown, body.as_bytes(), NOW), Err(Refusal::Wrong));
        }
    }

    #[test]
    fn what_was_signed_long_ago_or_will_be_is_refused() {
        let shown = signed("secret", "1700000000", b"");
        for now in [NOW - 301, NOW + 301, 0, u64::MAX] {
            assert_eq!(verify("secret", "1700000000", &shown, b"", now), Err(Refusal::Untimely));
        }
    }

    #[test]
    fn what_is_no_signature_or_no_time_is_malformed() {
        for (timestamp, shown) in [("", "sha256=00"), ("-1", "sha256=00"), ("1", ""), ("1", "00"), ("1", "sha256=0g")] {
            assert_eq!(verify("secret", timestamp, shown, b"", NOW), Err(Refusal::Malformed), "{timestamp} {shown}");
        }
    }
}
