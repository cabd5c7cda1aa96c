use super::*;
use crate::configuration::read;
use penstock_sdk::pairs::encode;

const ID: &str = "00112233445566778899aabbccddeeff";
const BYTES: [u8; 16] =
    [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];

/// An experiment with many variants, so that two users rarely see the same.
fn routing(more: &str) -> Routing {
    let variants: Vec<_> = (0..1000).map(|name| format!(r#"{{"name": "v{name}", "weight": 1}}"#)).collect();
    let unseen = r#"{"name": "unseen", "weight": 0}"#;
    let text = format!(r#"{{"experiment": "e", "variants": [{unseen}, {}]{more}}}"#, variants.join(", "));
    read(text.as_bytes()).unwrap()
}

fn assigned(routing: &Routing, headers: &[(&str, &str)]) -> (String, Option<String>) {
    let headers = Pairs::parse(encode(headers)).unwrap();
    let host = Host { address: &|| Some(b"192.0.2.1:1234".to_vec()), random: &|| Some(BYTES) };
    let assignment = routing.assign(&headers, &host);
    (assignment.variant.name.clone(), assignment.set_cookie)
}

fn variant(user: &str) -> (String, Option<String>) {
    (routing("").experiment.choose(user.as_bytes()).name.clone(), None)
}

#[test]
fn sources_are_tried_in_order() {
    let routing = routing(r#", "user": [{"header": "x-user-id"}, {"cookie": "uid"}, "address"]"#);
    let (header, cookie) = (("x-user-id", "alice"), ("cookie", "uid=bob"));
    assert_eq!(assigned(&routing, &[header, cookie]), variant("alice"));
    assert_eq!(assigned(&routing, &[cookie]), variant("bob"));
    assert_eq!(assigned(&routing, &[("x-user-id", ""), ("cookie", "uid=")]), variant("192.0.2.1"));
}

#[test]
fn newcomers_get_a_key_and_keep_it() {
    let routing = routing("");
    let (first, set_cookie) = assigned(&routing, &[(":scheme", "http")]);
    let wanted = format!("ab_user={ID}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax");
    assert_eq!(set_cookie, Some(wanted));
    assert_eq!(assigned(&routing, &[("cookie", &format!("ab_user={ID}"))]), (first, None));
}

#[test]
fn a_key_that_cannot_be_ours_is_replaced() {
    for cookie in ["ab_user=me", "ab_user=", &format!("ab_user={ID}0"), &format!("ab_user={}", ID.to_uppercase())] {
        assert!(assigned(&routing(""), &[("cookie", cookie)]).1.is_some(), "{cookie}");
    }
}

#[test]
fn a_cookie_is_secure_where_the_request_is_or_as_configured() {
    let is_secure =
        |more: &str, scheme| assigned(&routing(more), &[(":scheme", scheme)]).1.unwrap().ends_with("; Secure");
    assert!(is_secure("", "https"));
    assert!(!is_secure("", "http"));
    assert!(is_secure(r#", "cookie": {"secure": true}"#, "http"));
    assert!(!is_secure(r#", "cookie": {"secure": false}"#, "https"));
}

#[test]
fn a_host_without_chance_sets_no_cookie() {
    let routing = routing("");
    let host = Host { address: &|| None, random: &|| None };
    let assignment = routing.assign(&Pairs::default(), &host);
    assert_eq!((assignment.variant.name.clone(), assignment.set_cookie), variant(""));
}

#[test]
fn variants_are_forced_only_where_that_is_configured() {
    let force = routing(r#", "force": {"header": "x-force", "cookie": "force"}, "user": "address""#);
    let (header, cookie) = (("x-force", "unseen"), ("cookie", "force=v7"));
    assert_eq!(assigned(&force, &[header, cookie]), ("unseen".into(), None));
    assert_eq!(assigned(&force, &[cookie]), ("v7".into(), None));
    assert_eq!(assigned(&force, &[("x-force", "other")]), variant("192.0.2.1"));
    assert_eq!(assigned(&routing(r#", "user": "address""#), &[header, cookie]), variant("192.0.2.1"));
}

#[test]
fn fields_of_the_filter_are_forged_however_they_are_spelled() {
    let routing = routing("");
    let headers = Pairs::parse(encode(&[("x_variant", "v1"), ("x-variant", "v2"), ("x-variants", "v3")])).unwrap();
    assert_eq!(routing.forged(&headers).collect::<Vec<_>>(), [&b"x_variant"[..], b"x-variant"]);
}
