mod boundaries;
mod headers;

use super::*;
use crate::noise::Noise;

const CAPS: Caps = Caps { arguments: 1_000, depth: 0, text_bytes: 100_000 };
const TYPE: &str = "multipart/form-data; boundary=b";
const FORM: &str = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n\
    --b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b--\r\n";

fn read(body: &str) -> Multipart {
    multipart(body.as_bytes(), TYPE.as_bytes(), &CAPS)
}

fn of_type(content_type: &str) -> Multipart {
    multipart(FORM.as_bytes(), content_type.as_bytes(), &CAPS)
}

/// A form of one part.
fn part(headers: &str, content: &str) -> Multipart {
    read(&format!("--b\r\n{headers}\r\n\r\n{content}\r\n--b--\r\n"))
}

fn named(parameters: &str) -> Multipart {
    part(&format!("Content-Disposition: form-data; {parameters}"), "v")
}

/// The flags set, as rules name them.
fn flags(form: &Multipart) -> Vec<&'static str> {
    let flags = &form.flags;
    [
        ("boundary_quoted", flags.boundary_quoted),
        ("boundary_whitespace", flags.boundary_whitespace),
        ("data_before", flags.data_before),
        ("data_after", flags.data_after),
        ("header_folding", flags.header_folding),
        ("invalid_header_folding", flags.invalid_header_folding),
        ("invalid_part", flags.invalid_part),
        ("invalid_quoting", flags.invalid_quoting),
        ("missing_semicolon", flags.missing_semicolon),
        ("lf_line", flags.lf_line),
        ("crlf_lf_lines", flags.crlf_lf_lines()),
    ]
    .iter()
    .filter(|(_, set)| *set)
    .map(|(name, _)| *name)
    .collect()
}

fn arguments(form: &Multipart) -> Vec<(&[u8], &[u8])> {
    form.arguments.iter().collect()
}

#[test]
fn a_browsers_form_is_read_without_a_flag() {
    let form = read(FORM);
    assert_eq!((form.fault, form.overflow, form.strict_error()), (None, None, false));
    assert_eq!(arguments(&form), [(&b"a"[..], &b"1\r\n2"[..])]);
    let file = File { field: b"f".to_vec(), filename: b"x.txt".to_vec(), extended_filename: vec![], size: 5 };
    assert_eq!(form.files, [file]);
    let headers: Vec<_> = form.part_headers.iter().collect();
    assert_eq!(headers[0], (&b"a"[..], &b"Content-Disposition: form-data; name=\"a\""[..]));
    assert_eq!(headers[2], (&b"f"[..], &b"Content-Type: text/plain"[..]));
    assert_eq!(headers.len(), 3);
}

#[test]
fn an_empty_body_or_form_holds_nothing() {
    assert_eq!(read(""), Multipart::default());
    let form = read("--b--\r\n");
    assert_eq!((arguments(&form).len(), form.fault, form.strict_error()), (0, None, false));
}

#[test]
fn a_file_without_a_name_is_an_argument() {
    let form = named("name=\"f\"; filename=\"\"");
    assert_eq!((arguments(&form), form.files.len()), (vec![(&b"f"[..], &b"v"[..])], 0));
}

#[test]
fn contents_may_hold_anything_but_the_boundary() {
    for content in ["", "\r\n", "\n\n", "\0", "-", "x-- b", "x--", "--c", "a\r\n--\r\n---b--", "-b\r\n--\n"] {
        let form = part("Content-Disposition: form-data; name=\"a\"", content);
        assert_eq!(arguments(&form), [(&b"a"[..], content.as_bytes())], "{content:?}");
        assert_eq!((form.fault, form.strict_error()), (None, false), "{content:?}");
    }
}

#[test]
fn a_fault_keeps_the_parts_before_it_and_the_one_it_is_in() {
    let form = read("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n<script>\r\n--bc\r\n");
    assert_eq!(arguments(&form), [(&b"a"[..], &b"<script>\r\n--bc\r\n"[..])]);
    assert_eq!(form.fault, Some("a line goes on behind the boundary"));
}

#[test]
fn bytes_around_the_form_are_flagged() {
    assert_eq!(flags(&read(&format!("x\r\n{FORM}"))), ["data_before"]);
    assert_eq!(flags(&read(&format!("{FORM}\r\n"))), ["data_after"]);
    assert_eq!(flags(&read(&format!("{FORM}--b--"))), ["data_after"]);
}

