//! Random patterns and texts, the same in every run.

pub struct Dice(pub u64);

/// The assertions that a pattern may have.
pub type Assertions = &'static [&'static str];

impl Dice {
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    pub fn pattern(&mut self, assertions: Assertions) -> String {
        let flags = self.pick(&["(?s-u)", "(?m-u)", "(?is-u)", "(?im-u)", "(?-u)"]);
        format!("{flags}{}", self.part(assertions, 4))
    }

    fn part(&mut self, assertions: Assertions, depth: u64) -> String {
        if depth == 0 || self.below(4) == 0 {
            return self.atom(assertions).into();
        }
        let repeats = ["*", "+", "?", "*?", "+?", "{2}", "{1,3}", "{0,2}", "{2,}", "{0}"];
        let part = self.part(assertions, depth - 1);
        let kind = self.below(5);
        if kind == 0 {
            return format!("(?:{part}){}", self.pick(&repeats));
        }
        let other = self.part(assertions, depth - 1);
        match kind {
            1 => format!("(?:{part}|{other})"),
            2 => format!("({part}|{other}|{})", self.part(assertions, depth - 1)),
            _ => format!("{part}{other}"),
        }
    }

    fn atom(&mut self, assertions: Assertions) -> &'static str {
        let bytes =
            ["a", "b", "ab", "abc", "-", ".", "[ab]", "[^a]", r"\n", r"\w", r"\W", r"[\x80-\xFF]", "a{1,3}", ""];
        match self.below(4) {
            0 => self.pick(assertions),
            _ => self.pick(&bytes),
        }
    }

    pub fn text(&mut self) -> Vec<u8> {
        let length = self.below(12);
        (0..length).map(|_| self.pick(b"aaabbcc-\n \xC3")).collect()
    }
}
