//! Asking for a workflow token: the same parameters in every dialect that has one.

use segl_core::claim_filter::ClaimFilter;

use crate::problem::{FieldError, Problem};

/// The flat form's name.
pub const FLAT: &str = "workflow_token_v1";

/// Which token is wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenQuery {
    /// What it lets through.
    pub filter: ClaimFilter,
    /// Under flat names.
    pub flat: bool,
}

/// Reads the query from its decoded pairs: `claims` names the filter, `format` the form.
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<TokenQuery, Problem> {
    let mut query = TokenQuery::default();
    for (name, value) in pairs {
        let wrong = |detail: &dyn ToString| Problem::invalid(vec![FieldError::parameter(name, detail.to_string())]);
        match (name, value) {
            ("claims" | "claimOutputFilter", value) => query.filter = value.parse().map_err(|error| wrong(&error))?,
            ("format", FLAT) => query.flat = true,
            ("format", "workflow_token") => query.flat = false,
            ("format", _) => return Err(wrong(&"must be workflow_token or workflow_token_v1")),
            _ => return Err(wrong(&"is not known; known are claims and format")),
        }
    }
    Ok(query)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_strict() {
        assert_eq!(query([]), Ok(TokenQuery { filter: ClaimFilter::Restricted, flat: false }));
        let all = TokenQuery { filter: ClaimFilter::All, flat: true };
        assert_eq!(query([("claims", "All"), ("format", "workflow_token_v1")]), Ok(all));
        for (name, value) in [("claims", "all"), ("format", "v2"), ("x", "")] {
            assert_eq!(query([(name, value)]).unwrap_err().errors[0].place(), name);
        }
    }
}
