//! From Rust's values to those of JSON.

use super::value::{Number, Object, Value};

/// Make an object: `object! { "name": name, "count": 3, "tags": vec!["a", "b"] }`.
#[macro_export]
macro_rules! object {
    ($($name:literal: $value:expr),* $(,)?) => {
        $crate::json::Value::Object([$(($name.to_string(), $crate::json::Value::from($value))),*].into())
    };
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<Object> for Value {
    fn from(members: Object) -> Self {
        Value::Object(members)
    }
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(elements: Vec<T>) -> Self {
        Value::List(elements.into_iter().map(T::into).collect())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, T::into)
    }
}

macro_rules! integers {
    ($($type:ty),*) => {
        $(impl From<$type> for Value {
            fn from(number: $type) -> Self {
                Value::Number(Number(number.to_string()))
            }
        })*
    };
}

integers!(i32, i64, u16, u32, u64, usize);

/// JSON has no infinity: that and what is no number become null.
impl From<f64> for Value {
    fn from(number: f64) -> Self {
        match number.is_finite() {
            true => Value::Number(Number(number.to_string())),
            false => Value::Null,
        }
    }
}
