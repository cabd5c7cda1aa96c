use super::*;

#[test]
fn boundaries_are_taken_as_browsers_and_tools_write_them() {
    for content_type in [
        "multipart/form-data; boundary=b",
        "Multipart/Form-Data;boundary=b",
        "multipart/form-data; boundary=b; charset=utf-8",
    ] {
        let form = of_type(content_type);
        assert_eq!((form.fault, form.files.len(), form.strict_error()), (None, 1, false), "{content_type}");
    }
    for boundary in ["----WebKitFormBoundaryx1Y", "---------------------------1234", "_a.b+c-d"] {
        let body = FORM.replace("--b", &format!("--{boundary}"));
        let form = multipart(body.as_bytes(), format!("multipart/form-data; boundary={boundary}").as_bytes(), &CAPS);
        assert_eq!((form.fault, form.files.len(), form.strict_error()), (None, 1, false), "{boundary}");
    }
}

#[test]
fn boundaries_that_some_readers_take_otherwise_are_flagged() {
    for (content_type, flag) in [
        ("multipart/form-data; boundary=\"b\"", "boundary_quoted"),
        ("multipart/form-data; boundary =b", "boundary_whitespace"),
        ("multipart/form-data; boundary\t=b", "boundary_whitespace"),
        ("multipart/form-data boundary=b", "missing_semicolon"),
    ] {
        let form = of_type(content_type);
        assert_eq!((form.fault, form.files.len(), flags(&form)), (None, 1, vec![flag]), "{content_type}");
    }
}

#[test]
fn boundaries_that_readers_disagree_on_are_faults() {
    let long = format!("multipart/form-data; boundary={}", "b".repeat(71));
    let longer = format!("multipart/form-data; boundary=b;{}", " ".repeat(1024));
    for content_type in [
        "",
        "text/plain; boundary=b",
        "multipart/form-data",
        "multipart/form-data; boundary",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; Boundary=b",
        "multipart/form-data; boundary=b; boundary=c",
        "multipart/form-data; boundary=b; BOUNDARY=c",
        "multipart/form-data; boundary=b; boundary*0=c",
        "multipart/form-data; boundary*=b",
        "multipart/form-data; charset=utf-8; boundary=b",
        "multipart/form-data;; boundary=b",
        "multipart/form-data; xboundary=b",
        "multipart/form-data; boundary=b,c",
        "multipart/form-data; boundary=b c",
        "multipart/form-data; boundary= b",
        "multipart/form-data; boundary=b\0",
        "multipart/form-data; boundary='b'",
        "multipart/form-data; boundary=\"b",
        "multipart/form-data; boundary=b\"",
        "multipart/form-data; boundary=\"b\"; a=\"c\"",
        "multipart/form-data; boundary=\"b \"",
        "multipart/form-data; boundary=bé",
        &long,
        &longer,
    ] {
        let form = of_type(content_type);
        assert!(form.fault.is_some() && form.strict_error() && form.files.is_empty(), "{content_type}");
    }
}

#[test]
fn delimiters_that_readers_disagree_on_are_faults() {
    for body in [
        "nothing",
        "--",
        "--b",
        "--b ",
        "--b\r",
        "--b-\r\n",
        "--bc\r\n",
        "--b--c\r\n",
        "--b-- \r\n",
        " --b\r\n",
        "-- b\r\n--b--\r\n",
        "--\t\"b\"\r\n--b--\r\n",
    ] {
        assert!(read(body).fault.is_some(), "{body:?}");
    }
    assert!(read(&FORM.replace("\r\n--b--", "\r\n--b-- ")).fault.is_some());
    assert!(read(&FORM.replace("Hello", "Hello\r\n--bc")).fault.is_some());
    assert!(read(&FORM.replace("Hello", "Hello\n--b")).fault.is_some());
}

#[test]
fn lines_like_boundaries_are_told_and_excused_by_a_true_one() {
    assert_eq!(read(FORM).flags.unmatched_boundary, 2);
    assert_eq!(read("--b--\r\n").flags.unmatched_boundary, 0);
    assert_eq!(read("--c\r\n--b--\r\n").flags.unmatched_boundary, 1);
    assert_eq!(read("x--b\r\n--b--\r\n").flags.unmatched_boundary, 1);
    assert_eq!(read("x--b").flags.unmatched_boundary, 1);
    assert_eq!(read(&FORM.replace("Hello\r\n--b--", "--c")).flags.unmatched_boundary, 1);
    assert_eq!(read(&FORM.replace("Hello", "--c")).flags.unmatched_boundary, 2);
}

#[test]
fn boundaries_of_dashes_are_found_within_lines_too() {
    let found = |boundary: &str, line: &str| {
        let content_type = format!("multipart/form-data; boundary={boundary}");
        multipart(line.as_bytes(), content_type.as_bytes(), &CAPS).flags.unmatched_boundary
    };
    assert_eq!(found("--x", "a----x"), 1);
    assert_eq!(found("--x", "a------x"), 1);
    assert_eq!(found("--x", "a---x"), 0);
    assert_eq!(found("---", "a-----"), 1);
    assert_eq!(found("---", "a----"), 0);
}
