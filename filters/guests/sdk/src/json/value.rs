//! What a JSON text says.

use std::collections::BTreeMap;

pub type Object = BTreeMap<String, Value>;

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
    Object(Object),
}

/// A number as it was written: nothing is lost, and no guest that needs none carries code for fractions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number(pub(super) String);

impl Number {
    pub fn as_written(&self) -> &str {
        &self.0
    }

    /// The number, where it is written without fraction and exponent, and fits.
    pub fn integer(&self) -> Option<i64> {
        self.0.parse().ok()
    }

    /// The number, rounded; infinite where it is too large.
    pub fn float(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl Value {
    /// A member, if this is an object that has it.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.object()?.get(name)
    }

    pub fn integer(&self) -> Option<i64> {
        match self {
            Value::Number(number) => number.integer(),
            _ => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn object(&self) -> Option<&Object> {
        match self {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The elements of a list; what is no list stands for a list of one.
    pub fn one_or_many(&self) -> &[Value] {
        match self {
            Value::List(elements) => elements,
            one => std::slice::from_ref(one),
        }
    }
}