#[test]
fn a_form_may_end_without_a_last_end_of_line() {
    let form = read(FORM.trim_end());
    assert_eq!((form.fault, form.files.len(), form.strict_error()), (None, 1, false));
}

#[test]
fn lines_that_end_in_lf_alone_are_flagged() {
    let form = read(&FORM.replace("\r\n", "\n"));
    assert_eq!((flags(&form), form.fault), (vec!["lf_line"], None));
    assert_eq!(arguments(&form), [(&b"a"[..], &b"1\n2"[..])]);
    for (crlf, lf) in
        [("--b\r\n", "--b\n"), ("plain\r\n", "plain\n"), ("Hello\r\n", "Hello\n"), ("--b--\r\n", "--b--\n")]
    {
        assert_eq!(flags(&read(&FORM.replace(crlf, lf))), ["lf_line", "crlf_lf_lines"], "{lf:?}");
    }
    assert_eq!(flags(&read(&FORM.replace("1\r\n2", "1\n2"))), [""; 0]);
}

#[test]
fn a_part_without_an_empty_line_before_the_boundary_is_flagged() {
    let form = read(&FORM.replace("1\r\n2\r\n", ""));
    assert_eq!((flags(&form), form.fault), (vec!["invalid_part"], None));
    assert_eq!((arguments(&form), form.files.len()), (vec![(&b"a"[..], &b""[..])], 1));
}

#[test]
fn too_many_parts_and_too_much_text_are_reported() {
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
    let body = format!("{}--b--\r\n", part.repeat(10_000));
    let form = read(&body);
    assert_eq!((form.overflow, form.arguments.len()), (Some(Overflow::Arguments), 1_000));
    let caps = Caps { arguments: 10_000, text_bytes: usize::MAX, ..CAPS };
    let form = multipart(body.as_bytes(), TYPE.as_bytes(), &caps);
    assert_eq!((form.overflow, form.fault, form.arguments.len()), (None, None, 10_000));
    let caps = Caps { text_bytes: 1_000, ..caps };
    assert_eq!(multipart(body.as_bytes(), TYPE.as_bytes(), &caps).overflow, Some(Overflow::Text));
    let body = FORM.replace("1\r\n2", &"x".repeat(2_000));
    assert_eq!(multipart(body.as_bytes(), TYPE.as_bytes(), &caps).overflow, Some(Overflow::Text));
    let body = FORM.replace("Hello", &"x".repeat(2_000));
    assert_eq!(multipart(body.as_bytes(), TYPE.as_bytes(), &caps).overflow, None);
}

#[test]
fn ten_megabytes_of_a_file_are_skipped() {
    for (content, times) in [("x", 10 << 20), ("0123456789-\r\n", 800_000), ("-", 1 << 20), ("\n--", 200_000)] {
        let form = read(&FORM.replace("Hello", &content.repeat(times)));
        assert_eq!((form.fault, form.files[0].size), (None, content.len() * times), "{content:?}");
    }
}

#[test]
fn a_form_cut_anywhere_is_a_fault() {
    for end in 1..FORM.len() - 2 {
        assert!(read(&FORM[..end]).fault.is_some(), "{end}");
    }
}

#[test]
fn any_bytes_are_read() {
    let mut noise = Noise::new();
    let pieces: [&[u8]; 16] = [
        b"--b",
        b"--",
        b"\r\n",
        b"\n",
        b"\r",
        b"Content-Disposition: form-data",
        b"; name=",
        b"\"",
        b"'",
        b"; filename*=",
        b"\\",
        b"%4",
        b"\0",
        b"\xff",
        b" ",
        b"x",
    ];
    let types: [&[u8]; 10] =
        [b"multipart/form-data", b"; ", b"boundary", b"=", b"\"", b"b", b" ", b";", b"\xff", b"Boundary"];
    for _ in 0..5_000 {
        multipart(&noise.of(&pieces, 40), TYPE.as_bytes(), &CAPS);
        multipart(&noise.spoil(FORM.as_bytes()), TYPE.as_bytes(), &CAPS);
        multipart(FORM.as_bytes(), &[&b"multipart/form-data"[..], &noise.of(&types, 12)].concat(), &CAPS);
    }
}
