//! What a host says of a call.

/// A host's answer other than "done". Hosts differ in which one they give, so most guests only ask whether there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub i32);

impl Status {
    pub const NOT_FOUND: Status = Status(1);
    pub const BAD_ARGUMENT: Status = Status(2);
    pub const PARSE_FAILURE: Status = Status(4);
    pub const CAS_MISMATCH: Status = Status(8);
    pub const UNIMPLEMENTED: Status = Status(12);

    pub(crate) fn check(status: i32) -> Result<(), Status> {
        match status {
            0 => Ok(()),
            other => Err(Status(other)),
        }
    }
}
