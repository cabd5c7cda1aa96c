//! The grammar of attacks: which sequences of tokens no honest value has.

use super::sentence::Sentence;
use super::suspect::{Head, Suspect};
use super::token::Kind::{self, *};
use super::token::Token;

/// Each production is a family of attacks; a function holds the forms of one.
const PRODUCTIONS: [fn(&Suspect) -> bool; 11] = [
    ambiguous_comment,
    union,
    boolean,
    clause,
    truncation,
    stacked,
    call,
    subquery,
    concatenation,
    comparison,
    whole_query,
];

pub fn is_attack(sentence: &Sentence) -> bool {
    let suspect = Suspect::new(sentence);
    PRODUCTIONS.iter().any(|production| production(&suspect))
}

/// `/*!50000 … */`, which MySQL runs and others skip; `/*/*/`, which servers end at different places.
fn ambiguous_comment(s: &Suspect) -> bool {
    s.kinds().contains(&Ambiguous)
}

/// `1 union select …`, anywhere but where prose says it: "the credit union select committee", "union select committee 1926".
fn union(s: &Suspect) -> bool {
    let kinds = s.kinds();
    let joins = |at: usize| match kinds.split_at(at) {
        ([.., Word, Word], _) => false,
        ([], [Union, Query, Word, Number | Word, ..]) => false,
        ([], [Union, Query, _, ..]) | ([_, ..], [Union, Query, ..]) | (_, [Union, Open, Query, ..]) => true,
        _ => false,
    };
    (0..kinds.len()).any(joins)
        || (matches!(s.head, Head::Broken | Head::Literal) && matches!(s.rest(), [Union, Comment]))
}

/// `1 or 1=1`, `x' and 'a'='a`, `x') or exists(…`: another condition.
fn boolean(s: &Suspect) -> bool {
    let condition = match s.rest() {
        [Logic, condition @ ..] => condition,
        _ => return false,
    };
    let certain = match condition {
        [Open, Query | Probe, ..] | [Probe, Open, ..] => true,
        [Function, Open, Number | Query | Text | Close | Variable, ..] => true,
        [Open, Word, Operator, Text, ..] | [Number, Operator, Open | Function | Probe, ..] => true,
        _ => false,
    };
    certain
        || (s.head != Head::Nothing && compares(s, condition))
        || match s.head {
            Head::Broken => follows_break(s, condition),
            Head::Literal | Head::Name => follows_value(s, condition),
            Head::Nothing => false,
        }
}

/// Conditions that compare, and so say more than "a and b".
fn compares(s: &Suspect, condition: &[Kind]) -> bool {
    match condition {
        [Text, Operator | Comment, ..] => true,
        [Number | Word | Variable, Operator, Open | Function | Probe | Text | Variable, ..] => true,
        [Open, _, Close, Operator, ..] | [Open, Function, Open, ..] | [Number, Clause, _, ..] => true,
        [Open, Number | Word, ..] => s.compared(2),
        _ => false,
    }
}

/// Conditions behind the apostrophe or quote that ends the application's literal.
fn follows_break(s: &Suspect, condition: &[Kind]) -> bool {
    match condition {
        [Variable | Function | Probe, ..] | [Number] => true,
        [Number, next, ..] => !matches!(next, Text | Word),
        [Text] => !quotes_word(s, s.after + 1),
        [Text, next, ..] => !matches!(next, Word | Keyword | Text | Other) && !quotes_word(s, s.after + 1),
        [Word, Comment | Operator, ..] => true,
        [Word] | [Word, Logic, ..] => s.compared(1) || s.interrupted,
        [Open, Number | Text | Variable, ..] | [Open, Word, Close | Operator, ..] => true,
        _ => false,
    }
}

/// Conditions behind a number or a name, where English says "and" as well.
fn follows_value(s: &Suspect, condition: &[Kind]) -> bool {
    let compared = s.compared(1) || s.interrupted;
    match (s.head, condition) {
        (_, [Number] | [Number, Comment | Logic | Union | Clause | Close | Query | Semicolon, ..]) if compared => true,
        (Head::Literal, [Number | Word | Variable, Comment]) => true,
        (Head::Literal, [Variable]) => compared,
        (Head::Literal, [Number | Variable, Semicolon, Comment]) => true,
        (Head::Literal, [Open, Number | Variable, ..] | [Function, Open, ..]) => true,
        _ => false,
    }
}

