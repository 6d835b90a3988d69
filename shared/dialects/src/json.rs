//! Reading JSON strictly, with errors that point at the place, and writing it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_path_to_error::Segment;

use crate::problem::{FieldError, Kind, Problem};

/// A JSON object. Without this, serde also takes an array of a struct's members in their sequence, which no schema says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        from.deserialize_map(ObjectVisitor(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Object<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// Reads a whole body, which must be an object. What is no JSON is [`Kind::MalformedJson`] with line and column; what is JSON of another shape is
/// [`Kind::InvalidRequest`] with a JSON Pointer (RFC 6901).
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut from = serde_json::Deserializer::from_slice(body);
    let Object(value) = serde_path_to_error::deserialize(&mut from).map_err(|error| problem(error.path(), error.inner()))?;
    from.end().map_err(|error| malformed(&error))?;
    Ok(value)
}

/// Reads a JSON text that is part of something else, where a sentence is all that can be told.
pub fn read_text<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    read(text.as_bytes()).map_err(|problem| match problem.kind {
        Kind::MalformedJson => format!("is not JSON: {}", problem.detail),
        _ => problem.detail,
    })
}

/// Writes one of our own types.
pub fn write<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(value).expect("our own wire types have string keys only and nothing else can fail in memory")
}

/// Whether a Content-Type says JSON (RFC 8259, 11), with or without parameters.
pub fn is_json(content_type: Option<&str>) -> bool {
    content_type.is_some_and(|raw| essence(raw).eq_ignore_ascii_case("application/json"))
}

/// A media type without its parameters.
pub(crate) fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or("").trim()
}

fn problem(path: &serde_path_to_error::Path, error: &serde_json::Error) -> Problem {
    if !error.is_data() {
        return malformed(error);
    }
    let inner = without_position(error);
    let pointer = pointer(path);
    // serde reports these at the object; it is the member's place that helps the caller.
    for (report, detail) in [("missing field `", "is missing"), ("duplicate field `", "is there twice")] {
        if let Some(name) = inner.strip_prefix(report).and_then(|rest| rest.strip_suffix('`')) {
            let pointer = format!("{pointer}/{}", escape(name));
            return Problem::invalid(vec![FieldError::pointer(pointer, detail)]);
        }
    }
    Problem::invalid(vec![FieldError::pointer(pointer, inner)])
}

fn malformed(error: &serde_json::Error) -> Problem {
    Problem::new(Kind::MalformedJson, format!("{} at line {} column {}", without_position(error), error.line(), error.column()))
}

fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&position).unwrap_or(&text).to_owned()
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let token = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => escape(key),
            // Neither is a place in the text.
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer.push('/');
        pointer.push_str(&token);
    }
    pointer
}

/// RFC 6901, 3.
fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[allow(dead_code)]
        list: Vec<Object<Inner>>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[allow(dead_code)]
        name: String,
    }

    #[test]
    fn errors_point_at_their_place() {
        for (text, pointer, detail) in [
            (r#"{}"#, "/list", "is missing"),
            (r#"{"list": [{"name": "a"}, {}]}"#, "/list/1/name", "is missing"),
            (r#"{"list": [{"name": 5}]}"#, "/list/0/name", "invalid type: integer `5`, expected a string"),
            (r#"{"list": [], "a/b~c": 1}"#, "/a~1b~0c", "unknown field `a/b~c`, expected `list`"),
            (r#"{"list": [{"name": "a", "nick": "b"}]}"#, "/list/0/nick", "unknown field `nick`, expected `name`"),
            (r#"[[]]"#, "", "invalid type: sequence, expected an object"),
            (r#"{"list": [["a"]]}"#, "/list/0", "invalid type: sequence, expected an object"),
            (r#"{"list": [], "list": []}"#, "/list", "is there twice"),
        ] {
            let problem = read::<Outer>(text.as_bytes()).unwrap_err();
            assert_eq!(problem.kind, Kind::InvalidRequest, "{text}");
            assert_eq!(problem.errors, [FieldError::pointer(pointer, detail)], "{text}");
        }
    }

    #[test]
    fn what_is_no_json_is_told_with_its_position() {
        for (text, detail) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            ("{\"list\":\n[}", "expected value at line 2 column 2"),
            (r#"{"list": []} x"#, "trailing characters at line 1 column 14"),
            ("\u{feff}{}", "expected value at line 1 column 1"),
        ] {
            let problem = read::<Outer>(text.as_bytes()).unwrap_err();
            assert_eq!((problem.kind, problem.detail.as_str()), (Kind::MalformedJson, detail), "{text}");
        }
    }
}
