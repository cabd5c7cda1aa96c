//! The loop that most transformations share: copy plain runs, replace what is special.

/// What stands for the head of the rest: a byte or nothing, and how many bytes of the input it stands for (at least 1).
pub type Replacement = (Option<u8>, usize);

/// Append `input` to `output`, each place whose first byte is `special` as `replace` says of the input from there on.
#[inline]
pub fn rewrite(
    input: &[u8],
    output: &mut Vec<u8>,
    special: impl Fn(u8) -> bool,
    replace: impl Fn(&[u8]) -> Replacement,
) {
    let mut rest = input;
    while let Some(plain) = rest.iter().position(|&byte| special(byte)) {
        let (run, head) = rest.split_at(plain);
        let (byte, taken) = replace(head);
        output.extend_from_slice(run);
        output.extend(byte);
        rest = head.get(taken..).unwrap_or_default();
    }
    output.extend_from_slice(rest);
}

/// Copy the first byte as it is.
pub fn literally(head: &[u8]) -> Replacement {
    (head.first().copied(), 1)
}
