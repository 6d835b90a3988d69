//! Configuration: environment variables, read once at start.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

/// A variable that is missing or makes no sense. The function does not start, and the log names the variable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// Not set, or empty.
    #[error("the environment variable {0} is missing")]
    Missing(&'static str),
    /// Set to something else than it may be.
    #[error("the environment variable {name}: {problem}")]
    Invalid {
        /// Which.
        name: &'static str,
        /// What is wrong.
        problem: String,
    },
}

/// Where variables are looked up.
pub struct Variables<F>(pub F);

/// The variables of this process.
pub fn environment() -> Variables<impl Fn(&str) -> Option<String>> {
    Variables(|name: &str| std::env::var(name).ok())
}

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    /// A variable that must be set.
    pub fn required(&self, name: &'static str) -> Result<String, ConfigurationError> {
        self.optional(name).ok_or(ConfigurationError::Missing(name))
    }

    /// A variable that may be left out; an empty one is taken as left out.
    pub fn optional(&self, name: &'static str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// A variable of some type that must be set.
    pub fn parsed<T: FromStr<Err: Display>>(&self, name: &'static str) -> Result<T, ConfigurationError> {
        parse(name, &self.required(name)?)
    }

    /// A comma-separated list whose order counts; empty where left out.
    pub fn sequence(&self, name: &'static str) -> Vec<String> {
        let text = self.optional(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// A comma-separated list; empty where left out.
    pub fn list<T: Ord>(&self, name: &'static str, one: impl Fn(&str) -> Option<T>) -> Result<BTreeSet<T>, ConfigurationError> {
        let text = self.optional(name).unwrap_or_default();
        text.split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| one(item).ok_or_else(|| ConfigurationError::Invalid { name, problem: format!("does not know {item}") }))
            .collect()
    }
}

fn parse<T: FromStr<Err: Display>>(name: &'static str, value: &str) -> Result<T, ConfigurationError> {
    value.parse().map_err(|problem: T::Err| ConfigurationError::Invalid { name, problem: problem.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let variables = Variables(|name: &str| match name {
            "SEGL_TABLE" => Some("segl".to_owned()),
            "SEGL_EMPTY" => Some("  ".to_owned()),
            "SEGL_DAYS" => Some("x".to_owned()),
            "SEGL_DIALECTS" => Some("native, automation,".to_owned()),
            _ => None,
        });
        assert_eq!(variables.required("SEGL_TABLE"), Ok("segl".to_owned()));
        assert_eq!(variables.required("SEGL_EMPTY"), Err(ConfigurationError::Missing("SEGL_EMPTY")));
        assert_eq!(variables.required("SEGL_BUCKET").unwrap_err().to_string(), "the environment variable SEGL_BUCKET is missing");
        assert!(matches!(variables.parsed::<u32>("SEGL_DAYS"), Err(ConfigurationError::Invalid { name: "SEGL_DAYS", .. })));
        let known = |item: &str| ["native", "automation"].into_iter().find(|known| *known == item);
        assert_eq!(variables.list("SEGL_DIALECTS", known), Ok(BTreeSet::from(["automation", "native"])));
        assert_eq!(variables.sequence("SEGL_DIALECTS"), ["native", "automation"]);
        assert_eq!(variables.sequence("SEGL_EMPTY"), [""; 0]);
        assert!(variables.list("SEGL_DIALECTS", |item| (item == "native").then_some(1)).is_err());
    }
}
