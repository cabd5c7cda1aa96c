//! The Cookie header.

use crate::caps::{Caps, Overflow};
use crate::fields::Fields;

/// Add a Cookie header's cookies to `fields`, undecoded; the caps are for all that `fields` then holds.
///
/// As libmodsecurity has them (split at `;`, blanks in front of a name are dropped, a cookie may lack a `=`), but that a value
/// without a name is kept: browsers send such cookies, and servers read them.
pub fn cookies(header: &[u8], caps: &Caps, fields: &mut Fields) -> Option<Overflow> {
    let header = header.strip_suffix(b";").unwrap_or(header);
    let blanks = header.iter().rev().take_while(|byte| is_blank(byte)).count();
    let pairs = header[..header.len() - blanks].split(|byte| *byte == b';');
    pairs.map(without_blanks).filter(|pair| !matches!(*pair, b"" | b"=")).find_map(|pair| add(pair, caps, fields).err())
}

fn add(pair: &[u8], caps: &Caps, fields: &mut Fields) -> Result<(), Overflow> {
    let mut sides = pair.splitn(2, |byte| *byte == b'=');
    fields.add(sides.next().unwrap_or_default(), sides.next().unwrap_or_default(), caps)
}

fn without_blanks(pair: &[u8]) -> &[u8] {
    let blanks = pair.iter().take_while(|byte| is_blank(byte)).count();
    &pair[blanks..]
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::Noise;

    const CAPS: Caps = Caps { arguments: 3, depth: 0, text_bytes: 100 };

    fn check(header: &str, wanted: &[(&str, &str)]) {
        let mut fields = Fields::default();
        assert_eq!(cookies(header.as_bytes(), &CAPS, &mut fields), None);
        let wanted: Vec<_> = wanted.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes())).collect();
        assert_eq!(fields.iter().collect::<Vec<_>>(), wanted, "{header}");
    }

    #[test]
    fn cookies_are_split_and_not_decoded() {
        check("a=1; b=%41+=; \t c", &[("a", "1"), ("b", "%41+="), ("c", "")]);
        check("a=\"1;2\"", &[("a", "\"1"), ("2\"", "")]);
    }

    #[test]
    fn blanks_stay_but_before_names_and_at_the_very_end() {
        check("  a = 1 ;b=2  ", &[("a ", " 1 "), ("b", "2")]);
        check("a ;b ;", &[("a ", ""), ("b", "")]);
    }

    #[test]
    fn what_holds_nothing_is_no_cookie() {
        check("", &[]);
        check(";; ; = ;=;a=", &[("", " "), ("a", "")]);
    }

    #[test]
    fn a_value_without_a_name_is_kept() {
        check("=x; a=1", &[("", "x"), ("a", "1")]);
    }

    #[test]
    fn too_many_cookies_are_reported() {
        let mut fields = Fields::default();
        assert_eq!(cookies(b"a;b;c;d", &CAPS, &mut fields), Some(Overflow::Arguments));
        assert_eq!(fields.len(), 3);
    }

    #[test]
    fn any_bytes_are_read() {
        let mut noise = Noise::new();
        for _ in 0..2_000 {
            let header = noise.of(&[b";", b"=", b" ", b"a", b"\t", b"\0", b"\xff"], 30);
            let mut fields = Fields::default();
            let caps = Caps { arguments: 30, ..CAPS };
            assert_eq!(cookies(&header, &caps, &mut fields), None);
            assert!(fields.iter().all(|(name, value)| !name.starts_with(b" ") && name.len() + value.len() > 0));
        }
    }
}
