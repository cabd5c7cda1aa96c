//! Cookies of a request (RFC 6265 §4.2).

use crate::pairs::Pairs;

/// Find a cookie's value; of several with that name the first, which browsers send for the longest path.
pub fn cookie<'a>(headers: &'a Pairs, name: &str) -> Option<&'a str> {
    find(lines(headers), name)
}

/// Find it in the lines of the field themselves.
pub fn find<'a>(lines: impl Iterator<Item = &'a str>, name: &str) -> Option<&'a str> {
    cookies(lines).find_map(|(each, value)| (each == name).then_some(value))
}

/// Write the field again without one cookie; `None` where no other is left.
pub fn without(headers: &Pairs, name: &str) -> Option<String> {
    let others: Vec<_> = cookies(lines(headers))
        .filter(|(each, _)| *each != name)
        .map(|(each, value)| format!("{each}={value}"))
        .collect();
    (!others.is_empty()).then(|| others.join("; "))
}

/// HTTP/2 clients may send several lines, hence all of them.
fn lines(headers: &Pairs) -> impl Iterator<Item = &str> {
    headers.values("cookie").filter_map(|line| std::str::from_utf8(line).ok())
}

fn cookies<'a>(lines: impl Iterator<Item = &'a str>) -> impl Iterator<Item = (&'a str, &'a str)> {
    lines.flat_map(|line| line.split(';')).filter_map(|cookie| cookie.trim().split_once('='))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::encode;

    fn headers(lines: &[&str]) -> Pairs {
        let fields: Vec<_> = lines.iter().map(|line| ("cookie", *line)).collect();
        Pairs::parse(encode(&fields)).unwrap()
    }

    #[test]
    fn the_first_of_a_name_is_found_in_any_line() {
        let headers = headers(&["a=1; b=2", "c=3;b=4"]);
        assert_eq!(cookie(&headers, "b"), Some("2"));
        assert_eq!(cookie(&headers, "c"), Some("3"));
        assert_eq!(cookie(&headers, "d"), None);
    }

    #[test]
    fn a_name_is_not_found_within_another_or_in_a_value() {
        assert_eq!(cookie(&headers(&["xid=1; a=id=2"]), "id"), None);
    }

    #[test]
    fn a_cookie_is_taken_out_and_the_others_stay() {
        assert_eq!(without(&headers(&["a=1; b=2; c=x=y", "b=3"]), "b"), Some("a=1; c=x=y".into()));
        assert_eq!(without(&headers(&["b=2"]), "b"), None);
    }
}
