//! What goes wrong, and how the host says so.

use std::fmt::{Display, Formatter, Result as Written};

/// Why something failed: a word of the host's, or a guest's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The function's `allow` does not let it, or the address is a private one.
    NotAllowed,
    Invalid,
    TooLarge,
    /// Too many calls, or too many at once.
    OverBudget,
    Timeout,
    /// What is asked, such as a store or a server, is not there now.
    Unavailable,
    Failed,
    Own(String),
}

const ABSENT: i32 = -1;

impl Error {
    fn of(number: i32) -> Self {
        match number {
            -2 => Error::NotAllowed,
            -3 => Error::Invalid,
            -4 => Error::TooLarge,
            -5 => Error::OverBudget,
            -6 => Error::Timeout,
            -7 => Error::Unavailable,
            _ => Error::Failed,
        }
    }
}

/// Read what a call of the host returned, where "absent" is no answer either.
pub(super) fn checked(returned: i32) -> Result<usize, Error> {
    usize::try_from(returned).map_err(|_| Error::of(returned))
}

/// Read what a call of the host returned, which may be "absent".
pub(super) fn present(returned: i32) -> Result<Option<usize>, Error> {
    match returned {
        ABSENT => Ok(None),
        other => checked(other).map(Some),
    }
}

impl Display for Error {
    fn fmt(&self, to: &mut Formatter) -> Written {
        to.write_str(match self {
            Error::NotAllowed => "not allowed",
            Error::Invalid => "invalid",
            Error::TooLarge => "too large",
            Error::OverBudget => "over budget",
            Error::Timeout => "timeout",
            Error::Unavailable => "unavailable",
            Error::Failed => "failed",
            Error::Own(text) => text,
        })
    }
}

impl std::error::Error for Error {}

impl From<String> for Error {
    fn from(text: String) -> Self {
        Error::Own(text)
    }
}

impl From<&str> for Error {
    fn from(text: &str) -> Self {
        Error::Own(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_no_error_and_absent_is_none_only_where_it_may_be() {
        assert_eq!(checked(0), Ok(0));
        assert_eq!(present(7), Ok(Some(7)));
        assert_eq!(present(-1), Ok(None));
        assert_eq!(checked(-1), Err(Error::Failed));
    }

    #[test]
    fn each_number_has_its_word() {
        let words: Vec<_> = (-8..=-2).rev().map(|number| checked(number).unwrap_err().to_string()).collect();
        let wanted = ["not allowed", "invalid", "too large", "over budget", "timeout", "unavailable", "failed"];
        assert_eq!(words, wanted);
        assert_eq!(present(-99), Err(Error::Failed));
    }
}
