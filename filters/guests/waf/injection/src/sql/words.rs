//! The words that SQL gives a meaning to, from the manuals of MySQL 8, PostgreSQL 15, SQL Server 2022, Oracle 19 and
//! SQLite 3. English words that carry no danger alone are left out where a value holds them more often than a query.

use super::token::Kind;
use crate::dictionary::Dictionary;

const LOGIC: &[&str] = &["and", "or", "xor"];

#[rustfmt::skip]
const OPERATORS: &[&str] = &[
    "between", "div", "escape", "glob", "ilike", "is", "isnull", "like", "match", "mod", "not", "notnull", "overlaps",
    "regexp", "rlike", "similar",
];

const UNIONS: &[&str] = &["except", "intersect", "union"];

const QUERIES: &[&str] = &["delete", "insert", "select", "update"];

const CLAUSES: &[&str] = &["having", "limit"];

#[rustfmt::skip]
const KEYWORDS: &[&str] = &[
    "as", "asc", "by", "case", "cross", "desc", "else", "end", "from", "group", "inner", "into", "join", "natural",
    "offset", "on", "order", "outer", "procedure", "returning", "sounds", "table", "then", "using", "values", "when",
    "where",
];

#[rustfmt::skip]
const VERBS: &[&str] = &[
    "alter", "attach", "backup", "begin", "call", "create", "dbcc", "declare", "drop", "exec", "execute", "grant",
    "handler", "kill", "load", "merge", "pragma", "prepare", "rename", "replace", "restore", "revoke", "set",
    "shutdown", "truncate", "use", "waitfor", "while",
];

#[rustfmt::skip]
const CONSTANTS: &[&str] = &[
    "current_catalog", "current_date", "current_role", "current_schema", "current_time", "current_timestamp",
    "current_user", "false", "localtime", "localtimestamp", "null", "rownum", "session_user", "sysdate", "system_user",
    "systimestamp", "true", "utc_date", "utc_time", "utc_timestamp",
];

#[rustfmt::skip]
const TYPES: &[&str] = &[
    "bigint", "binary", "blob", "bool", "boolean", "bytea", "char", "clob", "date", "datetime", "decimal", "double",
    "float", "int", "integer", "interval", "nchar", "numeric", "nvarchar", "real", "signed", "smallint", "text", "time",
    "timestamp", "tinyint", "unsigned", "varbinary", "varchar", "varchar2",
];

static WORDS: Dictionary<Kind, 512> = Dictionary::new(&[
    (Kind::Logic, LOGIC),
    (Kind::Operator, OPERATORS),
    (Kind::Union, UNIONS),
    (Kind::Query, QUERIES),
    (Kind::Clause, CLAUSES),
    (Kind::Keyword, KEYWORDS),
    (Kind::Verb, VERBS),
    (Kind::Variable, CONSTANTS),
    (Kind::Type, TYPES),
    (Kind::Collate, &["collate"]),
]);

/// What a word means by itself.
pub fn word(text: &[u8]) -> Kind {
    WORDS.get(text).unwrap_or(Kind::Word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_lower_case_and_found() {
        for (list, kind) in [(LOGIC, Kind::Logic), (VERBS, Kind::Verb), (TYPES, Kind::Type), (KEYWORDS, Kind::Keyword)]
        {
            for entry in list {
                assert_eq!(word(entry.to_ascii_uppercase().as_bytes()), kind, "{}", entry);
                assert_eq!(entry.to_ascii_lowercase(), *entry);
            }
        }
    }
}
