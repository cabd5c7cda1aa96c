//! How much one request may carry.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Arguments, cookies, parts of a form, or attributes of an XML document.
    pub arguments: usize,
    /// Lists and objects, or elements, within each other.
    pub depth: usize,
    /// Names and values together; the contents of files do not count.
    pub text_bytes: usize,
}

/// Which cap was too small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    Text,
    Arguments,
    Depth,
}
