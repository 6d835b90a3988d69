//! How the registers of a client are spoken to, as an operator configured it. The secret is kept elsewhere
//! ([`crate::ports::RegisterSecrets`]).

use std::fmt;
use std::str::FromStr;

use crate::id::ClientId;
use crate::register::RegisterName;

/// The registers of one client: those of documents (DRC), cases (ZRC) and notifications (NRC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterSettings {
    /// Their name: the client's id. A client has one set of registers.
    pub name: RegisterName,
    /// Where the Documenten API is.
    pub documents: BaseUrl,
    /// Where the Zaken API is.
    pub cases: BaseUrl,
    /// Where the Notificaties API is.
    pub notifications: BaseUrl,
    /// Major and minor version of the Documenten API.
    pub documents_version: (u16, u16),
    /// Whether a signed document is written although the register got a newer version of it meanwhile.
    pub overwrites_newer: bool,
    /// How we show who we are.
    pub access: RegisterAccess,
}

/// How we show a register who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterAccess {
    /// By a token that we make ourselves from client id and secret, afresh for each call.
    OwnToken {
        /// Our client id in the registers.
        client_id: String,
        /// What implementations want besides the claims of the standard: `aud`, and with it `exp` and `jti`. Open Zaak refuses any
        /// `aud`; OneGround wants it.
        audience: Option<String>,
    },
    /// By OAuth 2 client credentials (RFC 6749, 4.4).
    OAuth {
        /// The token endpoint.
        token_url: String,
        /// Our client id there.
        client_id: String,
        /// What is asked for, where the server wants to know.
        scope: Option<String>,
    },
}

/// The address under which everything of a register lies: `https`, or `http` on this machine, with a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why an address is none of a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an https address that ends with the API's version, such as https://example.org/documenten/api/v1")]
pub struct NotABaseUrl;

impl BaseUrl {
    const MAX: usize = 500;

    /// As text, with a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether an address is one of this register's. Our token goes to no other: so no way back up, no other reading of the path, and
    /// nothing that is not plain ASCII.
    pub fn covers(&self, url: &str) -> bool {
        let Some(rest) = url.strip_prefix(self.0.as_str()) else { return false };
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b'/');
        !rest.is_empty() && url.len() <= 1000 && rest.bytes().all(plain) && rest.split('/').all(|segment| !matches!(segment, "." | ".."))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BaseUrl {
    type Err = NotABaseUrl;

    /// Plain `http` is for the loopback address only: what goes there crosses no network.
    fn from_str(raw: &str) -> Result<Self, NotABaseUrl> {
        let raw = raw.trim_end_matches('/');
        let (secure, rest) = match (raw.strip_prefix("https://"), raw.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (None, Some(rest)) => (false, rest),
            (None, None) => return Err(NotABaseUrl),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
        let host_ok = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
        let path_ok = path.split('/').all(|segment| {
            !matches!(segment, "." | "..") && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~'))
        });
        let allowed = secure || matches!(host, "127.0.0.1" | "localhost");
        let good = raw.len() < Self::MAX && host_ok && path_ok && allowed && port.parse::<u16>().is_ok();
        if good { Ok(Self(format!("{raw}/"))) } else { Err(NotABaseUrl) }
    }
}

impl From<&ClientId> for RegisterName {
    fn from(client: &ClientId) -> Self {
        client.as_str().parse().expect("ids of clients have the characters and at most the length that names of registers have")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_register_covers_what_lies_below_it() {
        let base: BaseUrl = "https://zgw.example.nl/documenten/api/v1".parse().unwrap();
        assert_eq!(base.as_str(), "https://zgw.example.nl/documenten/api/v1/");
        for (url, covered) in [
            ("https://zgw.example.nl/documenten/api/v1/enkelvoudiginformatieobjecten/f491249e-0651-4d22-a8a8-bb35885e9245", true),
            ("https://zgw.example.nl/documenten/api/v1/", false),
            ("https://zgw.example.nl/documenten/api/v10/x", false),
            ("http://zgw.example.nl/documenten/api/v1/x", false),
            ("https://zgw.example.nl.evil.example/documenten/api/v1/x", false),
            ("https://zgw.example.nl@evil.example/documenten/api/v1/x", false),
            ("https://zgw.example.nl/documenten/api/v1/../../../admin", false),
            ("https://zgw.example.nl/documenten/api/v1/%2e%2e/admin", false),
            ("https://zgw.example.nl/documenten/api/v1/x?versie=1", false),
            ("https://zgw.example.nl/documenten/api/v1/x#y", false),
            ("https://zgw.example.nl/documenten/api/v1/x\\y", false),
        ] {
            assert_eq!(base.covers(url), covered, "{url}");
        }
    }

    #[test]
    fn registers_are_reached_by_tls_or_on_this_machine() {
        for (raw, good) in [
            ("https://zgw.example.nl/api/v1/", true),
            ("http://127.0.0.1:8000/api/v1", true),
            ("http://zgw.example.nl/api/v1", false),
            ("https://user@zgw.example.nl/api/v1", false),
            ("https://zgw.example.nl/api/../v1", false),
            ("https://zgw.example.nl/api?x=1", false),
            ("ftp://zgw.example.nl/", false),
            ("https:///api", false),
            ("", false),
        ] {
            assert_eq!(raw.parse::<BaseUrl>().is_ok(), good, "{raw}");
        }
    }
}