/// `1 order by 5`, `x' having 1=1`, `x' into outfile '…`, `1 procedure analyse(…`: what follows a condition.
fn clause(s: &Suspect) -> bool {
    match (s.head, s.rest()) {
        (Head::Broken | Head::Literal, [Clause, Number | Variable | Function | Probe | Open | Text, ..]) => true,
        (Head::Broken | Head::Literal, [Clause, Word, Comment | Clause, ..]) => true,
        (Head::Name, [Clause, Text, ..]) => s.is(s.after, "into"),
        (Head::Name, [Clause, Open, ..]) if s.is(s.after, "procedure") => true,
        (Head::Name, [Clause, Number] | [Clause, Number, Comment | Clause | Union | Semicolon | Close, ..]) => true,
        (Head::Name, [Clause, Word, Clause, Number, ..]) => s.compared(3),
        (Head::Name, [Clause, Function | Probe, Open, Number | Text | Query, ..]) => true,
        (Head::Name, [Clause, Open, Number | Query, ..]) => s.compared(2) || s.rest()[2] == Query,
        _ => false,
    }
}

/// `admin'--`, `1) #`: the rest of the application's statement becomes a comment.
fn truncation(s: &Suspect) -> bool {
    match s.kinds() {
        [Text, Close | Semicolon, Comment] if s.head == Head::Broken => true,
        [value @ .., Close, Comment] => {
            ends_blank(s)
                && value.iter().any(|kind| matches!(kind, Text | Number | Variable | Function | Probe | Query))
        }
        [Text, Comment] => s.head == Head::Broken && ends_blank(s),
        [Number, Comment] => ends_blank(s),
        _ => false,
    }
}

/// Whether the last token is a comment as attackers end a value with, rather than one that says something.
fn ends_blank(s: &Suspect) -> bool {
    let marks = |comment: &[u8]| comment.iter().filter(|byte| !byte.is_ascii_whitespace()).count();
    s.tokens
        .last()
        .map_or(false, |last| marks(last.text) < 4 && last.text.iter().all(|byte| b"-+#*/; \t\r\n".contains(byte)))
}

/// `1; drop table users`, `x' waitfor delay '…`, `1; select pg_sleep(5)`: a statement of the attacker's own.
fn stacked(s: &Suspect) -> bool {
    match (s.head, s.rest()) {
        (_, [Semicolon, Statement, ..] | [Semicolon, Verb, Variable, ..]) => true,
        (_, [Semicolon, Query, Function | Probe, Open, ..]) => true,
        (_, [Semicolon, Function, Open, ..]) if s.compared(3) => true,
        (_, [Semicolon, Verb, Word | Function, ..]) if is_system_procedure(s, s.after + 1) => true,
        (Head::Nothing, _) => false,
        (_, [Semicolon, Verb, Comment] | [Semicolon, Verb, Semicolon, Comment]) => ends_blank(s),
        (_, [Statement, Text, ..]) => true,
        (_, [Semicolon, Query, Word, Verb, ..]) => s.is(s.after + 3, "set"),
        (Head::Name, _) => false,
        (_, [Semicolon, Query, Number | Operator | Variable | Text, ..]) => true,
        (_, [Semicolon, Verb, Text | Function | Verb | Statement, ..]) => true,
        (_, [Semicolon, Verb, Word, Comment | Semicolon, ..] | [Semicolon, Function, Open, ..]) => true,
        (Head::Broken, [Semicolon, Verb] | [Semicolon, Verb, Word | Number | Semicolon | Open, ..]) => true,
        (Head::Broken, [Verb, after @ ..]) => after.contains(&Variable) || is_system_procedure(s, s.after),
        _ => false,
    }
}

/// Whether a verb calls a procedure whose prefix SQL Server keeps for its own.
fn is_system_procedure(s: &Suspect, verb: usize) -> bool {
    let name = s.tokens.get(verb + 1).and_then(|token| token.text.rsplit(|byte| *byte == b'.').next());
    let start = name.and_then(|name| name.get(..3)).unwrap_or_default();
    let reserved = |prefix: &[u8]| start.eq_ignore_ascii_case(prefix);
    (s.is(verb, "exec") || s.is(verb, "execute")) && (reserved(b"xp_") || reserved(b"sp_"))
}

