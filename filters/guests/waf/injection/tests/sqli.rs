//! What is SQL injection, and what people write that only looks like it.

use waf_injection::sqli;

#[track_caller]
fn assert_attacks(values: &[&str]) {
    for value in values {
        assert!(sqli(value.as_bytes()).is_some(), "missed: {}", value);
    }
}

#[track_caller]
fn assert_innocent(values: &[&str]) {
    for value in values {
        let found = sqli(value.as_bytes());
        assert!(found.is_none(), "accused: {} ({:?})", value, found);
    }
}

#[test]
fn a_condition_that_is_always_true_is_an_attack() {
    assert_attacks(&[
        "7 or 7=7",
        "7 OR NOT 7=8",
        "7) or (2>1",
        "x' or 'a'='a",
        "x\" or \"a\"=\"a",
        "x') or ('a'='a",
        "x' or 3<4 -- ",
        "x' || 1=1#",
        "x' or true",
        "x' or name like '%",
        "7 and 6=6 and 5=5",
    ]);
}

#[test]
fn a_condition_that_asks_the_database_is_an_attack() {
    assert_attacks(&[
        "7 and ascii(substring(user(),1,1))>64",
        "x' and exists(select * from accounts) and 'b'='b",
        "7 and (select count(*) from accounts)>0",
        "x' and length(database())=5 #",
        "7 xor @@version like '8%'",
    ]);
}

#[test]
fn a_union_with_another_query_is_an_attack() {
    assert_attacks(&[
        "-7 union select 1,2,3",
        "-7 UniOn/**/aLL/**/SeleCt null,null",
        "x' union select login, secret from accounts -- ",
        "x') union (select 1",
        "7 union distinct select 1",
        "-7e0union select.1,2",
        "7 except select 8",
    ]);
}

#[test]
fn what_follows_a_condition_is_an_attack_behind_a_number_or_a_quote() {
    assert_attacks(&[
        "7 order by 12",
        "x' group by id having 1=1#",
        "x' having 1=1",
        "7 procedure analyse(extractvalue(1,2),1)",
        "x' into outfile '/srv/www/shell.php",
        "x' limit 1,1 -- ",
    ]);
}

#[test]
fn cutting_the_statement_off_is_an_attack() {
    assert_attacks(&["root'--", "root' -- ", "root'#", "root'/*", "root') -- x", "7)) --", "x';--"]);
}

#[test]
fn a_second_statement_is_an_attack() {
    assert_attacks(&[
        "7; drop table accounts",
        "x'; insert into accounts values ('eve')",
        "x'; exec master..xp_cmdshell 'dir",
        "7;declare @s varchar(99)",
        "x')waitfor delay'0:0:9'--",
        "7; select pg_sleep(9)",
        "x'; shutdown",
        "7; update accounts set admin=1",
    ]);
}

#[test]
fn a_call_that_waits_reads_files_or_provokes_errors_is_an_attack() {
    assert_attacks(&[
        "sleep(9)",
        "7-sleep(9)",
        "x'+sleep(9)+'",
        "x',benchmark(9999,md5(1)),'",
        "if(1=1,sleep(9),0)",
        "7-updatexml(1,concat(0x7e,version()),1)",
        "select load_file(0x2f)",
    ]);
}

#[test]
fn a_query_within_the_value_is_an_attack() {
    assert_attacks(&["7-(select 1)", "x'||(select 1)||'", "(select 1)", "(select sleep(9))", "x' = (select 7)"]);
}

#[test]
fn an_operator_between_two_texts_is_an_attack() {
    assert_attacks(&["x'||'y", "x'-'0", "'='", "x' like '%", "x'+b+'y", "x' is null", "x' between 'a' and 'z"]);
}

#[test]
fn a_comment_that_servers_read_differently_is_an_attack() {
    assert_attacks(&["7 /*!50000union*/ /*!select*/ 1", "a/*/*/b"]);
}

