//! A command line, freed of what shells ignore: `cmdLine`.

/// Drop quotes, backslashes and carets; make runs of white space, commas and semicolons one space, none before `/` or
/// `(`; lower the rest.
pub fn normalise(input: &[u8], output: &mut Vec<u8>) {
    let mut spaced = false;
    for &byte in input {
        match byte {
            b'"' | b'\'' | b'\\' | b'^' => continue,
            b' ' | b',' | b';' | b'\t' | b'\r' | b'\n' => {
                if !spaced {
                    output.push(b' ');
                }
                spaced = true;
            }
            b'/' | b'(' => {
                if spaced {
                    output.pop();
                }
                output.push(byte);
                spaced = false;
            }
            _ => {
                output.push(byte.to_ascii_lowercase());
                spaced = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn quotes_and_carets_go_and_letters_are_lowered() {
        assert_eq!(run(normalise, b"c^m\"d\" /C 'n''e'\\t"), b"cmd/c net");
    }

    #[test]
    fn separators_become_one_space() {
        assert_eq!(run(normalise, b"a ,;\t\r\n\"b\";c"), b"a b c");
        assert_eq!(run(normalise, b" '' "), b" ");
    }

    #[test]
    fn no_space_stays_before_a_slash_or_bracket() {
        assert_eq!(run(normalise, b"cat  /etc (x ) ;\"/"), b"cat/etc(x )/");
    }

    #[test]
    fn vertical_tabs_are_no_separators() {
        assert_eq!(run(normalise, b"a\x0b b"), b"a\x0b b");
    }
}
