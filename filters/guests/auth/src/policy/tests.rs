use super::*;
use crate::configuration;
use crate::signing::token;
use penstock_sdk::pairs::encode;

const NOW: i64 = 1_700_000_000;

/// The keys are "open sesame" and "another".
const CONFIGURATION: &str = r#"{
    "api_keys": {
        "query": "key",
        "keys": [
            {"sha256": "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb",
             "id": "ali", "groups": ["users", "admins"]},
            {"sha256": "a9bdf41ede19dedb9fd48e0b3c1f2ff9f2e9f7eb9b0bd7a3c1c8a2a6b1b3a0f5", "id": "bob"}
        ]
    },
    "jwt": {"secret": "a secret of thirty-two bytes or more", "cookie": "session"}
}"#;

fn policy() -> Policy {
    configuration::read(CONFIGURATION.as_bytes()).unwrap()
}

fn judged(policy: &Policy, headers: &[(&str, &str)]) -> Result<Vec<Edit>, Refusal> {
    policy.judge(&Pairs::parse(encode(headers)).unwrap(), || Some(NOW))
}

fn removed(name: &str) -> Edit {
    Edit::Remove(name.into())
}

fn added(name: &str, value: &str) -> Edit {
    Edit::Add(name.into(), value.into())
}

fn bearer(claims: &str) -> String {
    format!("Bearer {}", token(claims))
}

#[test]
fn a_key_makes_its_holder_known_and_goes_no_further() {
    let edits = judged(&policy(), &[("x-api-key", "open sesame")]);
    let known = [removed("x-api-key"), added("x-user-id", "ali"), added("x-user-groups", "users,admins")];
    assert_eq!(edits.unwrap(), known);
}

#[test]
fn a_key_may_stand_in_the_query() {
    let edits = judged(&policy(), &[(":path", "/a?key=open+sesame&b=c")]).unwrap();
    assert_eq!(edits[0], Edit::Path("/a?b=c".into()));
}

#[test]
fn a_token_makes_its_subject_known() {
    let bearer = bearer(r#"{"sub":"eve","groups":["users"],"exp":1700000300}"#);
    let edits = judged(&policy(), &[("authorization", &bearer)]).unwrap();
    assert_eq!(edits, [removed("authorization"), added("x-user-id", "eve"), added("x-user-groups", "users")]);
}

#[test]
fn a_token_may_stand_in_a_cookie() {
    let cookie = format!("a=1; session={}", token(r#"{"sub":"eve","exp":1700000300}"#));
    let edits = judged(&policy(), &[("cookie", &cookie), ("authorization", "Basic YTpi")]).unwrap();
    assert_eq!(edits, [removed("cookie"), added("cookie", "a=1"), added("x-user-id", "eve")]);
}

#[test]
fn what_a_client_says_of_itself_is_removed_however_it_is_spelled() {
    let forged = [("x-user-id", "root"), ("x_user_id", "root"), ("x-user_groups", "admins")];
    let edits = judged(&policy(), &[&[("x-api-key", "open sesame")], &forged[..]].concat()).unwrap();
    assert_eq!(edits[..3], [removed("x-user-id"), removed("x-user_groups"), removed("x_user_id")]);
    assert_eq!(edits[4..], [added("x-user-id", "ali"), added("x-user-groups", "users,admins")]);
}

#[test]
fn all_credentials_go_no_further_or_all_do() {
    let headers = [("x-api-key", "open sesame"), ("authorization", "Bearer unread"), ("cookie", "session=unread")];
    let gone = [removed("x-api-key"), removed("authorization"), removed("cookie")];
    assert_eq!(judged(&policy(), &headers).unwrap()[..3], gone);
    let open = Policy { forward_credentials: true, ..policy() };
    assert_eq!(judged(&open, &headers).unwrap().len(), 2);
}

#[test]
fn a_wrong_key_is_not_made_good_by_a_right_token() {
    let bearer = bearer(r#"{"sub":"eve","exp":1700000300}"#);
    let refusal = judged(&policy(), &[("x-api-key", "Open sesame"), ("authorization", &bearer)]);
    assert_eq!(refusal, Err(Refusal::ApiKeyUnknown));
}

#[test]
fn nothing_is_not_enough() {
    for headers in [&[][..], &[("authorization", "Basic YTpi")], &[("cookie", "sessions=1")], &[(":path", "/?keys=1")]]
    {
        assert_eq!(judged(&policy(), headers), Err(Refusal::CredentialsMissing));
    }
    assert_eq!(judged(&policy(), &[("authorization", "Bearer")]), Err(Refusal::TokenMalformed));
    assert_eq!(judged(&policy(), &[("x-api-key", "")]), Err(Refusal::ApiKeyUnknown));
}

#[test]
fn rules_hold_for_keys_and_tokens_alike() {
    let with_rules = CONFIGURATION.replacen('{', r#"{"require": {"groups": ["admins", "staff"]}, "#, 1);
    let policy = configuration::read(with_rules.as_bytes()).unwrap();
    let staff = bearer(r#"{"sub":"eve","groups":"staff","exp":1700000300}"#);
    let guest = bearer(r#"{"sub":"eve","exp":1700000300}"#);
    assert!(judged(&policy, &[("x-api-key", "open sesame")]).is_ok());
    assert!(judged(&policy, &[("authorization", &staff)]).is_ok());
    assert_eq!(judged(&policy, &[("authorization", &guest)]), Err(Refusal::ClaimsRule));
}

#[test]
fn a_claim_that_would_break_a_field_is_refused() {
    let bearer = bearer(r#"{"sub":"eve\r\nx-user-groups: admins","exp":1700000300}"#);
    assert_eq!(judged(&policy(), &[("authorization", &bearer)]), Err(Refusal::ClaimUnfit));
}

#[test]
fn without_a_clock_no_token_is_good() {
    let headers = Pairs::parse(encode(&[("authorization", "Bearer a.b.c")])).unwrap();
    assert_eq!(policy().judge(&headers, || None), Err(Refusal::HostFailed));
}

#[test]
fn challenges_name_every_way_and_what_was_wrong_with_the_token() {
    assert_eq!(
        policy().challenges(&Refusal::TokenExpired.facts()),
        [
            r#"Bearer realm="restricted", error="invalid_token", error_description="the token has expired""#,
            r#"ApiKey realm="restricted""#,
        ]
    );
    let keys_only = Policy { tokens: None, ..policy() };
    assert_eq!(keys_only.challenges(&Refusal::ApiKeyUnknown.facts()), [r#"ApiKey realm="restricted""#]);
}
