//! From values to text (RFC 8259), without white space.

use super::value::{Object, Value};
use std::fmt::{Display, Formatter, Result, Write};

impl Display for Value {
    fn fmt(&self, to: &mut Formatter) -> Result {
        match self {
            Value::Null => to.write_str("null"),
            Value::Bool(true) => to.write_str("true"),
            Value::Bool(false) => to.write_str("false"),
            Value::Number(number) => to.write_str(number.as_written()),
            Value::Text(text) => quoted(text, to),
            Value::List(elements) => list(elements, to),
            Value::Object(members) => object(members, to),
        }
    }
}

fn list(elements: &[Value], to: &mut Formatter) -> Result {
    to.write_char('[')?;
    for (at, element) in elements.iter().enumerate() {
        separated(at, to)?;
        element.fmt(to)?;
    }
    to.write_char(']')
}

fn object(members: &Object, to: &mut Formatter) -> Result {
    to.write_char('{')?;
    for (at, (name, value)) in members.iter().enumerate() {
        separated(at, to)?;
        quoted(name, to)?;
        to.write_char(':')?;
        value.fmt(to)?;
    }
    to.write_char('}')
}

fn separated(at: usize, to: &mut Formatter) -> Result {
    match at {
        0 => Ok(()),
        _ => to.write_char(','),
    }
}

fn quoted(text: &str, to: &mut Formatter) -> Result {
    to.write_char('"')?;
    for character in text.chars() {
        match character {
            '"' => to.write_str("\\\"")?,
            '\\' => to.write_str("\\\\")?,
            '\n' => to.write_str("\\n")?,
            control if control < ' ' => write!(to, "\\u{:04x}", u32::from(control))?,
            plain => to.write_char(plain)?,
        }
    }
    to.write_char('"')
}

#[cfg(test)]
mod tests {
    use crate::json::{parse, Value};
    use crate::object;

    #[test]
    fn what_is_written_is_read_again() {
        let value = object! {
            "text": "a \"quote\", a \\, a line\n, a bell \u{7}, é and 🦀", "none": None::<bool>, "yes": true,
            "list": vec![1, -2], "object": object! {}, "large": u64::MAX, "half": 0.5
        };
        assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
    }

    #[test]
    fn it_is_written_without_white_space() {
        let value = object! { "b": vec![Value::from(1), "x".into(), object! {}], "a\n": 1.25 };
        assert_eq!(value.to_string(), r#"{"a\n":1.25,"b":[1,"x",{}]}"#);
    }

    #[test]
    fn what_json_has_no_number_for_is_null() {
        assert_eq!(Value::from(f64::INFINITY).to_string(), "null");
        assert_eq!(Value::from(f64::NAN).to_string(), "null");
    }
}
