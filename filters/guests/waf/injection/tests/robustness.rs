//! Any bytes are judged, and none take more than one pass each.

use waf_injection::{sqli, xss};

/// Pseudo-random numbers (xorshift), the same in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

const PIECES: [&str; 56] = [
    "'",
    "\"",
    "`",
    "\\",
    "--",
    "#",
    "/*",
    "*/",
    "/*!",
    "(",
    ")",
    ",",
    ";",
    "{",
    "}",
    "[",
    "]",
    "@",
    "@@",
    "$",
    "$$",
    "$a$",
    ".",
    "0x",
    "0b1",
    "1e+",
    "7",
    "x",
    "q'[",
    "n'",
    "u&'",
    "::",
    ":=",
    "||",
    "&&",
    "=",
    "<",
    ">",
    "<!--",
    "-->",
    "<![CDATA[",
    "<?",
    "</",
    "<b ",
    "onclick",
    "href=",
    "javascript:",
    "&#",
    "&#x6a;",
    " ",
    "\0",
    "\u{a0}",
    "select",
    "union all",
    "or",
    "sleep(",
];

#[test]
fn random_bytes_never_panic() {
    let mut dice = Dice(0x5eed);
    for _ in 0..20_000 {
        let length = dice.throw(40);
        let value: Vec<u8> = (0..length).map(|_| dice.throw(256) as u8).collect();
        sqli(&value);
        xss(&value);
    }
}

#[test]
fn random_pieces_of_syntax_never_panic() {
    let mut dice = Dice(0xfeed);
    for _ in 0..50_000 {
        let length = dice.throw(12);
        let value: String = (0..length).map(|_| PIECES[dice.throw(PIECES.len())]).collect();
        sqli(value.as_bytes());
        xss(value.as_bytes());
    }
}

#[test]
fn every_piece_of_syntax_may_end_the_value() {
    for first in PIECES {
        for second in PIECES {
            let value = format!("{}{}", first, second);
            sqli(value.as_bytes());
            xss(value.as_bytes());
        }
    }
}

#[test]
fn every_piece_of_syntax_may_fill_a_large_value() {
    for piece in PIECES {
        let value = piece.repeat(100_000 / piece.len());
        sqli(value.as_bytes());
        xss(value.as_bytes());
    }
}
