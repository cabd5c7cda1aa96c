//! Words that mean something only together.

use super::token::{Kind, Token};

/// Two words that mean something together. The first stands alone in a table above, or nowhere.
const PHRASES: &[(&str, &str, Kind)] = &[
    ("alter", "database", Kind::Statement),
    ("alter", "table", Kind::Statement),
    ("alter", "user", Kind::Statement),
    ("backup", "database", Kind::Statement),
    ("case", "when", Kind::Query),
    ("create", "database", Kind::Statement),
    ("create", "function", Kind::Statement),
    ("create", "procedure", Kind::Statement),
    ("create", "table", Kind::Statement),
    ("create", "user", Kind::Statement),
    ("delete", "from", Kind::Statement),
    ("drop", "database", Kind::Statement),
    ("drop", "function", Kind::Statement),
    ("drop", "procedure", Kind::Statement),
    ("drop", "table", Kind::Statement),
    ("drop", "user", Kind::Statement),
    ("drop", "view", Kind::Statement),
    ("group", "by", Kind::Clause),
    ("insert", "into", Kind::Statement),
    ("into", "dumpfile", Kind::Clause),
    ("into", "outfile", Kind::Clause),
    ("load", "data", Kind::Statement),
    ("merge", "into", Kind::Statement),
    ("not", "between", Kind::Operator),
    ("not", "in", Kind::Operator),
    ("not", "like", Kind::Operator),
    ("not", "regexp", Kind::Operator),
    ("not", "rlike", Kind::Operator),
    ("order", "by", Kind::Clause),
    ("procedure", "analyse", Kind::Clause),
    ("replace", "into", Kind::Statement),
    ("similar", "to", Kind::Operator),
    ("sounds", "like", Kind::Operator),
    ("truncate", "table", Kind::Statement),
    ("union", "all", Kind::Union),
    ("union", "distinct", Kind::Union),
    ("waitfor", "delay", Kind::Statement),
    ("waitfor", "time", Kind::Statement),
];

/// What two tokens in a row mean together.
pub fn phrase(first: &Token, second: &Token) -> Option<Kind> {
    let starts = matches!(first.kind, Kind::Query | Kind::Keyword | Kind::Union | Kind::Operator | Kind::Verb);
    let known = PHRASES.iter().find(|(one, two, _)| starts && first.is(one) && second.is(two));
    known.map(|(_, _, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::words;

    #[test]
    fn every_phrase_starts_with_a_word_that_may_start_one() {
        for (first, second, kind) in PHRASES {
            let token = |text: &'static str| Token::new(words::word(text.as_bytes()), text.as_bytes());
            assert_eq!(phrase(&token(first), &token(second)), Some(*kind), "{} {}", first, second);
        }
    }

    #[test]
    fn other_pairs_of_words_mean_nothing_together() {
        let word = |text: &'static str| Token::new(words::word(text.as_bytes()), text.as_bytes());
        assert_eq!(phrase(&word("drop"), &word("anchor")), None);
        assert_eq!(phrase(&word("table"), &word("drop")), None);
    }
}
