//! Parameters in a path's query, as forms write them.

/// Find the values of a parameter.
pub fn values(path: &str, name: &str) -> Vec<Vec<u8>> {
    parameters(path).filter(|each| is_named(each, name)).map(|each| decoded(halves(each).1)).collect()
}

/// All parameters, in their order.
pub fn pairs(path: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
    let named = parameters(path).filter(|each| !each.is_empty());
    named.map(halves).map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// Take a parameter out, and leave the others as they are.
pub fn without(path: &str, name: &str) -> String {
    let (before, query) = match path.split_once('?') {
        Some(parts) => parts,
        None => return path.into(),
    };
    let others: Vec<_> = query.split('&').filter(|each| !is_named(each, name)).collect();
    match others.is_empty() {
        true => before.into(),
        false => format!("{before}?{}", others.join("&")),
    }
}

fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split_once('?').map_or("", |(_, query)| query).split('&')
}

fn is_named(parameter: &str, name: &str) -> bool {
    decoded(halves(parameter).0) == name.as_bytes()
}

fn halves(parameter: &str) -> (&str, &str) {
    parameter.split_once('=').unwrap_or((parameter, ""))
}

/// Undo percent-encoding; what is none stays as it is.
fn decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        let escaped = text_of(tail).and_then(|two| u8::from_str_radix(two, 16).ok());
        match (byte, escaped) {
            (b'%', Some(escaped)) => {
                bytes.push(escaped);
                rest = &tail[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*byte),
        }
        rest = tail;
    }
    bytes
}

fn text_of(tail: &[u8]) -> Option<&str> {
    let two = tail.get(..2)?;
    let digits = two.iter().all(u8::is_ascii_hexdigit);
    std::str::from_utf8(two).ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_and_decoded() {
        let path = "/a?x=1&key=a%2Fb+c%zz&key=&k%65y=%";
        assert_eq!(values(path, "key"), [&b"a/b c%zz"[..], b"", b"%"]);
        assert!(values("/key=1", "key").is_empty());
        assert!(values("/?", "key").is_empty());
    }

    #[test]
    fn all_parameters_are_found_in_their_order() {
        let wanted = [(b"b".to_vec(), b"1 2".to_vec()), (b"a".to_vec(), b"".to_vec()), (b"b".to_vec(), b"=".to_vec())];
        assert_eq!(pairs("/x?b=1+2&&a&b=%3D"), wanted);
        assert!(pairs("/x").is_empty());
    }

    #[test]
    fn parameters_are_taken_out_and_others_untouched() {
        assert_eq!(without("/a?key=1", "key"), "/a");
        assert_eq!(without("/a?x=%2f&key=1&&y", "key"), "/a?x=%2f&&y");
        assert_eq!(without("/a?k%65y=1&z=?", "key"), "/a?z=?");
        assert_eq!(without("/a", "key"), "/a");
    }
}
