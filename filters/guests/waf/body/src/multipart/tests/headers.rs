use super::*;

#[test]
fn folded_headers_are_unfolded_and_flagged() {
    let folded = |fold: &str| part(&format!("Content-Disposition: form-data;{fold}name=\"a\""), "v");
    let form = folded("\r\n \t");
    assert_eq!((flags(&form), arguments(&form)), (vec!["header_folding"], vec![(&b"a"[..], &b"v"[..])]));
    let line = form.part_headers.get(0).map(|(_, line)| line.to_vec());
    assert_eq!(line.as_deref(), Some(&b"Content-Disposition: form-data; name=\"a\""[..]));
    assert_eq!(flags(&folded("\r\n \x0b")), ["header_folding", "invalid_header_folding"]);
    assert!(part(" Content-Disposition: form-data; name=\"a\"", "").fault.is_some());
    assert!(folded(&"\r\n x=y;".repeat(1_000)).fault.is_some());
}

#[test]
fn headers_that_readers_disagree_on_are_faults() {
    let long = format!("Content-Disposition: form-data; name=\"a\"\r\nX: {}", "x".repeat(4096));
    let many: String = (0..40).map(|n| format!("X{n}: y\r\n")).collect();
    for headers in [
        "Content-Type: text/plain",
        "Content-Disposition: form-data; name=\"a\"\r\nContent-disposition: form-data; name=\"b\"",
        "Content-Disposition: attachment; name=\"a\"",
        "Content-Disposition: Form-Data; name=\"a\"",
        "Content-Disposition: form-datax; name=\"a\"",
        "Content-Disposition : form-data; name=\"a\"",
        "Content-Disposition: form-data; name=\"a\"\r\nnonsense",
        "Content-Disposition: form-data; name=\"a\"\r\n: x",
        "Content-Disposition: form-data; name=\"a\"\r\nX\u{1}: y",
        "Content-Disposition: form-data; name=\"a\"\r\nX: \0",
        "Content-Disposition: form-data; name=\"a\"\r\nX: y\rZ: z",
        "Content-Disposition: form-data; name=\"a\"\r\n--b",
        "Content-Disposition: form-data; name=\"a\"\r\n--b: c",
        &long,
        &format!("{many}Content-Disposition: form-data; name=\"a\""),
    ] {
        let form = part(headers, "v");
        assert!(form.fault.is_some() && arguments(&form).is_empty(), "{headers:?}");
    }
}

#[test]
fn names_are_unquoted() {
    for (parameters, name) in [
        ("name=\"a b\"", "a b"),
        ("name=\"a;b=c\"", "a;b=c"),
        ("name=a", "a"),
        ("name=\"a\\\\b\\c\"", "a\\b\\c"),
        ("name=\"it's\"", "it's"),
        ("name=\"a\";", "a"),
        ("name=\"a%22é\"", "a%22é"),
    ] {
        let form = named(parameters);
        assert_eq!(
            (arguments(&form), form.strict_error()),
            (vec![(name.as_bytes(), &b"v"[..])], false),
            "{parameters}"
        );
    }
}

#[test]
fn quotes_that_some_readers_take_otherwise_are_flagged() {
    for (parameters, name) in
        [("name='a'", "a"), ("name=a'b", "a'b"), ("name=\"a\\\"b\"", "a\"b"), ("name='a\\'b'", "a'b")]
    {
        let form = named(parameters);
        assert_eq!((flags(&form), form.fault), (vec!["invalid_quoting"], None), "{parameters}");
        assert_eq!(arguments(&form)[0].0, name.as_bytes(), "{parameters}");
    }
}

#[test]
fn dispositions_that_readers_disagree_on_are_faults() {
    for parameters in [
        "",
        "name",
        "name=",
        "name=\"\"",
        "name=\"a",
        "name=\"a\\\"",
        "name=\"a\"x",
        "name=\"a\" filename=\"b\"",
        "name=\"a\"\"b\"",
        "name=a b",
        "name =\"a\"",
        "name= \"a\"",
        "Name=\"a\"",
        "name=\"a\"; name=\"b\"",
        "name=\"a\"; filename=\"b\"; filename=\"c\"",
        "name=\"a\"; filename=\"\"; filename=\"c\"",
        "name=\"a\"; size=1",
        "name=\"a\"; filename*=utf-8''b",
        "name=\"a\"; filename=\"b\"; filename*=b",
        "name=\"a\"; filename=\"b\"; filename*=''b",
        "name=\"a\"; filename=\"b\"; filename*=utf-8'b",
        "name=\"a\"; filename=\"b\"; filename*=utf-8''%4",
        "name=\"a\"; filename=\"b\"; filename*=utf-8''%zz",
        "name=\"a\"; filename=\"b\"; filename*=utf-8''\"c\"",
    ] {
        let form = named(parameters);
        assert!(form.fault.is_some() && form.files.is_empty(), "{parameters}");
    }
}

#[test]
fn both_names_of_a_file_are_kept() {
    let form = named("name=\"a\"; filename=\"x.txt\"; filename*=UTF-8'en'y%2ephp");
    assert_eq!((form.fault, form.files.len()), (None, 1));
    assert_eq!((&form.files[0].filename[..], &form.files[0].extended_filename[..]), (&b"x.txt"[..], &b"y.php"[..]));
}
