//! Whether an address is a script in disguise.

use super::references::Decoder;

const SCRIPTS: [&[u8]; 5] = [b"javascript:", b"vbscript:", b"livescript:", b"view-source:", b"data:"];

/// What a `data:` address may hold that no browser runs.
const PICTURES: [&[u8]; 5] = [b"image/png", b"image/jpeg", b"image/gif", b"image/webp", b"image/avif"];

const LONGEST: usize = 24;

/// Whether an attribute's value, with its character references, starts with the scheme of a script.
pub fn is_script(value: &[u8]) -> bool {
    let mut start = [0u8; LONGEST];
    // Browsers skip control characters and spaces before a scheme, and tabs and line ends within (URL, section 4.4).
    let visible = Decoder::new(value).filter(|byte| *byte > b' ' && *byte < 0x7F);
    for (slot, byte) in start.iter_mut().zip(visible) {
        *slot = byte.to_ascii_lowercase();
    }
    SCRIPTS.iter().any(|scheme| start.starts_with(scheme)) && !is_picture(&start)
}

fn is_picture(start: &[u8]) -> bool {
    start.strip_prefix(b"data:").map_or(false, |media| PICTURES.iter().any(|picture| media.starts_with(picture)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_known_through_case_spaces_and_references() {
        for value in
            ["javascript:x", "  JAVAscript:x", "java\n\tscript:x", "&#74;ava&Tab;script&colon;x", "data:text/html,x"]
        {
            assert!(is_script(value.as_bytes()), "{}", value);
        }
    }

    #[test]
    fn other_addresses_are_no_scripts() {
        for value in
            ["", "/javascript:x", "https://x/?javascript:", "javascript", "data:image/png;base64,x", "database:"]
        {
            assert!(!is_script(value.as_bytes()), "{}", value);
        }
    }
}
