//! `template.yaml` as JSON, with CloudFormation's short tags (`!Ref`, `!Sub`, ...) in their long form,
//! and the few questions that this crate and the tests ask it.

use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, ScalarOwned, YamlOwned};
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};

/// A SAM template.
#[derive(Debug, Clone)]
pub struct Template(Value);

/// A function of the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// The resource's name in the template.
    pub logical_id: String,
    /// The binary that is deployed, which is also the crate's name.
    pub binary: String,
    /// The crate's folder, relative to the template.
    pub folder: PathBuf,
    /// What the HTTP API sends here: `GET /v1/orders`, or `$default`.
    pub routes: Vec<String>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be read, [`Error::Template`] when it is not a template.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::io(format!("read {}", path.display())))?;
        Self::parse(&text).map_err(|problem| Error::Template { path: path.to_owned(), problem })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let documents = YamlOwned::load_from_str(text).map_err(|error| error.to_string())?;
        match <[YamlOwned; 1]>::try_from(documents) {
            Ok([document]) => Ok(Self(json_of(document)?)),
            Err(documents) => Err(format!("{} documents instead of one", documents.len())),
        }
    }

    /// The whole template.
    pub fn json(&self) -> &Value {
        &self.0
    }

    /// The resources of one type, by name.
    pub fn resources<'t>(&'t self, kind: &'t str) -> impl Iterator<Item = (&'t str, &'t Value)> {
        self.0["Resources"]
            .as_object()
            .into_iter()
            .flatten()
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(name, resource)| (name.as_str(), resource))
    }

    /// The functions, in the order of the template.
    pub fn functions(&self) -> Vec<Function> {
        self.resources("AWS::Serverless::Function")
            .map(|(name, resource)| Function {
                logical_id: name.to_owned(),
                binary: text(&resource["Metadata"]["BuildProperties"]["Binary"]),
                folder: PathBuf::from(text(&resource["Properties"]["CodeUri"])),
                routes: resource["Properties"]["Events"].as_object().into_iter().flatten().filter_map(route).collect(),
            })
            .collect()
    }

    /// The template with what the emulator needs to be different: code lies in a bucket.
    ///
    /// The bucket policy is left out: it refuses everything without TLS, and the emulator speaks
    /// plain HTTP. So are conditions on keys that the emulator does not know, and the identity that an
    /// e-mail is sent as, which it does not name when it asks the policies: it would take both as
    /// not met and refuse what AWS allows.
    pub fn for_emulator(&self, code: impl Fn(&Function) -> (String, String)) -> Value {
        let mut template = self.0.clone();
        for function in self.functions() {
            let (bucket, key) = code(&function);
            template["Resources"][&function.logical_id]["Properties"]["CodeUri"] = json!({"Bucket": bucket, "Key": key});
        }
        let policies: Vec<_> = self.resources("AWS::S3::BucketPolicy").map(|(name, _)| name).collect();
        if let Some(resources) = template["Resources"].as_object_mut() {
            resources.retain(|name, _| !policies.contains(&name.as_str()));
        }
        fit_statements(&mut template);
        template
    }
}

fn fit_statements(value: &mut Value) {
    const UNKNOWN: [&str; 3] = ["kms:MessageType", "ses:FromAddress", "dynamodb:LeadingKeys"];
    match value {
        Value::Object(entries) => {
            if entries.get("Action").is_some_and(|action| action == "ses:SendEmail") {
                entries.insert("Resource".to_owned(), "*".into());
            }
            if let Some(Value::Object(operators)) = entries.get_mut("Condition") {
                for keys in operators.values_mut().filter_map(Value::as_object_mut) {
                    keys.retain(|key, _| !UNKNOWN.contains(&key.as_str()));
                }
                operators.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
                if operators.is_empty() {
                    entries.remove("Condition");
                }
            }
            entries.values_mut().for_each(fit_statements);
        }
        Value::Array(items) => items.iter_mut().for_each(fit_statements),
        _ => {}
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

// A SAM event of type HttpApi without method and path is the API's `$default` route.
fn route((_, event): (&String, &Value)) -> Option<String> {
    let properties = &event["Properties"];
    (event["Type"] == "HttpApi").then(|| match (properties["Method"].as_str(), properties["Path"].as_str()) {
        (Some(method), Some(path)) => format!("{method} {path}"),
        _ => "$default".to_owned(),
    })
}

fn json_of(node: YamlOwned) -> Result<Value, String> {
    Ok(match node {
        YamlOwned::Value(ScalarOwned::Null) => Value::Null,
        YamlOwned::Value(ScalarOwned::Boolean(value)) => value.into(),
        YamlOwned::Value(ScalarOwned::Integer(value)) => value.into(),
        YamlOwned::Value(ScalarOwned::FloatingPoint(value)) => value.into_inner().into(),
        YamlOwned::Value(ScalarOwned::String(value)) => value.into(),
        YamlOwned::Sequence(items) => items.into_iter().map(json_of).collect::<Result<Vec<_>, _>>()?.into(),
        YamlOwned::Mapping(entries) => entries
            .into_iter()
            .map(|(key, value)| match json_of(key)? {
                Value::String(key) => Ok((key, json_of(value)?)),
                Value::Number(key) => Ok((key.to_string(), json_of(value)?)),
                key => Err(format!("{key} is not a name")),
            })
            .collect::<Result<Map<_, _>, _>>()?
            .into(),
        YamlOwned::Tagged(tag, inner) => intrinsic(&tag.suffix, json_of(*inner)?),
        YamlOwned::Representation(text, ..) => text.into(),
        YamlOwned::Alias(_) | YamlOwned::BadValue => return Err("CloudFormation knows no such YAML".to_owned()),
    })
}

// CloudFormation, "Intrinsic function reference": `!Ref` and `!Condition` keep their name, all
// others get a prefix, and `!GetAtt a.b` is a pair.
fn intrinsic(tag: &str, argument: Value) -> Value {
    match (tag, argument) {
        ("Ref" | "Condition", argument) => json!({ tag: argument }),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').unwrap_or((&path, ""));
            json!({"Fn::GetAtt": [resource, attribute]})
        }
        (tag, argument) => json!({ format!("Fn::{tag}"): argument }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_get_their_long_form() {
        let cases = [
            ("!Ref Table", json!({"Ref": "Table"})),
            ("!GetAtt Table.StreamArn", json!({"Fn::GetAtt": ["Table", "StreamArn"]})),
            ("!Sub '${Table.Arn}/index'", json!({"Fn::Sub": "${Table.Arn}/index"})),
            ("!Select [2, !Split ['/', !Ref Id]]", json!({"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "Id"}]}]})),
            ("!Not [!Condition Is]", json!({"Fn::Not": [{"Condition": "Is"}]})),
            ("'1'", json!("1")),
            ("true", json!(true)),
        ];
        for (yaml, expected) in cases {
            let template = Template::parse(&format!("key: {yaml}")).expect(yaml);
            assert_eq!(template.json()["key"], expected, "{yaml}");
        }
    }

    #[test]
    fn what_is_no_template_is_an_error() {
        for yaml in ["", "a: [", "--- 1\n--- 2\n", "a: &x 1\n? [1]\n: 2\n"] {
            assert!(Template::parse(yaml).is_err(), "{yaml:?}");
        }
    }
}
