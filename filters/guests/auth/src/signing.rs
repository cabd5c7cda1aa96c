//! Making tokens, for tests.

use penstock_sdk::hmac::Key;

pub const SECRET: &[u8] = b"a secret of thirty-two bytes or more";

/// Sign claims with the secret of the tests.
pub fn token(claims: &str) -> String {
    token_with(r#"{"alg":"HS256","typ":"JWT"}"#, claims, SECRET)
}

pub fn token_with(header: &str, claims: &str, secret: &[u8]) -> String {
    let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
    let signature = Key::new(secret).sign(signed.as_bytes());
    format!("{signed}.{}", base64url(&signature))
}

pub fn base64url(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let whole = three.iter().fold(0_u32, |whole, byte| whole << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for letter in 0..=three.len() {
            text.push(LETTERS[(whole >> (18 - 6 * letter)) as usize % 64].into());
        }
    }
    text
}
