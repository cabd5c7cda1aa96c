//! The ASCII look-alikes of code points: what a server that thinks in US-ASCII takes an accent or a curly quote for.

/// Windows code page 20127 (US-ASCII), best fit: runs of code points from the first one on; NUL where there is no fit.
///
/// It is the page that ModSecurity's recommended configuration names (`SecUnicodeMapFile unicode.mapping 20127`); to it
/// come the full stops of RFC 3490 §3.1.
const RUNS: &[(u16, &[u8])] = &[
    (0x00A0, b" !c\0$Y|\0\0Ca<\0-R"),
    (0x00B2, b"23\0\0\0.,1o>"),
    (0x00C0, b"AAAAAAACEEEEIIIIDNOOOOO\0OUUUUY\0\0aaaaaaaceeeeiiii\0nooooo\0ouuuuy\0y"),
    (0x0100, b"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi\0\0JjKk\0LlLlLl\0"),
    (0x0140, b"\0LlNnNnNn\0\0\0OoOoOoOoRrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZ\0ZzZz\0b"),
    (0x0189, b"D"),
    (0x0191, b"Ff"),
    (0x0197, b"I\0\0l"),
    (0x019F, b"OOo"),
    (0x01AB, b"t\0\0TUu"),
    (0x01B6, b"z"),
    (0x01CD, b"AaIiOoUuUuUuUuUu\0Aa"),
    (0x01E4, b"GgGgKkOoOo\0\0j"),
    (0x0261, b"g"),
    (0x02B9, b"'\"\0'"),
    (0x02C4, b"^\0^\0'\0\0`\0_"),
    (0x02DC, b"~"),
    (0x0300, b"`\0^~"),
    (0x030E, b"\""),
    (0x0331, b"__"),
    (0x2000, b"       "),
    (0x2010, b"--\0--\0\0\0'',\0\"\"\"\0\0\0.\0\0\0."),
    (0x2032, b"'\0\0`\0\0\0<>"),
    (0x2122, b"T"),
    (0x3002, b"."),
    (0xFF61, b"."),
];

/// Narrow a UTF-16 code unit to a byte: its best fit, or else what `low_byte` makes of it.
pub fn narrow(unit: u16) -> u8 {
    look_alike(unit).unwrap_or_else(|| low_byte(unit.into()))
}

/// Take the low byte of a code point; the full-width forms U+FF01 to U+FF5E are their ASCII originals.
pub fn low_byte(point: u32) -> u8 {
    let low = point as u8;
    if point >> 8 == 0xFF && (0x01..0x5F).contains(&low) {
        low + 0x20
    } else {
        low
    }
}

fn look_alike(unit: u16) -> Option<u8> {
    let after = RUNS.partition_point(|(first, _)| *first <= unit);
    let (first, fits) = RUNS.get(after.checked_sub(1)?)?;
    fits.get(usize::from(unit - first)).copied().filter(|fit| *fit != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_sorted_and_do_not_overlap() {
        for pair in RUNS.windows(2) {
            assert!(usize::from(pair[0].0) + pair[0].1.len() <= pair[1].0.into());
        }
    }

    #[test]
    fn quotes_and_accents_have_look_alikes() {
        assert_eq!(narrow(0x2019), b'\'');
        assert_eq!(narrow(0x02BA), b'"');
        assert_eq!(narrow(0x203A), b'>');
        assert_eq!(narrow(0x00E9), b'e');
        assert_eq!(narrow(0x017E), b'z');
        assert_eq!(narrow(0x3002), b'.');
    }

    #[test]
    fn a_code_point_without_one_is_its_low_byte() {
        assert_eq!(narrow(0x0041), b'A');
        assert_eq!(narrow(0x0427), b'\'');
        assert_eq!(narrow(0x00D7), 0xD7);
        assert_eq!(narrow(0x2001), b' ');
        assert_eq!(narrow(0x2007), 0x07);
        assert_eq!(narrow(0xFFFF), 0xFF);
    }

    #[test]
    fn full_width_forms_are_ascii() {
        assert_eq!(narrow(0xFF1C), b'<');
        assert_eq!(narrow(0xFF5E), b'~');
        assert_eq!(narrow(0xFF00), 0x00);
        assert_eq!(narrow(0xFF5F), 0x5F);
    }
}
