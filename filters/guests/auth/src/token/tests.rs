use super::*;
use crate::signing::{base64url as encoded, token, token_with, SECRET};

const NOW: i64 = 1_700_000_000;
const GOOD: &str = r#"{"sub":"alice","exp":1700000300}"#;

fn tokens() -> Tokens {
    Tokens {
        header: "authorization".into(),
        cookie: None,
        keys: Keys::One(Key::new(SECRET)),
        issuer: None,
        audiences: Vec::new(),
        leeway_s: 60,
        allow_missing_exp: false,
    }
}

fn refusal(claims: &str) -> Option<Refusal> {
    tokens().verify(&token(claims), NOW).err()
}

fn refusal_by_header(header: &str) -> Option<Refusal> {
    tokens().verify(&token_with(header, GOOD, SECRET), NOW).err()
}

#[test]
fn the_example_of_rfc_7515_is_good() {
    let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9\
                 .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
                 .dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let tokens = Tokens { keys: Keys::One(Key::new(&base64url(secret).unwrap())), ..tokens() };
    let claims = tokens.verify(token, 1_300_819_379).unwrap();
    assert_eq!(claims["iss"], Value::Text("joe".into()));
    assert_eq!(claims["http://example.com/is_root"], Value::Bool(true));
    assert_eq!(tokens.verify(token, 1_300_819_440).err(), Some(Refusal::TokenExpired));
}

#[test]
fn any_changed_letter_is_refused() {
    let good = token(GOOD);
    assert!(tokens().verify(&good, NOW).is_ok());
    for at in 0..good.len() {
        for letter in ["A", "b", "_", "."] {
            let mut changed = good.clone();
            changed.replace_range(at..=at, letter);
            assert!(changed == good || tokens().verify(&changed, NOW).is_err(), "{changed}");
        }
    }
}