/// `sleep(5)`, `1-sleep(5)`, `x'+char(65)…`: a function of the server's.
fn call(s: &Suspect) -> bool {
    let probes = |window: &[Kind]| matches!(window, [Open | Comma | Operator | Logic, Probe, Open]);
    if s.kinds().windows(3).any(probes) {
        return true;
    }
    match (s.head, s.rest()) {
        // Coordinates of a shape (OGC's well-known text), "POLYGON((30 10, 40 40, …": no call has two numbers in a row.
        (Head::Nothing, [Probe, Open, Number, Number, ..]) => false,
        (Head::Nothing, [Probe, Open, _, ..]) => true,
        (Head::Nothing, [Function, Open, Function, Open, Function, Open, ..]) => true,
        (Head::Nothing, [Function, Open, Number | Text | Type, Comma, Function | Open, ..]) => true,
        (Head::Nothing, _) => false,
        (_, [Comma, Function, Open, Number, ..]) => s.head == Head::Literal || s.compared(3),
        (Head::Broken, [Operator | Comma, Function, Open, ..]) => true,
        (Head::Broken, [Function | Probe, Open, Number | Open | Text | Query | Variable, ..]) => true,
        (
            Head::Literal,
            [Operator | Comma, Function, Open, Number | Query | Text | Close | Variable | Function, ..],
        ) => true,
        (Head::Literal, [Operator, Open, Function, Open, ..]) => true,
        _ => false,
    }
}

/// `1=(select …`, `x',(select …`, `(select 1)`: a query for a value.
fn subquery(s: &Suspect) -> bool {
    match (s.head, s.rest()) {
        (Head::Nothing, [Function, Open, Query, ..]) => true,
        (Head::Nothing, [Open, Query, Number | Text | Variable | Function | Probe | Open, ..]) => true,
        (Head::Nothing, _) => false,
        (_, [Operator | Comma, Open, Query, ..]) => true,
        (Head::Broken, [Open, Query, next, ..]) => *next != Word,
        _ => false,
    }
}

/// `x'||'y`, `x'-'`, `x'+(select …`: what stays a text while it computes.
fn concatenation(s: &Suspect) -> bool {
    if s.head != Head::Broken {
        return false;
    }
    match s.rest() {
        [Operator, Text] => !quotes_word(s, s.after + 1),
        [Operator, Text, next, ..] => matches!(next, Logic | Comment | Union | Clause | Close),
        [Operator, Open, Number | Text | Query | Function | Probe, ..] => true,
        [Operator, Word, Operator, Text] => !quotes_word(s, s.after + 3),
        [Operator, Number, Operator, Text | Open, ..] => true,
        _ => false,
    }
}

/// `x' is null`, `x' = 1 or …`, `1 is not null`: a comparison that decides the condition.
fn comparison(s: &Suspect) -> bool {
    match (s.head, s.rest()) {
        (Head::Broken, [Operator, Variable] | [Operator, Variable, Operator | Text, ..]) => true,
        (Head::Broken, [Operator, Number | Word | Variable, Logic, ..]) => true,
        (Head::Broken, [Operator, Number | Word | Variable, Comment]) => ends_blank(s),
        (Head::Literal, [Operator, Variable, ..]) => s.kinds()[0] == Number,
        (Head::Literal, [Operator, Function, Open, ..]) => s.after > 2,
        _ => false,
    }
}

/// Whether two quotes stand around a word of a text, as in: the sign '=' means.
fn quotes_word(s: &Suspect, closing: usize) -> bool {
    let ends = |token: &Token| token.text.last().map_or(false, |byte| b" \t\n([{,".contains(byte));
    let starts = |token: &Token| token.text.first().map_or(true, |byte| b" \t\n)]}.,;:".contains(byte));
    s.tokens.first().map_or(false, ends) && s.tokens.get(closing).map_or(false, starts)
}

/// `select * from users where …`: a value that is a query, for what concatenates it elsewhere.
fn whole_query(s: &Suspect) -> bool {
    let open = s.kinds().starts_with(&[Open]) as usize;
    match &s.kinds()[open..] {
        [Query, Operator, Keyword, Word, Keyword | Clause | Semicolon | Comment | Union, ..] => true,
        [Query, Operator, Keyword, Open, Query, ..] => true,
        [Query, Number | Variable, Keyword, Number | Variable | Text, Keyword, ..] => true,
        [Query, Function | Probe, Open, _, ..] => true,
        [Query, Open, Number | Text | Variable, Close, Comma | Keyword | Close, ..] => true,
        [Query, Open, Function | Probe, Open, ..] => true,
        [Query, Number | Text | Variable, Logic | Operator, Open | Function, ..] => true,
        [Query, value, Comma, Function | Probe, Open, ..] => value.is_value(),
        [Query, Number | Word, Keyword, Open, Query, ..] => true,
        [Query, Text | Variable, Keyword, Word, Keyword, ..] => s.is(open + 2, "from"),
        [Query, Word, Keyword, Word, Clause | Semicolon | Comment, ..] => s.is(open + 2, "from"),
        [Query, Word, Keyword, Word, Keyword, Word, ..] => {
            s.is(open + 2, "from") && s.is(open + 4, "where") && s.tokens[open + 5].compared
        }
        [Verb, Word, ..] => is_system_procedure(s, open),
        _ => false,
    }
}
