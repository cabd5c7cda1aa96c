//! ASCII's two cases: `lowercase`, `uppercase`.

pub fn lower(input: &[u8], output: &mut Vec<u8>) {
    output.extend(input.iter().map(u8::to_ascii_lowercase));
}

pub fn upper(input: &[u8], output: &mut Vec<u8>) {
    output.extend(input.iter().map(u8::to_ascii_uppercase));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::run;

    #[test]
    fn only_ascii_letters_change() {
        assert_eq!(run(lower, b"aZ[@\xC9"), b"az[@\xC9");
        assert_eq!(run(upper, b"aZ{`\xE9"), b"AZ{`\xE9");
    }
}
