//! Which claims about signers a token lets through.
//!
//! A token is shown to others than those who made it: an archive, a counterparty, a court. Each should learn what it needs. What a
//! *system* claims (`reference`, `rule`, `case`) is business and no personal data; it always passes.

use std::collections::BTreeMap;
use std::str::FromStr;

/// How much a token tells of its signers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimFilter {
    /// Everything that is known, national identity numbers and addresses included.
    All,
    /// What [`Self::Restricted`] lets through, and claims of age and date of birth.
    IncludeAgeClaims,
    /// Names, titles, organizations, and by which means and at which level of assurance somebody was recognised. No number or address
    /// by which to find the person elsewhere.
    #[default]
    Restricted,
}

/// The last part of the names of claims that anybody may see.
const NAMES: [&str; 15] = [
    "name",
    "identity_name",
    "given_name",
    "family_name",
    "org_name",
    "cvr",
    "organization",
    "role",
    "title",
    "loa",
    "ial",
    "aal",
    "idp",
    "acr",
    "auth_time",
];

/// The last part of the names of claims of age.
const AGES: [&str; 6] = ["age", "birthdate", "date_of_birth", "over_15", "over_18", "is_over_18"];

impl ClaimFilter {
    /// Every filter there is.
    pub const ALL: [Self; 3] = [Self::All, Self::IncludeAgeClaims, Self::Restricted];

    /// The filter's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::IncludeAgeClaims => "IncludeAgeClaims",
            Self::Restricted => "Restricted",
        }
    }

    /// Whether a person's claim of this name passes. Providers put their own name before it: `mitid.age`.
    pub fn lets_through(self, name: &str) -> bool {
        let last = name.rsplit('.').next().unwrap_or(name);
        match self {
            Self::All => true,
            Self::IncludeAgeClaims => NAMES.contains(&last) || AGES.contains(&last),
            Self::Restricted => NAMES.contains(&last),
        }
    }

    /// A person's claims that pass.
    pub fn of_person(self, claims: &BTreeMap<String, String>) -> BTreeMap<String, String> {
        claims.iter().filter(|(name, _)| self.lets_through(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    }
}

/// No such filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be All, IncludeAgeClaims or Restricted")]
pub struct UnknownFilter;

impl FromStr for ClaimFilter {
    type Err = UnknownFilter;

    fn from_str(raw: &str) -> Result<Self, UnknownFilter> {
        Self::ALL.into_iter().find(|filter| filter.as_str() == raw).ok_or(UnknownFilter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_filter_lets_through_what_it_says() {
        for (name, all, ages, restricted) in [
            ("mitid.identity_name", true, true, true),
            ("loa", true, true, true),
            ("nemlogin.cvr", true, true, true),
            ("mitid.age", true, true, false),
            ("date_of_birth", true, true, false),
            ("mitid.uuid", true, false, false),
            ("cpr", true, false, false),
            ("nemlogin.email", true, false, false),
            ("idp_identity_id", true, false, false),
            ("name.cpr", true, false, false),
            ("", true, false, false),
        ] {
            let found = [ClaimFilter::All, ClaimFilter::IncludeAgeClaims, ClaimFilter::Restricted].map(|filter| filter.lets_through(name));
            assert_eq!(found, [all, ages, restricted], "{name}");
        }
        assert_eq!("Restricted".parse(), Ok(ClaimFilter::default()));
        assert_eq!("restricted".parse::<ClaimFilter>(), Err(UnknownFilter));
    }
}
