use super::*;
use crate::noise::Noise;

const CAPS: Caps = Caps { arguments: 1_000, depth: 64, text_bytes: 100_000 };

fn read(body: &str) -> Xml {
    xml(body.as_bytes(), &CAPS)
}

fn text(body: &str) -> String {
    let document = read(body);
    assert_eq!((document.fault, document.overflow), (None, None), "{body}");
    String::from_utf8_lossy(&document.text).into_owned()
}

fn attributes(body: &str) -> Vec<(String, String)> {
    let document = read(body);
    assert_eq!(document.fault, None, "{body}");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    document.attributes.iter().map(|(name, value)| (text(name), text(value))).collect()
}

#[test]
fn character_data_is_put_together() {
    assert_eq!(text("<a> x<b>y</b ><c/>z\n</a>"), " xyz\n");
    assert_eq!(text("<a><![CDATA[<b>&amp;]]]]>&gt;<!-- no --><?no no?><?no?></a>"), "<b>&amp;]]>");
    assert_eq!(text("<a>1\r\n2\r3\n4<![CDATA[\r\n]]></a>"), "1\n2\n3\n4\n");
    assert_eq!(
        text("\u{feff}<?xml version='1.0' encoding=\"UTF-8\" standalone='yes' ?>\n<!-- x --><é>ü</é>\n<?x y?>\n"),
        "ü"
    );
}

#[test]
fn references_are_resolved() {
    assert_eq!(text("<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x41;&#x20AC;&#128512;&#13;</a>"), "<>&\"'AA€😀\r");
}

#[test]
fn attributes_are_read_and_namespaces_left_out() {
    let wanted = [("b", "1 < \"2\""), ("c:d", "x  y z\n"), ("e", ""), ("f", "é>")];
    let wanted: Vec<_> = wanted.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let body =
        "<a b = '1 &lt; \"2\"' xmlns='n' xmlns:c='&amp;m' c:d=\"x\r\n\ty\nz&#10;\"\n><g e=''/><h f='é>'></h></a>";
    assert_eq!(attributes(body), wanted);
    assert_eq!(attributes("<a xmlns:-='1' xmlns:='2' xmlns:b:c='3' xmlnsd='4'/>").len(), 4);
}

#[test]
fn an_empty_body_holds_nothing() {
    assert_eq!(read(""), Xml::default());
}

#[test]
fn a_document_type_is_told_and_its_declarations_are_kept() {
    let document = read("<!DOCTYPE plist PUBLIC \"-//X//[>\" 'x'><plist/>");
    assert_eq!((document.fault, document.doctype, &document.subset[..]), (None, true, &b""[..]));
    let subset = "<!ENTITY x SYSTEM \"file:///]\"><!-- ' ] --><?p ' ]?>%y;";
    let document = read(&format!("<!DOCTYPE a [{subset}] ><a>b</a>"));
    assert_eq!((document.fault, document.doctype, &document.subset[..]), (None, true, subset.as_bytes()));
    assert_eq!(document.text, b"b");
    assert!(!read("<a/>").doctype);
}

#[test]
fn entities_of_its_own_are_a_fault() {
    for body in ["<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<a>&nbsp;</a>", "<a b='&x;'/>"] {
        assert_eq!(read(body).fault, Some("a reference to an entity that not every document has"), "{body}");
    }
}

