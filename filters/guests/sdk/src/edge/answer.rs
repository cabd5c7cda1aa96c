//! What a request of a function's own came to.

use super::buffer::lossy;
use super::error::Error;
use super::head::{fields, values, Fields};
use crate::json::{parse, Value};

#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    status: u16,
    headers: Fields,
    body: Vec<u8>,
}

impl Answer {
    /// Take a frame apart: the size of a JSON head (32 bits, little-endian), the head, the body.
    pub(super) fn parse(mut frame: Vec<u8>) -> Result<Answer, Error> {
        let (status, headers, begin) = Answer::head(&frame).ok_or(Error::Failed)?;
        Ok(Answer { status, headers, body: frame.split_off(begin) })
    }

    fn head(frame: &[u8]) -> Option<(u16, Fields, usize)> {
        let size = u32::from_le_bytes(frame.get(..4)?.try_into().ok()?) as usize;
        let end = size.checked_add(4)?;
        let head = parse(frame.get(4..end)?).ok()?;
        Some((head.get("status")?.integer()?.try_into().ok()?, fields(head.get("headers")?)?, end))
    }

    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is one of success, 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first field of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        values(&self.headers, name).next()
    }

    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    pub fn body(&self) -> &[u8] {
        &self.body
    }

    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(self) -> String {
        lossy(self.body)
    }

    /// The body, which must be JSON.
    pub fn json(&self) -> Result<Value, Error> {
        parse(&self.body).map_err(|fault| format!("the answer is no JSON: {fault}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(head: &str, body: &[u8]) -> Vec<u8> {
        [&(head.len() as u32).to_le_bytes(), head.as_bytes(), body].concat()
    }

    #[test]
    fn a_frame_is_taken_apart() {
        let answer = Answer::parse(frame(r#"{"status":404,"headers":[["Content-Type","a/b"]]}"#, b"gone")).unwrap();
        assert_eq!((answer.status(), answer.is_success()), (404, false));
        assert_eq!(answer.header("content-type"), Some("a/b"));
        assert_eq!(answer.text(), "gone");
    }

    #[test]
    fn every_cut_within_the_head_is_an_error() {
        let whole = frame(r#"{"status":200,"headers":[]}"#, b"");
        for end in 0..whole.len() {
            assert_eq!(Answer::parse(whole[..end].to_vec()), Err(Error::Failed));
        }
        assert_eq!(Answer::parse(u32::MAX.to_le_bytes().to_vec()), Err(Error::Failed));
    }
}
