//! The call's shared buffer, in which the host leaves what is longer than a number.

use super::abi::env;
use super::error::{checked, present, Error};

/// Take what a call left there, by what it returned.
pub(super) fn taken(returned: i32) -> Result<Vec<u8>, Error> {
    copied(checked(returned)?)
}

/// The same, where there may be nothing.
pub(super) fn taken_if_present(returned: i32) -> Result<Option<Vec<u8>>, Error> {
    present(returned)?.map(copied).transpose()
}

/// Take a number that a call left there: 8 bytes, little-endian.
pub(super) fn number(returned: i32) -> Result<i64, Error> {
    <[u8; 8]>::try_from(taken(returned)?).map(i64::from_le_bytes).map_err(|_| Error::Failed)
}

pub(super) fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn copied(size: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; size];
    if size > 0 {
        checked(unsafe { env::get_shared_buffer(bytes.as_mut_ptr(), 0, size) })?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_needs_no_copy_and_an_error_is_passed_on() {
        assert_eq!(taken(0), Ok(Vec::new()));
        assert_eq!(taken_if_present(-1), Ok(None));
        assert_eq!(taken(-6), Err(Error::Timeout));
        assert_eq!(number(0), Err(Error::Failed));
    }

    #[test]
    fn what_is_no_utf_8_is_replaced() {
        assert_eq!(lossy(b"a\xffb".to_vec()), "a\u{fffd}b");
    }
}