#[test]
fn encodings_that_keep_ascii_are_read() {
    let document = xml(b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xfcx</a>", &CAPS);
    assert_eq!((document.fault, &document.text[..]), (None, &b"\xfcx"[..]));
    for encoding in ["UTF-16", "UTF-7", "IBM037", "EUC-JP", ""] {
        let body = format!("<?xml version=\"1.0\" encoding=\"{encoding}\"?><a/>");
        assert_eq!(read(&body).fault, Some("an encoding that is not supported"), "{encoding}");
    }
    let wide: Vec<u8> = "\u{feff}<a/>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(xml(&wide, &CAPS).fault.is_some());
}

#[test]
fn bytes_that_are_no_utf_8_are_a_fault_and_what_comes_before_is_kept() {
    let document = xml(b"<a>x<b>\xff</b></a>", &CAPS);
    assert_eq!((document.fault, &document.text[..]), (Some("bytes that are no UTF-8"), &b"x"[..]));
}

#[test]
fn what_is_not_well_formed_is_a_fault() {
    for body in [
        " ",
        "x",
        "x<a/>",
        "<a/>x",
        "<a/>&amp;",
        "<a/><b/>",
        "<![CDATA[x]]><a/>",
        "<a>",
        "<a><b></a></b>",
        "</a>",
        "<a></b>",
        "<a></a b='1'>",
        "< a/>",
        "<1/>",
        "<a / >",
        "<a b/>",
        "<a b=1/>",
        "<a b='1'c='2'/>",
        "<a b='1' b='2'/>",
        "<a b='<'/>",
        "<a b='1\"/>",
        "<a>]]></a>",
        "<a>&</a>",
        "<a>&amp</a>",
        "<a>&#;</a>",
        "<a>&#x;</a>",
        "<a>&#0;</a>",
        "<a>&#xd800;</a>",
        "<a>&#xffff;</a>",
        "<a>&#99999999999;</a>",
        "<a>&#X41;</a>",
        "<a>&#65</a>",
        "<a>\u{0}</a>",
        "<a b='\u{1}'/>",
        "<a><!-- x -- y --></a>",
        "<a><!-- x ---></a>",
        "<a><? x?></a>",
        "<a><?x/y?></a>",
        "<a><?xml version='1.0'?></a>",
        " <?xml version='1.0'?><a/>",
        "<?xml?><a/>",
        "<?xml encoding='utf-8'?><a/>",
        "<?xml version='2.0'?><a/>",
        "<?xml version='1.'?><a/>",
        "<?xml version='1.0'encoding='utf-8'?><a/>",
        "<?xml version=1.0?><a/>",
        "<?xml version='1.0' x='y'?><a/>",
        "<a/><!DOCTYPE a>",
        "<a><!DOCTYPE a></a>",
        "<!DOCTYPE a><!DOCTYPE a><a/>",
        "<!DOCTYPE a <a/>",
        "<!DOCTYPE><a/>",
        "<!DOCTYPE a/><a/>",
        "<!DOCTYPE a [",
        "<!doctype a><a/>",
        "<![IGNORE[]]><a/>",
    ] {
        assert!(read(body).fault.is_some(), "{body:?}");
    }
}

#[test]
fn a_document_cut_anywhere_is_a_fault() {
    let body =
        "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a d='&lt;é'><!-- x --><![CDATA[é]]><b/>&amp;é<?y z?></a>";
    assert_eq!(read(body).fault, None);
    for end in 1..body.len() {
        assert!(xml(&body.as_bytes()[..end], &CAPS).fault.is_some(), "{end}");
    }
}

#[test]
fn deep_documents_are_read_up_to_the_cap() {
    let nested = |depth: usize| ["<a>".repeat(depth), "x".into(), "</a>".repeat(depth)].concat();
    let caps = Caps { depth: 1_000, ..CAPS };
    assert_eq!(xml(nested(1_000).as_bytes(), &caps).text, b"x");
    assert_eq!(xml(nested(1_001).as_bytes(), &caps).overflow, Some(Overflow::Depth));
    assert_eq!(xml("<a>".repeat(100_000).as_bytes(), &caps).overflow, Some(Overflow::Depth));
    let caps = Caps { depth: 100_000, ..caps };
    assert_eq!(xml(nested(100_000).as_bytes(), &caps).fault, None);
}

#[test]
fn too_many_attributes_and_too_much_text_are_reported() {
    let attributes: String = (0..10_000).map(|n| format!(" a{n}='v'")).collect();
    let body = format!("<a{attributes}/>");
    assert_eq!(read(&body).overflow, Some(Overflow::Arguments));
    let caps = Caps { arguments: 10_000, ..CAPS };
    let document = xml(body.as_bytes(), &caps);
    assert_eq!((document.overflow, document.fault, document.attributes.len()), (None, None, 10_000));
    let caps = Caps { text_bytes: 4, ..CAPS };
    assert_eq!(xml(b"<a b='1'>23</a>", &caps).overflow, None);
    assert_eq!(xml(b"<a b='1'>234</a>", &caps).overflow, Some(Overflow::Text));
    assert_eq!(xml(b"<!DOCTYPE a [12345]><a/>", &caps).overflow, Some(Overflow::Text));
}

#[test]
fn any_bytes_are_read() {
    let mut noise = Noise::new();
    let pieces: [&[u8]; 20] = [
        b"<a",
        b">",
        b"</a>",
        b"/",
        b"<",
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?xml ",
        b"?>",
        b"<!DOCTYPE ",
        b"[",
        b"]",
        b" b=",
        b"'",
        b"&#x",
        b"&amp;",
        b"\xff",
        b"x",
    ];
    for _ in 0..20_000 {
        xml(&noise.of(&pieces, 30), &CAPS);
        xml(&noise.spoil("<?xml version='1.0'?><a b='&#65;'>é<![CDATA[<]]><c/></a>".as_bytes()), &CAPS);
    }
}
