use super::*;
use crate::noise::Noise;

const CAPS: Caps = Caps { arguments: 1_000, depth: 64, text_bytes: 100_000 };

fn check(body: &str, wanted: &[(&str, &str)]) {
    let read = json(body.as_bytes(), &CAPS);
    assert_eq!((read.fault, read.overflow), (None, None), "{body}");
    let wanted: Vec<_> = wanted.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
    assert_eq!(read.arguments.iter().collect::<Vec<_>>(), wanted, "{body}");
}

fn fault(body: &[u8]) -> Option<&'static str> {
    json(body, &CAPS).fault
}

#[test]
fn values_are_named_by_their_paths() {
    check(
        r#" {"a": 1, "b": {"c": "d", "e": {}}, "l": [2, {"m": 3}, [4, 5], [], 6]} "#,
        &[
            ("json.a", "1"),
            ("json.b.c", "d"),
            ("json.l.array_0", "2"),
            ("json.l.array_1.m", "3"),
            ("json.l.array_2.array_0", "4"),
            ("json.l.array_2.array_1", "5"),
            ("json.l.array_4", "6"),
        ],
    );
    check("[[1],{\"a\":[2]}]", &[("json.array_0.array_0", "1"), ("json.array_1.a.array_0", "2")]);
    check(r#"{"":1,"a":{"":{"b":2}}}"#, &[("json.empty-key", "1"), ("json.a.empty-key.b", "2")]);
}

#[test]
fn a_lone_scalar_is_named_json() {
    check("\"x\"", &[("json", "x")]);
    check("-1.50E+7", &[("json", "-1.50E+7")]);
    check("[]", &[]);
    check("{}", &[]);
}

#[test]
fn words_are_text_and_null_is_empty() {
    check("[true,false,null]", &[("json.array_0", "true"), ("json.array_1", "false"), ("json.array_2", "")]);
}

#[test]
fn names_that_repeat_are_all_kept() {
    check(r#"{"a":1,"a":2,"a":{"b":3}}"#, &[("json.a", "1"), ("json.a", "2"), ("json.a.b", "3")]);
}

#[test]
fn escapes_are_decoded_in_names_and_values() {
    check(
        r#"{"\u0061\n":"\"\\\/\b\f\r\t\u00e9\u20AC\ud83d\ude00\u0000"}"#,
        &[("json.a\n", "\"\\/\u{8}\u{c}\r\té€😀\0")],
    );
}

#[test]
fn an_empty_body_holds_nothing_and_blanks_are_a_fault() {
    assert_eq!(json(b"", &CAPS), Json::default());
    assert_eq!(fault(b" \n"), Some("the text ends early"));
}

#[test]
fn what_is_no_json_is_a_fault() {
    for (body, wanted) in [
        (&b"\xef\xbb\xbf{}"[..], "a value is missing"),
        (b"{\"a\":\"\xff\"}", "bytes that are no UTF-8"),
        (b"{\"a\":1} \xff", "bytes that are no UTF-8"),
        (b"{} {}", "bytes behind the value"),
        (b"1 2", "bytes behind the value"),
        (b"{}\0", "bytes behind the value"),
        (b"{a:1}", "a name is missing"),
        (b"{\"a\":1,}", "a name is missing"),
        (b"{1:1}", "a name is missing"),
        (b"{\"a\" 1}", "a colon is missing"),
        (b"{\"a\":}", "a value is missing"),
        (b"[1,]", "a value is missing"),
        (b"[,1]", "a value is missing"),
        (b"[1 2]", "a comma or an end is missing"),
        (b"[1}", "a comma or an end is missing"),
        (b"{\"a\":1]", "a comma or an end is missing"),
        (b"'a'", "a value is missing"),
        (b"// x\n1", "a value is missing"),
        (b"NaN", "a value is missing"),
        (b"truth", "an unknown word"),
        (b"True", "a value is missing"),
        (b"truex", "bytes behind the value"),
        (b"01", "a number with a zero in front"),
        (b"-x", "a number without a digit"),
        (b"1.x", "a number without a digit"),
        (b"1e+x", "a number without a digit"),
        (b"+1", "a value is missing"),
        (b"0x1", "bytes behind the value"),
        (b"\"a\nb\"", "a control character in a string"),
        (b"\"a\0b\"", "a control character in a string"),
        (b"\"\\x41\"", "an unknown escape"),
        (b"\"\\u12g4\"", "an unknown escape"),
        (b"\"\\u+123\"", "an unknown escape"),
        (b"\"\\ud83d\"", "half a surrogate pair"),
        (b"\"\\ud83d-----\"", "half a surrogate pair"),
        (b"\"\\ud83d\\n---\"", "half a surrogate pair"),
        (b"\"\\ud83d\\u0041\"", "half a surrogate pair"),
        (b"\"\\ude00\"", "half a surrogate pair"),
    ] {
        assert_eq!(fault(body), Some(wanted), "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn what_comes_before_a_fault_is_kept() {
    let read = json(br#"{"a":"1","b":"2","c"}"#, &CAPS);
    assert_eq!(read.arguments.len(), 2);
    assert_eq!(read.fault, Some("a colon is missing"));
}

#[test]
fn a_text_cut_anywhere_is_a_fault() {
    let body = r#"{"a\n":[true,-1.5e+3,{"é":null}],"b":"\u20ac\ud83d\ude00"}"#.as_bytes();
    for end in 1..body.len() {
        assert!(fault(&body[..end]).is_some(), "{end}");
    }
}

#[test]
fn deep_texts_are_read_up_to_the_cap() {
    let nested = |depth: usize| [b"[".repeat(depth), b"1".to_vec(), b"]".repeat(depth)].concat();
    let caps = Caps { depth: 1_000, ..CAPS };
    let read = json(&nested(1_000), &caps);
    assert_eq!((read.arguments.len(), read.fault, read.overflow), (1, None, None));
    assert_eq!(json(&nested(1_001), &caps).overflow, Some(Overflow::Depth));
    assert_eq!(json(&b"{\"a\":".repeat(100_000), &caps).overflow, Some(Overflow::Depth));
    let caps = Caps { depth: 100_000, text_bytes: usize::MAX, ..caps };
    assert_eq!(json(&nested(100_000), &caps).fault, None);
}

#[test]
fn too_many_arguments_and_too_much_text_are_reported() {
    let body = [b"[0".to_vec(), b",0".repeat(9_999), b"]".to_vec()].concat();
    assert_eq!(json(&body, &CAPS).overflow, Some(Overflow::Arguments));
    assert_eq!(json(&body, &CAPS).arguments.len(), 1_000);
    let caps = Caps { arguments: 10_000, text_bytes: usize::MAX, ..CAPS };
    let read = json(&body, &caps);
    assert_eq!((read.arguments.len(), read.overflow), (10_000, None));
    let caps = Caps { text_bytes: 9, ..CAPS };
    assert_eq!(json(br#"{"a":"xyz"}"#, &caps).overflow, None);
    assert_eq!(json(br#"{"a":"wxyz"}"#, &caps).overflow, Some(Overflow::Text));
}

#[test]
fn any_bytes_are_read() {
    let mut noise = Noise::new();
    let pieces: [&[u8]; 16] = [
        b"{", b"}", b"[", b"]", b",", b":", b"\"", b"\\", b"u00", b"d83d", b"1", b"-", b".", b"null", b"\xff",
        b"\"a\":",
    ];
    for _ in 0..20_000 {
        json(&noise.of(&pieces, 30), &CAPS);
        json(&noise.spoil(br#"{"a":[1,{"b":"\ud83d\ude00"}],"c":null}"#), &CAPS);
    }
}