#[test]
fn any_other_shape_is_malformed() {
    let good = token(GOOD);
    for shape in ["", ".", "..", "a.b", &format!("{good}."), &format!(".{good}"), &format!("{good}="), &good[1..]] {
        assert_eq!(tokens().verify(shape, NOW).err(), Some(Refusal::TokenMalformed), "{shape}");
    }
    let long = token(&format!(r#"{{"exp":1700000300,"a":"{}"}}"#, "a".repeat(MOST_BYTES)));
    assert_eq!(tokens().verify(&long, NOW).err(), Some(Refusal::TokenMalformed));
}

#[test]
fn no_other_algorithm_passes() {
    for alg in [r#""none""#, r#""None""#, r#""hs256""#, r#""HS512""#, r#""RS256""#, "null", r#"["HS256"]"#] {
        let header = format!(r#"{{"alg":{alg}}}"#);
        assert_eq!(refusal_by_header(&header), Some(Refusal::TokenAlgorithm), "{alg}");
    }
    assert_eq!(refusal_by_header("{}"), Some(Refusal::TokenAlgorithm));
    let unsigned = format!("{}.{}.", encoded(br#"{"alg":"none"}"#), encoded(GOOD.as_bytes()));
    assert_eq!(tokens().verify(&unsigned, NOW).err(), Some(Refusal::TokenAlgorithm));
}

#[test]
fn an_algorithm_named_twice_is_malformed() {
    assert_eq!(refusal_by_header(r#"{"alg":"HS256","alg":"none"}"#), Some(Refusal::TokenMalformed));
}

#[test]
fn critical_extensions_are_refused() {
    assert_eq!(refusal_by_header(r#"{"alg":"HS256","crit":["b64"],"b64":false}"#), Some(Refusal::TokenCritical));
    assert_eq!(refusal_by_header(r#"{"alg":"HS256","crit":[]}"#), Some(Refusal::TokenCritical));
}

#[test]
fn another_secret_is_another_signature() {
    let other = token_with(r#"{"alg":"HS256"}"#, GOOD, b"another");
    assert_eq!(tokens().verify(&other, NOW).err(), Some(Refusal::TokenSignature));
    let (signed, _) = other.rsplit_once('.').unwrap();
    assert_eq!(tokens().verify(&format!("{signed}."), NOW).err(), Some(Refusal::TokenSignature));
}

#[test]
fn what_is_signed_must_be_an_object() {
    for claims in ["[]", "1", "", r#"{"exp":1700000300,"exp":1700000300}"#] {
        assert_eq!(refusal(claims), Some(Refusal::TokenMalformed), "{claims}");
    }
}

#[test]
fn keys_are_found_by_kid_alone() {
    let named = [("old", Key::new(b"old")), ("new", Key::new(SECRET))];
    let keys = Keys::Named(named.into_iter().map(|(kid, key)| (kid.to_string(), key)).collect());
    let tokens = Tokens { keys, ..tokens() };
    let by = |header: &str, secret| tokens.verify(&token_with(header, GOOD, secret), NOW).err();
    assert_eq!(by(r#"{"alg":"HS256","kid":"new"}"#, SECRET), None);
    assert_eq!(by(r#"{"alg":"HS256","kid":"old"}"#, b"old"), None);
    assert_eq!(by(r#"{"alg":"HS256","kid":"old"}"#, SECRET), Some(Refusal::TokenSignature));
    assert_eq!(by(r#"{"alg":"HS256","kid":"other"}"#, SECRET), Some(Refusal::TokenKeyUnknown));
    assert_eq!(by(r#"{"alg":"HS256"}"#, SECRET), Some(Refusal::TokenKeyUnknown));
}

#[test]
fn times_are_checked_with_leeway() {
    let expired = Some(Refusal::TokenExpired);
    assert_eq!(refusal(r#"{"exp":1699999941}"#), None);
    assert_eq!(refusal(r#"{"exp":1699999940}"#), expired);
    assert_eq!(refusal(r#"{"exp":1699999940.9}"#), expired);
    assert_eq!(refusal(r#"{"exp":-9223372036854775808}"#), expired);
    assert_eq!(refusal(r#"{"exp":9223372036854775807,"nbf":1700000060,"iat":1700000060}"#), None);
    assert_eq!(refusal(r#"{"exp":1700000300,"nbf":1700000061}"#), Some(Refusal::TokenNotYetValid));
    assert_eq!(refusal(r#"{"exp":1700000300,"iat":1700000061}"#), Some(Refusal::TokenFromTheFuture));
}

#[test]
fn times_that_are_no_numbers_are_malformed() {
    for claims in [r#"{"exp":"1700000300"}"#, r#"{"exp":null}"#, r#"{"exp":1e300}"#, r#"{"exp":1700000300,"nbf":[]}"#] {
        assert_eq!(refusal(claims), Some(Refusal::TokenMalformed), "{claims}");
    }
}

#[test]
fn a_token_without_expiry_passes_only_where_that_is_allowed() {
    assert_eq!(refusal("{}"), Some(Refusal::TokenWithoutExpiry));
    let lax = Tokens { allow_missing_exp: true, ..tokens() };
    assert!(lax.verify(&token("{}"), NOW).is_ok());
    assert_eq!(lax.verify(&token(r#"{"exp":1}"#), NOW).err(), Some(Refusal::TokenExpired));
}

#[test]
fn the_issuer_must_be_the_one_configured() {
    let tokens = Tokens { issuer: Some("joe".into()), ..tokens() };
    let by = |claims: &str| tokens.verify(&token(claims), NOW).err();
    assert_eq!(by(r#"{"exp":1700000300,"iss":"joe"}"#), None);
    assert_eq!(by(r#"{"exp":1700000300,"iss":"joe "}"#), Some(Refusal::TokenIssuer));
    assert_eq!(by(r#"{"exp":1700000300,"iss":["joe"]}"#), Some(Refusal::TokenIssuer));
    assert_eq!(by(GOOD), Some(Refusal::TokenIssuer));
}

#[test]
fn one_audience_must_be_ours() {
    let tokens = Tokens { audiences: vec!["api".into(), "site".into()], ..tokens() };
    let by = |claims: &str| tokens.verify(&token(claims), NOW).err();
    assert_eq!(by(r#"{"exp":1700000300,"aud":"site"}"#), None);
    assert_eq!(by(r#"{"exp":1700000300,"aud":["other","api"]}"#), None);
    for aud in [r#""other""#, "[]", r#"["apis"]"#, "null", "{}"] {
        let claims = format!(r#"{{"exp":1700000300,"aud":{aud}}}"#);
        assert_eq!(by(&claims), Some(Refusal::TokenAudience), "{aud}");
    }
    assert_eq!(by(GOOD), Some(Refusal::TokenAudience));
}

#[test]
fn a_token_for_an_audience_is_refused_where_none_is_configured() {
    assert_eq!(refusal(r#"{"exp":1700000300,"aud":"api"}"#), Some(Refusal::TokenAudience));
}
