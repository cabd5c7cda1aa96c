use super::*;

fn text(of: &str) -> Value {
    Value::Text(of.into())
}

fn number(of: &str) -> Value {
    parse(of.as_bytes()).unwrap()
}

fn fault(of: &str) -> (usize, &'static str) {
    let fault = parse(of.as_bytes()).unwrap_err();
    (fault.at, fault.what)
}

#[test]
fn every_kind_of_value_is_read() {
    let read = parse(br#" {"a": [null, true, false], "b": {"c": "d"}, "e": -12.50e+3, "": []} "#).unwrap();
    let members = read.object().unwrap();
    assert_eq!(members["a"], Value::List(vec![Value::Null, Value::Bool(true), Value::Bool(false)]));
    assert_eq!(members["b"].object().unwrap()["c"], text("d"));
    assert_eq!(members["e"], number("-12.50e+3"));
    assert_eq!(members[""], Value::List(vec![]));
}

#[test]
fn numbers_are_kept_as_written_and_read_when_asked() {
    for (written, integer) in [("0", Some(0)), ("-0", Some(0)), ("9223372036854775807", Some(i64::MAX))] {
        assert!(matches!(number(written), Value::Number(number) if number.integer() == integer));
    }
    for written in ["9223372036854775808", "1.0", "1e3", "0.5E-7"] {
        assert!(matches!(number(written), Value::Number(number) if number.integer().is_none()));
    }
    assert!(matches!(number("1.5e2"), Value::Number(number) if number.float() == 150.0));
}

#[test]
fn what_is_no_number_is_refused() {
    for written in ["01", "-", "-01", "1.", ".5", "1e", "1e+", "+1", "0x1", "1_0", "NaN", "Infinity", "--1"] {
        assert!(parse(written.as_bytes()).is_err(), "{written}");
    }
}

#[test]
fn escapes_are_read() {
    assert_eq!(parse(br#""\"\\\/\b\f\n\r\t""#), Ok(text("\"\\/\u{8}\u{c}\n\r\t")));
    assert_eq!(parse(br#""\u00e9\u20AC\ud83d\ude00""#), Ok(text("é€😀")));
    assert_eq!(parse("\"é€😀\u{7f}\"".as_bytes()), Ok(text("é€😀\u{7f}")));
}

#[test]
fn what_is_no_string_is_refused() {
    for written in [
        r#"""#,
        r#""a"#,
        r#""\"#,
        r#""\x""#,
        r#""\u12""#,
        r#""\u12g4""#,
        r#""\ud83d""#,
        r#""\ud83dx""#,
        r#""\ud83d\n""#,
        r#""\ud83d\u0041""#,
        r#""\ude00""#,
        r#""\u+123""#,
        "\"a\nb\"",
        "\"\u{0}\"",
        "'a'",
    ] {
        assert!(parse(written.as_bytes()).is_err(), "{written}");
    }
}

#[test]
fn what_is_no_value_is_refused() {
    for written in [
        "",
        " ",
        "nul",
        "True",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{1:1}",
        "1 2",
        "[]]",
        "nullx",
        "\u{feff}1",
        "/**/1",
        "\u{a0}1",
        "]",
        "}",
    ] {
        assert!(parse(written.as_bytes()).is_err(), "{written}");
    }
    assert!(parse(b"\"\xff\"").is_err());
}

#[test]
fn faults_tell_the_place() {
    assert_eq!(fault(r#"{"a": 1, "a": 2}"#), (9, "a name for the second time"));
    assert_eq!(fault("[1, x]"), (4, "no value"));
    assert_eq!(fault("[1] ["), (4, "more than one value"));
    assert_eq!(parse(b"[1, x]").unwrap_err().to_string(), "no value at byte 4");
}

#[test]
fn a_name_spelled_with_escapes_is_the_same_name() {
    assert_eq!(fault(r#"{"a": 1, "\u0061": 2}"#).1, "a name for the second time");
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(nested(MOST_DEPTH).as_bytes()).is_ok());
    assert_eq!(fault(&nested(MOST_DEPTH + 1)), (MOST_DEPTH, "too deep"));
    assert_eq!(fault(&"{\"a\":".repeat(100_000)).1, "too deep");
}

#[test]
fn size_is_bounded() {
    assert!(parse(&vec![b' '; MOST_BYTES + 1]).unwrap_err().what == "too long");
    let long = format!("\"{}\"", "a".repeat(MOST_BYTES - 2));
    assert!(parse(long.as_bytes()).is_ok());
}

#[test]
fn cut_and_changed_texts_never_panic() {
    let whole = r#"{"a": [null, true, -1.5e3, "\u00e9\ud83d\ude00é"], "b": {}}"#.as_bytes();
    for cut in 0..whole.len() {
        assert!(parse(&whole[..cut]).is_err());
    }
    for at in 0..whole.len() {
        for byte in 0..=255 {
            let mut changed = whole.to_vec();
            changed[at] = byte;
            let _ = parse(&changed);
        }
    }
}

#[test]
fn one_stands_for_a_list_of_one() {
    assert_eq!(text("a").one_or_many(), [text("a")]);
    assert_eq!(parse(b"[1, 2]").unwrap().one_or_many(), [number("1"), number("2")]);
}
