//! The functions that the servers bring, from the same manuals as their words.

use super::token::Kind;
use crate::dictionary::Dictionary;

#[rustfmt::skip]
const PROBES: &[&str] = &[
    "benchmark", "bin_to_num", "dbms_lock.sleep", "dbms_pipe.receive_message", "extractvalue", "generate_series",
    "geometrycollection", "get_lock", "gtid_subset", "gtid_subtract", "json_keys", "linestring", "load_extension",
    "load_file", "lo_export", "lo_import", "multilinestring", "multipoint", "multipolygon", "name_const", "pg_ls_dir",
    "pg_read_file", "pg_sleep", "polygon", "procedure_analyse", "query_to_xml", "randomblob", "sleep", "sys_eval",
    "sys_exec", "updatexml", "utl_http.request", "utl_inaddr.get_host_address", "utl_inaddr.get_host_name", "xmltype",
    "zeroblob",
];

#[rustfmt::skip]
const FUNCTIONS: &[&str] = &[
    "abs", "acos", "adddate", "addtime", "aes_decrypt", "aes_encrypt", "any", "array_agg", "ascii", "asin", "atan",
    "avg", "bin", "bit_and", "bit_count", "bit_length", "bit_or", "bit_xor", "cast", "ceil", "ceiling", "char",
    "char_length", "character_length", "charindex", "chr", "coalesce", "col_length", "col_name", "collation",
    "compress", "concat", "concat_ws", "connection_id", "conv", "convert", "cos", "cot", "count", "crc32", "curdate",
    "current_database", "current_setting", "current_user", "curtime", "database", "database_to_xml", "datalength",
    "date_add", "date_format", "date_sub", "dateadd", "datediff", "datename", "datepart", "day", "db_id", "db_name",
    "decode", "degrees", "des_decrypt", "des_encrypt", "elt", "encode", "encrypt", "exists", "exp", "export_set",
    "field", "file_name", "find_in_set", "floor", "format", "found_rows", "from_base64", "getdate", "greatest",
    "group_concat", "hash", "has_dbaccess", "hex", "host_name", "if", "ifnull", "iif", "inet_aton", "inet_ntoa",
    "initcap", "instr", "is_member", "is_srvrolemember", "isnull", "json_extract", "last_insert_id", "lcase", "least",
    "left", "len", "length", "ln", "localtime", "locate", "log", "log10", "log2", "lower", "lpad", "ltrim", "make_set",
    "makedate", "master_pos_wait", "max", "md5", "mid", "min", "mod", "month", "nchar", "newid", "now", "nullif", "nvl",
    "nvl2", "object_id", "object_name", "oct", "octet_length", "old_password", "openquery", "openrowset", "ord",
    "overlay", "password", "patindex", "pi", "position", "pow", "power", "quote", "quote_literal", "quotename",
    "radians", "rand", "random", "rawtohex", "regexp_instr", "regexp_like", "regexp_replace", "regexp_substr",
    "release_lock", "repeat", "replace", "replicate", "reverse", "right", "round", "row", "row_count", "rpad", "rtrim",
    "schema", "schema_name", "serverproperty", "session_user", "sha", "sha1", "sha2", "sign", "sin", "soundex", "space",
    "sqlite_version", "sqrt", "std", "stddev", "str", "strcmp", "string_agg", "stuff", "subdate", "substr", "substring",
    "substring_index", "subtime", "sum", "suser_name", "suser_sname", "sysdate", "system_user", "tan", "to_base64",
    "to_char", "to_date", "to_number", "trim", "truncate", "typeof", "ucase", "uncompress", "unhex", "unix_timestamp",
    "upper", "user", "user_id", "user_name", "uuid", "values", "variance", "version", "week", "weekday", "xmlagg",
    "xmlelement", "xp_cmdshell", "year",
];

static CALLS: Dictionary<Kind, 1024> = Dictionary::new(&[(Kind::Probe, PROBES), (Kind::Function, FUNCTIONS)]);

/// What a word means before an opening parenthesis.
pub fn call(text: &[u8]) -> Option<Kind> {
    CALLS.get(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_found_in_its_table() {
        for (list, kind) in [(PROBES, Kind::Probe), (FUNCTIONS, Kind::Function)] {
            for entry in list {
                assert_eq!(call(entry.to_ascii_uppercase().as_bytes()), Some(kind), "{}", entry);
                assert_eq!(entry.to_ascii_lowercase(), *entry);
            }
        }
    }

    #[test]
    fn a_name_of_ones_own_is_no_function() {
        assert_eq!(call(b"my_sleep"), None);
    }
}
