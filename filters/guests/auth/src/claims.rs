//! What is known of who asks: rules about it, and how it is written into header fields.

use penstock_sdk::json::{Object, Value};

/// A claim must be, or list, one of some values.
pub struct Rule {
    pub claim: String,
    pub any_of: Vec<Value>,
}

impl Rule {
    pub fn holds(&self, claims: &Object) -> bool {
        match find(claims, &self.claim) {
            // Scopes are words in one text (RFC 8693 §4.2).
            Some(Value::Text(scopes)) if self.claim == "scope" => {
                scopes.split(' ').any(|scope| self.any_of.iter().any(|wanted| wanted.text() == Some(scope)))
            }
            Some(value) => value.one_or_many().iter().any(|each| self.any_of.contains(each)),
            None => false,
        }
    }
}

/// Find a claim by its name, or by the names that lead to it with dots between, as in `realm_access.roles`.
pub fn find<'a>(claims: &'a Object, name: &str) -> Option<&'a Value> {
    claims.get(name).or_else(|| {
        let (outer, inner) = name.split_once('.')?;
        find(claims.get(outer)?.object()?, inner)
    })
}

/// A value that a field cannot say as it is.
#[derive(Debug, PartialEq, Eq)]
pub struct Unfit;

/// Write a claim for a header field; a list with commas. What is empty or null has no field.
pub fn field_value(claim: &Value) -> Result<Option<String>, Unfit> {
    let text = match claim {
        Value::List(elements) => {
            let words: Result<Vec<_>, _> = elements.iter().map(list_word).collect();
            words?.join(",")
        }
        one => word(one)?,
    };
    Ok((!text.is_empty()).then_some(text))
}

/// Within a list a comma would make two of one, and nothing must vanish.
fn list_word(value: &Value) -> Result<String, Unfit> {
    let word = word(value)?;
    match word.is_empty() || word.contains(',') {
        true => Err(Unfit),
        false => Ok(word),
    }
}

fn word(value: &Value) -> Result<String, Unfit> {
    match value {
        Value::Text(text) if is_fit(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.as_written().into()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null => Ok(String::new()),
        _ => Err(Unfit),
    }
}

/// Whether a text reaches the origin as it is: no control characters, no space at the ends, which is cut off.
pub fn is_fit(text: &str) -> bool {
    !text.bytes().any(|byte| byte < b' ' || byte == 0x7f) && !text.starts_with(' ') && !text.ends_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use penstock_sdk::json::parse;

    fn value(of: &str) -> Value {
        parse(of.as_bytes()).unwrap()
    }

    fn holds(claim: &str, any_of: &str, claims: &str) -> bool {
        let rule = Rule { claim: claim.into(), any_of: value(any_of).one_or_many().to_vec() };
        rule.holds(value(claims).object().unwrap())
    }

    #[test]
    fn a_rule_wants_one_of_its_values() {
        assert!(holds("role", r#""admin""#, r#"{"role": "admin"}"#));
        assert!(holds("role", r#"["admin", "root"]"#, r#"{"role": ["user", "root"]}"#));
        assert!(holds("level", "3", r#"{"level": 3}"#));
        assert!(holds("verified", "true", r#"{"verified": true}"#));
        assert!(!holds("role", r#""admin""#, r#"{"role": "administrator"}"#));
        assert!(!holds("role", r#""admin""#, r#"{"role": ["user"]}"#));
        assert!(!holds("role", r#""admin""#, r#"{"role": {"admin": true}}"#));
        assert!(!holds("role", r#""admin""#, "{}"));
        assert!(!holds("level", "3", r#"{"level": "3"}"#));
    }

    #[test]
    fn scopes_are_words() {
        assert!(holds("scope", r#""write""#, r#"{"scope": "read write"}"#));
        assert!(!holds("scope", r#""write""#, r#"{"scope": "read writer"}"#));
        assert!(!holds("other", r#""write""#, r#"{"other": "read write"}"#));
    }

    #[test]
    fn claims_are_found_by_name_and_then_by_path() {
        assert!(holds("realm.roles", r#""a""#, r#"{"realm": {"roles": ["a"]}}"#));
        assert!(holds("https://a.test/roles", r#""a""#, r#"{"https://a.test/roles": "a"}"#));
        assert!(!holds("realm.roles", r#""a""#, r#"{"realm.roles": "b", "realm": {"roles": "a"}}"#));
    }

    #[test]
    fn claims_are_written_into_fields() {
        let written = |of: &str| field_value(&value(of));
        assert_eq!(written(r#""a b""#), Ok(Some("a b".into())));
        assert_eq!(written(r#"["a", 1, true]"#), Ok(Some("a,1,true".into())));
        assert_eq!(written("[]"), Ok(None));
        assert_eq!(written("null"), Ok(None));
        for unfit in [r#""a\r\nx: y""#, r#""a\u0000""#, r#"" admin""#, r#"["a,b"]"#, r#"["a", ""]"#, "{}", "[[]]"] {
            assert_eq!(written(unfit), Err(Unfit), "{unfit}");
        }
    }
}
