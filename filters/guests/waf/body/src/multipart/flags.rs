//! What a form has that browsers don't write.

/// The flags of libmodsecurity under its names, `MULTIPART_` left off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MultipartFlags {
    pub boundary_quoted: bool,
    pub boundary_whitespace: bool,
    pub data_before: bool,
    pub data_after: bool,
    pub header_folding: bool,
    pub invalid_header_folding: bool,
    pub invalid_part: bool,
    pub invalid_quoting: bool,
    pub missing_semicolon: bool,
    /// A line of a header or a boundary, or the one before a boundary, ends in LF alone.
    pub lf_line: bool,
    /// A line of a header or a boundary ends in CRLF, as it must; no fault by itself.
    pub crlf_line: bool,
    /// 1: a line looked like a boundary and was none; 2: a true one followed, so that no part was lost.
    pub unmatched_boundary: u8,
}

impl MultipartFlags {
    /// Tell whether both ends of lines are used.
    pub fn crlf_lf_lines(&self) -> bool {
        self.crlf_line && self.lf_line
    }

    /// Tell whether one of those flags is set that MULTIPART_STRICT_ERROR counts.
    pub fn any(&self) -> bool {
        self.boundary_quoted
            || self.boundary_whitespace
            || self.data_before
            || self.data_after
            || self.header_folding
            || self.invalid_header_folding
            || self.invalid_part
            || self.invalid_quoting
            || self.missing_semicolon
            || self.lf_line
    }
}
