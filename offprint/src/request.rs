//! A request as data: the fields of a paper's arguments by name, as JSON. The lock keeps one for each machine.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The fields of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request(pub BTreeMap<String, Value>);

/// Why a request cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// The arguments of the paper are not a struct with named fields, or cannot be written as JSON.
    #[error("the arguments of the paper cannot be kept in the lock: {0}")]
    NotAnObject(String),
    /// The fields are not those of the paper's arguments.
    #[error(
        "the request of {hardware} in artifacts.lock is not one of this paper: {problem}\nhint: restore the line from \
         version control, or run `cargo xtask reproduce` without --locked and --machine to write it again"
    )]
    Fields {
        /// The machine.
        hardware: String,
        /// What is wrong.
        problem: String,
    },
}

impl Request {
    /// The request of a paper's arguments.
    ///
    /// # Errors
    /// They are not a struct, or cannot be written as JSON.
    pub fn of(arguments: &impl Serialize) -> Result<Self, RequestError> {
        match serde_json::to_value(arguments) {
            Ok(Value::Object(fields)) => Ok(Self(fields.into_iter().collect())),
            Ok(_) => Err(RequestError::NotAnObject("they are not a struct with named fields".to_owned())),
            Err(error) => Err(RequestError::NotAnObject(error.to_string())),
        }
    }

    /// The arguments of the request. Errors name the machine `hardware` that it belongs to.
    ///
    /// # Errors
    /// A field or value does not fit the arguments.
    pub fn arguments<T: Serialize + DeserializeOwned>(&self, hardware: &str) -> Result<T, RequestError> {
        let refuse = |problem| RequestError::Fields { hardware: hardware.to_owned(), problem };
        let fields: Map<String, Value> = self.0.clone().into_iter().collect();
        let arguments: T = serde_json::from_value(Value::Object(fields)).map_err(|error| refuse(error.to_string()))?;
        // Serde ignores unknown fields: a misspelt one would silently become a default.
        let known = Self::of(&arguments)?;
        match self.0.keys().find(|field| !known.0.contains_key(*field)) {
            Some(field) => Err(refuse(format!("unknown field `{field}`"))),
            None => Ok(arguments),
        }
    }

    /// The same, with the named fields taken from another one.
    pub fn with(mut self, other: &Self, fields: &BTreeSet<String>) -> Self {
        let named = other.0.iter().filter(|(field, _)| fields.contains(*field));
        self.0.extend(named.map(|(field, value)| (field.clone(), value.clone())));
        self
    }
}

/// A value on one line, with the fields of objects sorted.
pub fn line(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields =
                sorted.into_iter().map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), line(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(line).collect::<Vec<_>>().join(",")),
        plain => plain.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Sorts {
        algorithms: Vec<String>,
        size: u64,
    }

    #[test]
    fn a_request_returns_its_arguments_and_refuses_others() {
        let sorts = Sorts { algorithms: vec!["merge".to_owned()], size: 1000 };
        let request = Request::of(&sorts).unwrap();
        assert_eq!(request.arguments::<Sorts>("cpu-1").unwrap(), sorts);
        let mut other = request.clone();
        other.0.insert("size".to_owned(), json!("many"));
        let error = other.arguments::<Sorts>("cpu-1").unwrap_err().to_string();
        assert!(error.contains("cpu-1") && error.contains("many"), "{error}");
        assert!(Request::of(&3).is_err());
    }

    #[test]
    fn a_misspelt_field_is_refused_even_if_the_right_one_has_a_default() {
        #[derive(Debug, Serialize, Deserialize)]
        struct Lenient {
            #[serde(default)]
            size: u64,
        }
        let request = Request(BTreeMap::from([("sise".to_owned(), json!(3))]));
        let error = request.arguments::<Lenient>("cpu-1").unwrap_err().to_string();
        assert!(error.contains("unknown field `sise`") && error.contains("\nhint: "), "{error}");
    }

    #[test]
    fn given_flags_replace_fields_of_the_lock() {
        let of = |size| Request::of(&Sorts { algorithms: Vec::new(), size }).unwrap();
        assert_eq!(of(1).with(&of(2), &BTreeSet::from(["size".to_owned()])), of(2));
        assert_eq!(of(1).with(&of(2), &BTreeSet::from(["algorithms".to_owned()])), of(1));
    }

    #[test]
    fn a_line_has_its_fields_sorted_and_no_line_break() {
        let value = json!({"b": [1, "x\ny"], "a": {"d": null, "c": 0.5}});
        assert_eq!(line(&value), "{\"a\":{\"c\":0.5,\"d\":null},\"b\":[1,\"x\\ny\"]}");
        assert_eq!(serde_json::from_str::<Value>(&line(&value)).unwrap(), value);
    }
}
