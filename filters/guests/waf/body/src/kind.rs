//! Which reader a body is for.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    Urlencoded,
    Multipart,
    Json,
    Xml,
    Other,
}

/// Types by how they begin, as libmodsecurity and rules 200000 and 200001 of its recommended configuration tell them.
const BEGINNINGS: [(&[u8], BodyKind); 7] = [
    (b"application/x-www-form-urlencoded", BodyKind::Urlencoded),
    (b"multipart/form-data", BodyKind::Multipart),
    (b"application/json", BodyKind::Json),
    (b"text/json", BodyKind::Json),
    (b"application/xml", BodyKind::Xml),
    (b"application/soap+xml", BodyKind::Xml),
    (b"text/xml", BodyKind::Xml),
];

/// Types by how their names end (RFC 6839), as rule 200006 has it for JSON.
const ENDINGS: [(&[u8], BodyKind); 2] = [(b"+json", BodyKind::Json), (b"+xml", BodyKind::Xml)];

/// Judge a Content-Type header's value; without a header, give the empty one.
pub fn kind(content_type: &[u8]) -> BodyKind {
    let begins = |(with, _): &&(&[u8], BodyKind)| {
        content_type.get(..with.len()).map_or(false, |begin| begin.eq_ignore_ascii_case(with))
    };
    let essence = essence(content_type);
    let ends = |(with, _): &&(&[u8], BodyKind)| {
        essence.len().checked_sub(with.len()).map_or(false, |at| essence[at..].eq_ignore_ascii_case(with))
    };
    BEGINNINGS.iter().find(begins).or_else(|| ENDINGS.iter().find(ends)).map_or(BodyKind::Other, |(_, kind)| *kind)
}

/// Leave the parameters off.
fn essence(content_type: &[u8]) -> &[u8] {
    let is_over = |byte: &u8| matches!(byte, b';' | b',' | b' ' | b'\t');
    content_type.split(is_over).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_by_their_names_in_any_case() {
        for (content_type, told) in [
            ("application/x-www-form-urlencoded", BodyKind::Urlencoded),
            ("Application/X-WWW-Form-Urlencoded; charset=utf-8", BodyKind::Urlencoded),
            ("multipart/form-data; boundary=b", BodyKind::Multipart),
            ("application/json;charset=utf-8", BodyKind::Json),
            ("application/vnd.api+JSON ; ext=1", BodyKind::Json),
            ("text/xml", BodyKind::Xml),
            ("application/xml", BodyKind::Xml),
            ("application/soap+xml; action=a", BodyKind::Xml),
            ("image/svg+xml", BodyKind::Xml),
        ] {
            assert_eq!(kind(content_type.as_bytes()), told, "{content_type}");
        }
    }

    #[test]
    fn all_else_is_other() {
        for content_type in ["", "text/plain", "multipart/mixed", "application/octet-stream; a=b+json", "json", "+jso"]
        {
            assert_eq!(kind(content_type.as_bytes()), BodyKind::Other, "{content_type}");
        }
    }
}
