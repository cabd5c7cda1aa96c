use super::*;

const SHA256: &str = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb";

fn fault(configuration: &str) -> String {
    read(configuration.as_bytes()).err().expect(configuration)
}

fn with_keys(keys: &str) -> String {
    format!(r#"{{"api_keys": {{"keys": [{keys}]}}}}"#)
}

fn with_jwt(more: &str) -> String {
    format!(r#"{{"jwt": {{"secret": "{}"{more}}}}}"#, "s".repeat(32))
}

#[test]
fn little_is_enough() {
    let policy = read(with_jwt("").as_bytes()).unwrap();
    let tokens = policy.tokens.unwrap();
    assert_eq!((tokens.header.as_str(), tokens.leeway_s, tokens.allow_missing_exp), ("authorization", 60, false));
    assert_eq!(policy.identity, usual_identity());
    assert!(!policy.forward_credentials);
    let policy = read(with_keys(&format!(r#"{{"sha256": "{SHA256}", "id": "a"}}"#)).as_bytes()).unwrap();
    assert_eq!(policy.api_keys.unwrap().header, "x-api-key");
}

#[test]
fn everything_can_be_said() {
    let policy = read(
        br#"{
            "jwt": {
                "secrets": {"a": {"base64url": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0i"}},
                "header": "X-Token", "cookie": "session", "issuer": "joe", "audience": ["a", "b"],
                "leeway_s": 0, "allow_missing_exp": true
            },
            "require": {"groups": ["a", 1, true], "scope": "read"},
            "identity_headers": {"X-Subject": "sub"},
            "realm": "a realm",
            "forward_credentials": true
        }"#,
    )
    .unwrap();
    assert_eq!(policy.tokens.unwrap().header, "x-token");
    assert_eq!(policy.identity, [("x-subject".to_string(), "sub".to_string())]);
    assert_eq!(policy.require.len(), 2);
}

#[test]
fn faults_name_the_key_and_the_remedy() {
    let short = r#"{"jwt": {"secret": "short"}}"#;
    let cases = [
        (String::new(), "there is no configuration: write a JSON object"),
        ("{}".into(), "nobody could pass: configure api_keys, jwt, or both"),
        (
            r#"{"jwts": {}}"#.into(),
            "jwts is not known here; known are api_keys, jwt, require, identity_headers, realm, forward_credentials",
        ),
        (r#"{"jwt": {}}"#.into(), "jwt.secret is missing; or write secrets, with one for each kid"),
        (short.into(), "jwt.secret is shorter than 32 bytes (RFC 7518 §3.2): openssl rand -base64 48"),
        (
            r#"{"jwt": {"secrets": {"a": 1}}}"#.into(),
            "jwt.secrets.a must be a text, or {\"base64url\": \"…\"} without padding",
        ),
        (r#"{"jwt": {"secrets": {}}}"#.into(), "jwt.secrets must hold at least one, under its kid"),
        (with_jwt(r#", "secrets": {}"#), "jwt.secret and secrets exclude each other: keep one of them"),
        (with_jwt(r#", "leeway_s": -1"#), "jwt.leeway_s must be a whole number from 0 to 86400"),
        (with_jwt(r#", "audience": []"#), "jwt.audience must be a text or a list of texts"),
        (with_keys(""), "api_keys.keys must be a list of objects that is not empty"),
        (with_keys(r#"{"id": "a"}"#), "api_keys.keys[0].sha256 is missing"),
        (
            with_keys(r#"{"id": "a", "sha256": "00"}"#),
            "api_keys.keys[0].sha256 must be 64 hexadecimal digits: printf %s \"$KEY\" | sha256sum",
        ),
        (with_keys(&format!(r#"{{"sha256": "{SHA256}"}}"#)), "api_keys.keys[0].id is missing"),
        (
            with_keys(&format!(r#"{{"sha256": "{SHA256}", "id": "a\n"}}"#)),
            "api_keys.keys[0].id must fit into a header field",
        ),
        (
            with_keys(&format!(r#"{{"sha256": "{SHA256}", "id": "a", "groups": "a,b"}}"#)),
            "api_keys.keys[0].groups must be words without commas",
        ),
    ];
    for (configuration, wanted) in cases {
        assert_eq!(fault(&configuration), wanted);
    }
}

#[test]
fn secrets_are_not_shown_in_faults() {
    assert!(!fault(r#"{"jwt": {"secret": "hush"}}"#).contains("hush"));
    assert!(!fault(r#"{"jwt": {"secrets": {"a": ["hush"]}}}"#).contains("hush"));
}

#[test]
fn the_same_key_cannot_be_two_persons() {
    let keys = format!(r#"{{"sha256": "{SHA256}", "id": "a"}}, {{"sha256": "{}", "id": "b"}}"#, SHA256.to_uppercase());
    assert_eq!(fault(&with_keys(&keys)), "api_keys.keys[1].sha256 is the hash of a key that is already there");
}

#[test]
fn rules_want_values_that_can_be_compared() {
    for value in ["null", "[]", "{}", r#"["a", null]"#] {
        let configuration = with_jwt("").replacen('{', &format!(r#"{{"require": {{"groups": {value}}}, "#), 1);
        let wanted = "require.groups must be a text, a number, true or false, or a list of them";
        assert_eq!(fault(&configuration), wanted);
    }
}

#[test]
fn fields_that_prove_and_fields_that_tell_are_apart() {
    let with = |more: &str| with_jwt("").replacen('{', &format!("{{{more}, "), 1);
    assert_eq!(
        fault(&with(r#""identity_headers": {"Authorization": "sub"}"#)),
        "identity_headers must not name authorization, which is for credentials"
    );
    assert_eq!(
        fault(&with(r#""identity_headers": {"a b": "sub"}"#)),
        "identity_headers.a b is no name of a header field"
    );
    let keys = format!(r#""api_keys": {{"header": "authorization", "keys": [{{"sha256": "{SHA256}", "id": "a"}}]}}"#);
    assert_eq!(fault(&with(&keys)), "jwt.header and api_keys.header must be different fields");
}

#[test]
fn a_realm_cannot_leave_its_quotes() {
    for realm in [r#"a\"b"#, r"a\\b", r"a\nb", "é"] {
        let configuration = with_jwt("").replacen('{', &format!(r#"{{"realm": "{realm}", "#), 1);
        assert_eq!(fault(&configuration), "realm must be plain ASCII without quotes and backslashes");
    }
}