#[test]
fn a_whole_query_is_an_attack() {
    assert_attacks(&[
        "select * from accounts where id=7",
        "select count(*) from accounts",
        "select login from accounts where id=7",
        "exec sp_who2",
    ]);
}

#[test]
fn spaces_comments_signs_and_case_hide_nothing() {
    assert_attacks(&["7\tOr\n7=7", "7/**/or/**/7=7", "7 or -+~7=7", "7 or binary 7=7", "7 or {d '2000-01-01'}='x'"]);
}

#[test]
fn names_with_apostrophes_are_innocent() {
    assert_innocent(&[
        "O'Brien",
        "Conan O'Brien and Andy Richter",
        "d'Artagnan",
        "Rock 'n' Roll",
        "Ben & Jerry's",
        "'s-Hertogenbosch",
        "Coeur d'Alene, ID 83814",
        "Toys \"R\" Us",
        "Guns N' Roses or AC/DC",
    ]);
}

#[test]
fn prose_that_uses_the_words_of_sql_is_innocent() {
    assert_innocent(&[
        "Please select one from the menu where it says hello",
        "select the best from these",
        "Insert coin into slot, then drop the lever",
        "the credit union select committee",
        "union select committee 1926",
        "Update: we don't order by phone",
        "It's 5 or 6 dogs' toys and I can't create a table from it",
        "If you sleep (deeply), you dream",
        "union and order",
        "drop table",
        "like it or not, it is null and void",
        "people having 2 dogs or cats",
        "speed limit 50 and no more",
        "a and b or c",
        "7 and 8",
        "his or her",
        "Group by group; set by set",
    ]);
}

#[test]
fn shapes_are_innocent() {
    assert_innocent(&["POLYGON((30 10, 40 40, 20 40))", "LINESTRING(30 10, 10 30)", "MULTIPOINT((10 40), (40 30))"]);
    assert_attacks(&["polygon((select 1 from users))", "1 and linestring((select version()))"]);
}

#[test]
fn quoted_words_are_innocent() {
    assert_innocent(&[
        "\"fast\" and \"cheap\"",
        "'fast' or 'cheap'",
        "the sign '=' means equality",
        "separated by '-' or '/'",
        "use \"+\" (plus) for that",
        "The comment character is \"#\".",
        "{\"and\": \"19.99\", \"or\": 7}",
        "\"{first}-{last}\"",
    ]);
}

#[test]
fn measures_dates_and_money_are_innocent() {
    assert_innocent(&[
        "10' x 12'",
        "6'2\"",
        "necklace of 16\" or 18\"",
        "2024-01-02T03:04:05Z",
        "01/02/2024 - 03/02/2024",
        "$1,234.56",
        "2 + 2 = 4",
        "1=1",
        "50 % off",
        "+49 (0) 30 123-456",
        "1 - 2",
        "3:1",
    ]);
}

#[test]
fn what_programs_send_is_innocent() {
    assert_innocent(&[
        "{\"a\":[1,2,{\"b\":null}],\"c\":\"it's\"}",
        "https://example.org/a/b?c=1&d=e#f",
        "first.last+tag@example.co.uk",
        "Joe <joe@example.org>",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0 Safari/537.36",
        "text/html, */*;q=0.8",
        "dGhpcyBpcyBub3QgU1FM+/==",
        "550e8400-e29b-41d4-a716-446655440000",
        "btn btn-primary col-md-6 card--wide",
        "color: #fff; margin: 0 auto;",
        "src/*.c",
        "a=1; b=2",
        "GA1.2.123456789.987654321",
        "C:\\Program Files\\x",
        "",
        "'",
        "\"\"",
        "--",
    ]);
}

#[test]
fn evidence_names_the_kinds_of_tokens() {
    let evidence = sqli(b"x' or 7=7").expect("an attack");
    assert_eq!(evidence.as_bytes(), b"sld");
}
