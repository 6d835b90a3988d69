//! The settings of a register, as they lie in the secret store: the secret is in them, so that all of them lie there.

use segl_registers::{ApiVersion, Claims, NewerVersion, RegisterTerms, TokenForm};
use serde::{Deserialize, Serialize};

use super::Access;
use crate::target::{BadAddress, Target};

/// Documents larger than this go in parts.
const PARTS_ABOVE: u64 = 8 * 1024 * 1024;

/// The settings of a register. Prints none of them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisterSettings {
    /// Address of the Documenten API, up to and with the version.
    pub documents: String,
    /// Address of the Zaken API.
    pub cases: String,
    /// Address of the Notificaties API.
    pub notifications: String,
    /// The version of the Documenten API, e.g. `1.4`.
    pub version: String,
    /// Whether the signed document is written over a version that came while it was signed.
    #[serde(default)]
    pub writes_over_newer: bool,
    /// How we show who we are.
    pub access: AccessSettings,
}

/// How we show who we are.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AccessSettings {
    /// A token of our own as Open Zaak takes it: the claims of the standard.
    OpenZaak {
        /// Our client id.
        client_id: String,
        /// Our secret.
        secret: String,
    },
    /// A token of our own as OneGround takes it.
    OneGround {
        /// Our client id.
        client_id: String,
        /// Our secret.
        secret: String,
        /// The claim `aud`.
        audience: String,
    },
    /// OAuth 2 client credentials.
    Oauth {
        /// The token endpoint.
        token_url: String,
        /// Our client id there.
        client_id: String,
        /// Our secret there.
        secret: String,
        /// What is asked for.
        #[serde(default)]
        scope: Option<String>,
    },
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    /// They are not what is expected.
    #[error("the settings are not JSON of the expected members")]
    Form(#[source] serde_json::Error),
    /// An address cannot be called.
    #[error("the address of {0} cannot be called")]
    Address(&'static str, #[source] BadAddress),
    /// The version is none.
    #[error("the version must be two numbers, like 1.4")]
    Version,
}

impl RegisterSettings {
    /// Reads them.
    ///
    /// # Errors
    /// [`BadSettings`], which repeats nothing of them.
    pub fn read(raw: &str) -> Result<Self, BadSettings> {
        serde_json::from_str(raw).map_err(BadSettings::Form)
    }

    /// How the register is spoken to.
    ///
    /// # Errors
    /// [`BadSettings`] when an address or the version is none.
    pub fn terms(&self) -> Result<RegisterTerms, BadSettings> {
        let address = |name, raw: &str| match raw.parse::<Target>() {
            Ok(_) => Ok(format!("{}/", raw.trim_end_matches('/'))),
            Err(problem) => Err(BadSettings::Address(name, problem)),
        };
        Ok(RegisterTerms {
            documents: address("documents", &self.documents)?,
            cases: address("cases", &self.cases)?,
            notifications: address("notifications", &self.notifications)?,
            version: self.version.parse::<ApiVersion>().map_err(|_| BadSettings::Version)?,
            newer_version: if self.writes_over_newer { NewerVersion::Write } else { NewerVersion::Refuse },
            parts_above: PARTS_ABOVE,
        })
    }

    /// How we show who we are.
    pub fn access(&self) -> Access {
        let own = |client_id: &String, secret: &String, form| Access::Own {
            claims: Claims {
                client_id: client_id.clone(),
                user_id: client_id.clone(),
                user_representation: "Ondertekendienst".to_owned(),
                form,
            },
            secret: secret.clone(),
        };
        match &self.access {
            AccessSettings::OpenZaak { client_id, secret } => own(client_id, secret, TokenForm::default()),
            AccessSettings::OneGround { client_id, secret, audience } => own(client_id, secret, TokenForm::one_ground(audience.clone())),
            AccessSettings::Oauth { token_url, client_id, secret, scope } => {
                Access::Server { token_url: token_url.clone(), client_id: client_id.clone(), secret: secret.clone(), scope: scope.clone() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_checked() {
        let raw = |version: &str, documents: &str| {
            format!(
                r#"{{"documents": "{documents}", "cases": "https://z/api/v1/", "notifications": "https://n/api/v1", "version": "{version}",
                    "access": {{"type": "one-ground", "client_id": "segl", "secret": "s", "audience": "a"}}}}"#
            )
        };
        let settings = RegisterSettings::read(&raw("1.4.2", "https://d/api/v1")).unwrap_or_else(|error| panic!("{error}"));
        let terms = settings.terms().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((terms.documents.as_str(), terms.cases.as_str()), ("https://d/api/v1/", "https://z/api/v1/"));
        assert_eq!((terms.version, terms.newer_version), (ApiVersion { major: 1, minor: 4 }, NewerVersion::Refuse));
        let Access::Own { claims, .. } = settings.access() else { panic!("a token of our own") };
        assert_eq!(claims.form, TokenForm::one_ground("a".to_owned()));
        for (version, documents) in [("x", "https://d"), ("1.4", "d"), ("1.4", "ftp://d"), ("1.4", "https://me:secret@d")] {
            let settings = RegisterSettings::read(&raw(version, documents)).unwrap_or_else(|error| panic!("{error}"));
            assert!(settings.terms().is_err(), "{version} {documents}");
        }
        assert!(RegisterSettings::read("{}").is_err());
    }
}
