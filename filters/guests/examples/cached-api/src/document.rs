//! What an API said, as it is kept: its type, a line break, its body.

use penstock_sdk::edge::{Answer, Response};

#[derive(Debug, PartialEq, Eq)]
pub struct Document {
    content_type: String,
    body: Vec<u8>,
}

impl Document {
    pub fn of(answer: Answer) -> Self {
        let content_type = answer.header("content-type").unwrap_or("application/octet-stream").into();
        Document { content_type, body: answer.into_body() }
    }

    pub fn bytes(&self) -> Vec<u8> {
        [self.content_type.as_bytes(), b"\n", &self.body].concat()
    }

    pub fn read(bytes: Vec<u8>) -> Option<Self> {
        let end = bytes.iter().position(|byte| *byte == b'\n')?;
        let content_type = String::from_utf8(bytes[..end].to_vec()).ok()?;
        Some(Document { content_type, body: bytes[end + 1..].to_vec() })
    }

    /// Answer with it, and say where it came from.
    pub fn answer(self, found: &str) -> Response {
        Response::bytes(&self.content_type, self.body).header("x-cache", found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        for body in [&b"a\nb"[..], b"", b"\xff\0"] {
            let document = Document { content_type: "text/plain; charset=utf-8".into(), body: body.into() };
            assert_eq!(Document::read(document.bytes()), Some(document));
        }
    }

    #[test]
    fn what_is_none_is_not_read() {
        assert_eq!(Document::read(b"no line".to_vec()), None);
        assert_eq!(Document::read(b"\xff\n".to_vec()), None);
    }
}
