//! What is cross-site scripting, and what people write that only looks like it.

use waf_injection::xss;

#[track_caller]
fn assert_attacks(values: &[&str]) {
    for value in values {
        assert!(xss(value.as_bytes()), "missed: {}", value);
    }
}

#[track_caller]
fn assert_innocent(values: &[&str]) {
    for value in values {
        assert!(!xss(value.as_bytes()), "accused: {}", value);
    }
}

#[test]
fn elements_that_run_or_fetch_are_attacks() {
    assert_attacks(&[
        "<script>run()</script>",
        "<ScRiPt/x>run()",
        "<script src=//evil.example>",
        "<iframe>",
        "<svg/onload=run()>",
        "<object data=x>",
        "<embed src=x>",
        "<base href=//evil.example>",
        "<link rel=stylesheet>",
        "<meta http-equiv=refresh>",
        "<style>*{}</style>",
        "<<script>",
        "<b><script",
        "<scr\0ipt>",
    ]);
}

#[test]
fn event_handlers_are_attacks_in_a_tag_and_behind_any_quote() {
    assert_attacks(&[
        "<img src=x onerror=run()>",
        "<b/onclick=run()>",
        "<b onmouseover = 'run()'>",
        "<img src='>' onerror='run()'>",
        "' onfocus='run()",
        "\" autofocus onfocus=run() x=\"",
        "` onclick=run()",
        "x onclick=run()",
        "onclick=run()",
        "</b onclick=run()>",
        "<marquee onstart=run()>",
    ]);
}

#[test]
fn addresses_that_are_scripts_are_attacks() {
    assert_attacks(&[
        "<a href=javascript:run()>",
        "<a href='JaVaScRiPt:run()'>",
        "<a href=\"java\tscript:run()\">",
        "<a href=\" \x01javascript:run()\">",
        "<a href=\"&#106;avascript:run()\">",
        "<a href=\"&#x6A;avascript&colon;run()\">",
        "<a href=\"java&NewLine;script:run()\">",
        "<a href=vbscript:run>",
        "<a href=data:text/html;base64,PHN2Zz4>",
        "<a href=view-source:x>",
        "<button formaction=javascript:run()>",
        "<animate attributename=href to=x>",
        "<img src=data:image/svg+xml,x>",
    ]);
}

#[test]
fn attributes_that_change_what_names_and_looks_mean_are_attacks() {
    assert_attacks(&["<b style=x>", "<x xmlns=y>", "<x xmlns:z=y>", "' style='x:expression(run())"]);
}

#[test]
fn declarations_and_conditional_comments_are_attacks() {
    assert_attacks(&[
        "<!DOCTYPE html>",
        "<!doctype",
        "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
        "<?xml version=1.0?>",
        "<?import namespace=t>",
        "<!--[if gte IE 4]><script>run()</script><![endif]-->",
        "<![if IE]>",
    ]);
}

#[test]
fn markup_that_only_formats_is_innocent() {
    assert_innocent(&[
        "<b>bold</b> and <i>italic</i>",
        "<p class=\"lead\">It's <em>fine</em></p>",
        "<a href=\"https://example.org/?a=1&amp;b=2\" title='x'>link</a>",
        "<a href=mailto:joe@example.org>",
        "<img src=\"/logo.png\" alt='a > b'>",
        "<img src=\"data:image/png;base64,iVBORw0KGgo=\">",
        "<ul><li>one<li>two</ul>",
        "<table><tr><td colspan=2>x</td></tr></table>",
        "<!-- a note -->",
        "<form action=/search>",
        "</script>",
        "<input name=once>",
    ]);
}

#[test]
fn text_with_angle_brackets_or_equals_signs_is_innocent() {
    assert_innocent(&[
        "a < b and c > d",
        "I <3 you",
        "1<2",
        "x <- y",
        "Joe <joe@example.org>",
        "List<String> names = new ArrayList<>();",
        "if (a<b) return; online=true",
        "once=1&only=2",
        "one = two",
        "He said 'on time' = good",
        "{\"onclick\": 1}",
        "https://example.org/?href=x&onward=y",
        "javascript:run()",
        "the script element",
        "2 + 2 = 4",
        "",
        "<",
        "=",
        "<>",
        "</",
        "<!",
    ]);
}
