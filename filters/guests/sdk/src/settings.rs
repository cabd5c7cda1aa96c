//! Reading a configuration, so that every fault names its key and says what is wanted there.

use crate::json::{self, Object, Value};
use std::ops::RangeInclusive;

/// Read a configuration, which is a JSON object.
pub fn object(configuration: &[u8]) -> Result<Object, String> {
    match json::parse(configuration) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("the configuration is JSON but no object: write { … }".into()),
        Err(_) if configuration.is_empty() => Err("there is no configuration: write a JSON object".into()),
        Err(fault) => Err(format!("the configuration is no JSON: {fault}")),
    }
}

/// One object of a configuration, and the path that leads to it.
pub struct Settings<'a> {
    path: String,
    members: &'a Object,
}

type Read<T> = Result<Option<T>, String>;

impl<'a> Settings<'a> {
    pub fn new(members: &'a Object) -> Self {
        Settings { path: String::new(), members }
    }

    /// Refuse keys that mean nothing, for they are mostly slips of the pen.
    pub fn only(&self, known: &[&str]) -> Result<(), String> {
        match self.members.keys().find(|key| !known.contains(&key.as_str())) {
            Some(key) => Err(self.fault(key, &format!("is not known here; known are {}", known.join(", ")))),
            None => Ok(()),
        }
    }

    /// Say what is wrong with a key.
    pub fn fault(&self, key: &str, what: &str) -> String {
        format!("{} {what}", self.path_of(key))
    }

    pub fn value(&self, key: &str) -> Option<&'a Value> {
        self.members.get(key)
    }

    pub fn members(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.members.iter()
    }

    /// A text that is not empty.
    pub fn text(&self, key: &str) -> Read<&'a str> {
        self.read(key, "must be a text that is not empty", |value| value.text().filter(|text| !text.is_empty()))
    }

    /// A text, or a list of texts.
    pub fn texts(&self, key: &str) -> Read<Vec<&'a str>> {
        self.read(key, "must be a text or a list of texts", |value| {
            value.one_or_many().iter().map(Value::text).collect::<Option<Vec<_>>>().filter(|texts| !texts.is_empty())
        })
    }

    pub fn flag(&self, key: &str) -> Read<bool> {
        self.read(key, "must be true or false", |value| match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        })
    }

    pub fn integer(&self, key: &str, range: RangeInclusive<i64>) -> Read<i64> {
        let what = format!("must be a whole number from {} to {}", range.start(), range.end());
        self.read(key, &what, |value| match value {
            Value::Number(number) => number.integer().filter(|integer| range.contains(integer)),
            _ => None,
        })
    }

    /// The name of a header field, made lower-case.
    pub fn field(&self, key: &str) -> Read<String> {
        self.read(key, "must be the name of a header field, such as x-user-id", |value| {
            value.text().and_then(field_name)
        })
    }

    pub fn section(&self, key: &str) -> Read<Settings<'a>> {
        self.read(key, "must be an object", |value| {
            Some(Settings { path: self.path_of(key), members: value.object()? })
        })
    }

    /// The objects of a list that is not empty.
    pub fn sections(&self, key: &str) -> Read<Vec<Settings<'a>>> {
        let path = self.path_of(key);
        self.read(key, "must be a list of objects that is not empty", |value| match value {
            Value::List(elements) if !elements.is_empty() => elements
                .iter()
                .enumerate()
                .map(|(at, element)| Some(Settings { path: format!("{path}[{at}]"), members: element.object()? }))
                .collect(),
            _ => None,
        })
    }

    /// Insist on what was read.
    pub fn need<T>(&self, key: &str, read: Read<T>) -> Result<T, String> {
        read?.ok_or_else(|| self.fault(key, "is missing"))
    }

    fn read<T>(&self, key: &str, what: &str, read: impl FnOnce(&'a Value) -> Option<T>) -> Read<T> {
        match self.members.get(key) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| self.fault(key, what)),
        }
    }

    fn path_of(&self, key: &str) -> String {
        match self.path.as_str() {
            "" => key.to_string(),
            path => format!("{path}.{key}"),
        }
    }
}

/// Check the name of a header field (RFC 9110 §5.6.2) and give it in lower case.
pub fn field_name(name: &str) -> Option<String> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    (!name.is_empty() && name.bytes().all(is_token)).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(of: &str) -> Settings<'static> {
        Settings::new(Box::leak(Box::new(object(of.as_bytes()).unwrap())))
    }

    fn fault<T>(read: Result<T, String>) -> String {
        read.map(|_| ()).unwrap_err()
    }

    #[test]
    fn what_is_there_is_read_and_what_is_not_is_none() {
        let settings = settings(r#"{"t": "a", "i": 5, "f": true, "h": "X-A", "s": {"k": ["b", "c"]}, "l": [{}]}"#);
        assert_eq!(settings.text("t"), Ok(Some("a")));
        assert_eq!(settings.integer("i", 0..=5), Ok(Some(5)));
        assert_eq!(settings.flag("f"), Ok(Some(true)));
        assert_eq!(settings.field("h"), Ok(Some("x-a".into())));
        assert_eq!(settings.section("s").unwrap().unwrap().texts("k"), Ok(Some(vec!["b", "c"])));
        assert_eq!(settings.sections("l").unwrap().unwrap().len(), 1);
        assert_eq!(settings.text("none"), Ok(None));
    }

    #[test]
    fn faults_name_the_path_and_what_is_wanted() {
        let it = settings(r#"{"a": 1, "l": [{}, {"a": 6}], "s": {"typo": 1}}"#);
        assert_eq!(fault(it.text("a")), "a must be a text that is not empty");
        let second = &it.sections("l").unwrap().unwrap()[1];
        assert_eq!(fault(second.integer("a", 0..=5)), "l[1].a must be a whole number from 0 to 5");
        let section = it.section("s").unwrap().unwrap();
        assert_eq!(fault(section.only(&["a", "b"])), "s.typo is not known here; known are a, b");
        assert_eq!(fault(it.need("b", it.text("b"))), "b is missing");
    }

    #[test]
    fn what_is_no_header_field_is_refused() {
        for name in ["", "a b", "a:", "é", "a\r\nb", ":path"] {
            assert_eq!(field_name(name), None, "{name}");
        }
    }

    #[test]
    fn a_configuration_that_is_no_object_is_refused() {
        assert_eq!(object(b"").unwrap_err(), "there is no configuration: write a JSON object");
        assert_eq!(object(b"{\"a\": }").unwrap_err(), "the configuration is no JSON: no value at byte 6");
        assert_eq!(object(b"[]").unwrap_err(), "the configuration is JSON but no object: write { … }");
    }
}
