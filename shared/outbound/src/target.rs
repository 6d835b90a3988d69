//! Addresses of servers, parsed.

use std::fmt;
use std::str::FromStr;

use hyper::Uri;
use hyper::http::uri::Scheme;

/// Where a call goes: `http` or `https`, a host, and no credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    uri: Uri,
    secure: bool,
    host: String,
    port: u16,
}

/// Why something is no address that can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not an absolute URI (RFC 3986, 4.3).
    #[error("not an absolute URL")]
    NotAUrl,
    /// Another scheme.
    #[error("only http and https can be called")]
    Scheme,
    /// `user:password@host`: it would end up in logs.
    #[error("a URL must not hold credentials")]
    Credentials,
}

impl Target {
    /// Whether the connection is by TLS.
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The name or address of the host, in lower case and without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What the request line says (RFC 9112, 3.2.1).
    pub(crate) fn path_and_query(&self) -> &str {
        self.uri.path_and_query().map_or("/", |path| path.as_str())
    }

    /// What the field `Host` says.
    pub(crate) fn authority(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }
}

impl FromStr for Target {
    type Err = BadAddress;

    fn from_str(raw: &str) -> Result<Self, BadAddress> {
        let uri: Uri = raw.parse().map_err(|_| BadAddress::NotAUrl)?;
        let secure = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(_) => return Err(BadAddress::Scheme),
            None => return Err(BadAddress::NotAUrl),
        };
        let authority = uri.authority().ok_or(BadAddress::NotAUrl)?;
        if authority.as_str().contains('@') {
            return Err(BadAddress::Credentials);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let port = match authority.port() {
            Some(port) => port.as_str().parse().map_err(|_| BadAddress::NotAUrl)?,
            // A colon without a port, or with one that is too large.
            None if authority.as_str().len() != authority.host().len() => return Err(BadAddress::NotAUrl),
            None => {
                if secure {
                    443
                } else {
                    80
                }
            }
        };
        if host.is_empty() || port == 0 {
            return Err(BadAddress::NotAUrl);
        }
        Ok(Self { secure, host, port, uri })
    }
}

/// Host and port only: paths and queries of webhooks are secrets now and then.
impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({}:{})", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_an_address() {
        let good = [
            ("http://tsa.example.org", "tsa.example.org", 80, "/"),
            ("https://TSA.example.org/a?b=c", "tsa.example.org", 443, "/a?b=c"),
            ("https://tsa.example.org:8443/", "tsa.example.org", 8443, "/"),
            ("http://[::1]:318/x", "::1", 318, "/x"),
        ];
        for (raw, host, port, path) in good {
            let target: Target = raw.parse().unwrap();
            assert_eq!((target.host(), target.port(), target.path_and_query()), (host, port, path), "{raw}");
        }
        let bad = [
            ("", BadAddress::NotAUrl),
            ("/path", BadAddress::NotAUrl),
            ("tsa.example.org", BadAddress::NotAUrl),
            ("http://", BadAddress::NotAUrl),
            ("http://tsa.example.org:0/", BadAddress::NotAUrl),
            ("http://tsa.example.org:/", BadAddress::NotAUrl),
            ("http://tsa.example.org:65536/", BadAddress::NotAUrl),
            ("http://a b/", BadAddress::NotAUrl),
            ("ftp://tsa.example.org/", BadAddress::Scheme),
            ("file:///etc/passwd", BadAddress::NotAUrl),
            ("http://me:secret@tsa.example.org/", BadAddress::Credentials),
            ("http://tsa.example.org@169.254.169.254/", BadAddress::Credentials),
        ];
        for (raw, problem) in bad {
            assert_eq!(raw.parse::<Target>(), Err(problem), "{raw}");
        }
    }
}
