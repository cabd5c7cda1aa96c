use super::*;

fn fault(configuration: &str) -> String {
    read(configuration.as_bytes()).err().expect(configuration)
}

fn with(more: &str) -> String {
    format!(r#"{{"experiment": "e", "variants": [{{"name": "a", "weight": 1}}]{more}}}"#)
}

#[test]
fn everything_can_be_said() {
    let routing = read(
        br#"{
            "experiment": "checkout",
            "variants": [
                {"name": "control", "weight": 90, "upstream": "site"},
                {"name": "new", "weight": 10, "upstream": "site-new"}
            ],
            "user": [{"header": "X-User-Id"}, {"cookie": "uid"}, "address"],
            "cookie": {
                "name": "Me", "max_age_s": 60, "domain": "a.test", "path": "/shop", "secure": true, "same_site": "none"
            },
            "variant_header": "X-Checkout",
            "upstream_header": "x-upstream",
            "force": {"header": "x-force", "cookie": "force"}
        }"#,
    )
    .unwrap();
    assert_eq!(routing.sources.len(), 3);
    assert_eq!(routing.cookie.name, "Me");
    assert_eq!(routing.cookie.attributes, "; Path=/shop; Domain=a.test; Max-Age=60; HttpOnly; SameSite=None");
    assert_eq!(routing.variant_header, "x-checkout");
    assert_eq!(routing.experiment.variants[1].upstream.as_deref(), Some("site-new"));
}

#[test]
fn faults_name_the_key_and_the_remedy() {
    let source = "user must be a list of {\"header\": …}, {\"cookie\": …} and \"address\"";
    let cases = [
        ("{}".into(), "variants is missing"),
        (r#"{"variants": [{"name": "a", "weight": 1}]}"#.into(), "experiment is missing"),
        (r#"{"variants": [{"name": "a"}]}"#.into(), "variants[0].weight is missing"),
        (r#"{"variants": [{"name": "a", "weight": 1.5}]}"#.into(), "variants[0].weight must be a whole number from 0 to 1000000"),
        (r#"{"variants": [{"name": "a", "weight": 0}]}"#.into(), "variants have no weight: nobody would see any of them"),
        (r#"{"variants": [{"name": "a b", "weight": 1}]}"#.into(), "variants[0].name must be of letters, digits and - . _ ~"),
        (
            r#"{"variants": [{"name": "a", "weight": 1}, {"name": "a", "weight": 1}]}"#.into(),
            "variants[1].name is already another variant's",
        ),
        (with(r#", "upstream_header": "x-upstream""#), "upstream_header needs an upstream in every variant"),
        (with(r#", "user": ["ip"]"#), source),
        (with(r#", "user": [{"header": "a b"}]"#), source),
        (with(r#", "user": [{"query": "a"}]"#), source),
        (with(r#", "user": [{"header": "a", "cookie": "b"}]"#), source),
        (with(r#", "cookie": {"name": "a;b"}"#), "cookie.name must be the name of a cookie"),
        (with(r#", "cookie": {"path": "/; Secure"}"#), "cookie.path must be plain ASCII without spaces and semicolons"),
        (with(r#", "cookie": {"same_site": "any"}"#), "cookie.same_site must be lax, strict or none"),
        (with(r#", "cookie": {"same_site": "none"}"#), "cookie.same_site none is only heeded with secure: true"),
        (with(r#", "cookie": {"max_age_s": 0}"#), "cookie.max_age_s must be a whole number from 1 to 31536000"),
        (with(r#", "force": {"query": "a"}"#), "force.query is not known here; known are header, cookie"),
        (with(r#", "weights": {}"#), "weights is not known here; known are experiment, variants, user, cookie, variant_header, upstream_header, force"),
    ];
    for (configuration, wanted) in cases {
        assert_eq!(fault(&configuration), wanted);
    }
}

#[test]
fn the_field_that_tells_and_the_field_that_forces_are_apart() {
    assert_eq!(
        fault(&with(r#", "force": {"header": "x_variant"}"#)),
        "force.header must not be variant_header or upstream_header, which no client can set"
    );
}
