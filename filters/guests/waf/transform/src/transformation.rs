//! SecLang's transformations, by their numbers in the rule blob.

use crate::class::{kind, Class};
use crate::{base64, case, command, comments, css, digest, escape, hex, html, number, path, unicode, url, whitespace};

macro_rules! transformations {
    ($($name:ident: $write:path,)*) => {
        /// A transformation (`t:…`); its number is its place in this list.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Transformation {
            $($name,)*
        }

        impl Transformation {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            fn write(self, input: &[u8], output: &mut Vec<u8>) {
                match self {
                    $(Self::$name => $write(input, output),)*
                }
            }
        }
    };
}

transformations! {
    Lowercase: case::lower,
    Uppercase: case::upper,
    UrlDecode: url::decode,
    UrlDecodeUni: url::decode_unicode,
    HtmlEntityDecode: html::decode,
    JsDecode: escape::decode_javascript,
    CssDecode: css::decode,
    EscapeSeqDecode: escape::decode_ansi_c,
    CmdLine: command::normalise,
    NormalisePath: path::normalise,
    NormalisePathWin: path::normalise_windows,
    RemoveNulls: whitespace::remove_nulls,
    ReplaceNulls: whitespace::replace_nulls,
    RemoveWhitespace: whitespace::remove,
    CompressWhitespace: whitespace::compress,
    RemoveComments: comments::remove,
    ReplaceComments: comments::replace,
    RemoveCommentsChar: comments::remove_marks,
    Utf8ToUnicode: unicode::escape,
    Base64Decode: base64::decode,
    Base64DecodeExt: base64::decode_lax,
    Base64Encode: base64::encode,
    HexDecode: hex::decode,
    HexEncode: hex::encode,
    SqlHexDecode: hex::decode_sql,
    Trim: whitespace::trim,
    TrimLeft: whitespace::trim_left,
    TrimRight: whitespace::trim_right,
    Length: number::length,
    Md5: digest::md5,
    Sha1: digest::sha1,
    UrlEncode: url::encode,
}

use Transformation::*;

impl Transformation {
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Fill `output` with what a value becomes; tell whether that differs from the value.
    pub fn apply(self, input: &[u8], output: &mut Vec<u8>) -> bool {
        output.clear();
        output.reserve(input.len());
        self.write(input, output);
        output != input
    }

    /// Tell from a value's class that `apply` would leave it as it is. False says nothing.
    pub fn leaves(self, class: Class) -> bool {
        use kind::*;
        match self {
            Lowercase => class.lacks(UPPER),
            Uppercase => class.lacks(LOWER),
            UrlDecode | UrlDecodeUni => class.lacks(PERCENT_OR_PLUS),
            UrlEncode => class.lacks(PUNCTUATION),
            HtmlEntityDecode => class.lacks(AMPERSAND),
            JsDecode | CssDecode | EscapeSeqDecode => class.lacks(BACKSLASH),
            CmdLine => class.lacks(UPPER | QUOTE | BACKSLASH | CONTROL_SPACE) && class.lacks_pair(SPACE_OR_OPENING),
            NormalisePath => class.lacks_pair(DOT_OR_SLASH) && !class.ends_with(DOT),
            NormalisePathWin => NormalisePath.leaves(class) && class.lacks(BACKSLASH),
            RemoveNulls | ReplaceNulls => class.lacks(NUL),
            RemoveWhitespace => class.lacks(SPACE | CONTROL_SPACE | HIGH),
            CompressWhitespace => class.lacks(CONTROL_SPACE) && class.lacks_pair(SPACE),
            RemoveComments | RemoveCommentsChar => class.lacks(STAR | HASH) && class.lacks_pair(DASH),
            ReplaceComments => class.lacks(STAR),
            Utf8ToUnicode => class.lacks(NUL | HIGH),
            SqlHexDecode => class.lacks_pair(ZERO_OR_X),
            Trim => !class.begins_with(SPACE | CONTROL_SPACE) && !class.ends_with(SPACE | CONTROL_SPACE),
            TrimLeft => !class.begins_with(SPACE | CONTROL_SPACE),
            TrimRight => !class.ends_with(SPACE | CONTROL_SPACE),
            Base64Decode | Base64DecodeExt | Base64Encode | HexDecode | HexEncode => class.is_empty(),
            Length | Md5 | Sha1 => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Random;

    const ROUNDS: usize = 10_000;

    #[test]
    fn numbers_are_places() {
        for (number, transformation) in Transformation::ALL.iter().copied().enumerate() {
            assert_eq!(transformation as usize, number);
            assert_eq!(Transformation::from_number(number as u8), Some(transformation));
        }
        assert_eq!(Transformation::from_number(18), Some(Utf8ToUnicode));
        assert_eq!(Transformation::from_number(31), Some(UrlEncode));
        assert_eq!(Transformation::from_number(32), None);
    }

    #[test]
    fn no_value_is_left_that_would_change() {
        let mut random = Random::new(1);
        let mut output = Vec::new();
        for _ in 0..ROUNDS {
            let value = random.value();
            let class = Class::of(&value);
            for &transformation in Transformation::ALL {
                let changed = transformation.apply(&value, &mut output);
                assert!(!changed || !transformation.leaves(class), "{transformation:?} changes {value:?}");
            }
        }
    }

    #[test]
    fn a_short_value_is_never_left_that_would_change() {
        let singles = (0..=u8::MAX).map(|byte| vec![byte]);
        let pairs = (0..=u16::MAX).map(|pair| pair.to_be_bytes().to_vec());
        let mut output = Vec::new();
        for value in singles.chain(pairs).chain([Vec::new()]) {
            let class = Class::of(&value);
            for transformation in Transformation::ALL.iter().filter(|each| each.leaves(class)) {
                assert!(!transformation.apply(&value, &mut output), "{transformation:?} changes {value:?}");
            }
        }
    }

    #[test]
    fn false_means_that_the_output_is_the_value() {
        let mut random = Random::new(2);
        let mut output = b"of old".to_vec();
        for _ in 0..ROUNDS {
            let value = random.value();
            for &transformation in Transformation::ALL {
                let changed = transformation.apply(&value, &mut output);
                assert_eq!(changed, output != value, "{transformation:?} of {value:?}");
            }
        }
    }

    #[test]
    fn a_plain_value_is_left_by_all_that_do_not_rewrite_every_value() {
        let class = Class::of(b"Session-4f2a_9.html");
        let writing: Vec<_> = Transformation::ALL.iter().filter(|each| !each.leaves(class)).collect();
        let coding = [Base64Decode, Base64DecodeExt, Base64Encode, HexDecode, HexEncode, Length, Md5, Sha1, UrlEncode];
        let casing = [Lowercase, Uppercase, CmdLine];
        assert!(writing.into_iter().all(|each| coding.contains(each) || casing.contains(each)));
    }
}
