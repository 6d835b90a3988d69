//! API clients and what they may do.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;

use crate::id::{ClientId, OrganizationId, Sha256};
use crate::jwk::PublicKey;
use crate::refusal::Refusal;
use crate::text::{Name, Text};

/// What a client may do. The names are the OAuth 2 scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Privilege {
    /// Read the organization's orders.
    WorkflowRead,
    /// Create, cancel and delete the organization's orders.
    WorkflowWrite,
    /// Read what is put before the organization's system to sign.
    OrgSignatureRead,
    /// Sign or decline as the organization's system.
    OrgSignatureSign,
}

impl Privilege {
    /// Every privilege there is.
    pub const ALL: [Self; 4] = [Self::WorkflowRead, Self::WorkflowWrite, Self::OrgSignatureRead, Self::OrgSignatureSign];

    /// The scope's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WorkflowRead => "workflow:read",
            Self::WorkflowWrite => "workflow:write",
            Self::OrgSignatureRead => "orgsignature:read",
            Self::OrgSignatureSign => "orgsignature:sign",
        }
    }
}

impl fmt::Display for Privilege {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No such privilege.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown privilege; known are workflow:read, workflow:write, orgsignature:read, orgsignature:sign")]
pub struct UnknownPrivilege;

impl FromStr for Privilege {
    type Err = UnknownPrivilege;

    fn from_str(raw: &str) -> Result<Self, UnknownPrivilege> {
        Self::ALL.into_iter().find(|privilege| privilege.as_str() == raw).ok_or(UnknownPrivilege)
    }
}

/// An API client as stored. It holds no secret: the client secret is derived again from the root key when it must be checked
/// ([`crate::root_key::RootKey::client_secret`]), and of the API key there is a digest only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Who it is.
    pub id: ClientId,
    /// Whose orders it sees.
    pub organization: OrganizationId,
    /// What people call it; shown on signature pages as the system that signed.
    pub name: Name,
    /// What it may do.
    pub privileges: BTreeSet<Privilege>,
    /// SHA-256 of the API key.
    pub api_key_hash: Sha256,
    /// Counts the rotations of the secret, from 1.
    pub secret_generation: u32,
    /// Until when the secret before the present one is still taken.
    pub previous_secret_until: Option<Timestamp>,
    /// Public keys whose signatures prove that it is the client, at most [`crate::jwk::MAX_KEYS`].
    pub keys: BTreeSet<PublicKey>,
    /// TLS certificates by which it is known.
    pub certificates: BTreeSet<CertificateName>,
    /// A client that is switched off is treated as unknown.
    pub enabled: bool,
}

impl Client {
    /// Refuses when the client lacks `privilege`.
    pub fn require(&self, privilege: Privilege) -> Result<(), Refusal> {
        if self.privileges.contains(&privilege) { Ok(()) } else { Err(Refusal::PrivilegeMissing(privilege)) }
    }

    /// The generations of its secret that are good now: the present one, and the one before during its overlap.
    pub fn secret_generations(&self, now: Timestamp) -> impl Iterator<Item = u32> {
        let previous = self.previous_secret_until.filter(|until| now < *until).map(|_| self.secret_generation.saturating_sub(1));
        [Some(self.secret_generation), previous].into_iter().flatten()
    }

    /// Whether it still has the credential for which it once got an access token. A secret that was rotated, and a key or certificate
    /// that was taken from the client, take the tokens along.
    pub fn still_has(&self, proof: &Proof, now: Timestamp) -> bool {
        match proof {
            Proof::Secret(generation) => self.secret_generations(now).any(|good| good == *generation),
            Proof::Key(thumbprint) => self.keys.iter().any(|key| key.thumbprint() == *thumbprint),
            Proof::Certificate(name) => self.certificates.contains(name),
        }
    }
}

/// How a TLS client certificate is recognized (RFC 8705, 2).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum CertificateName {
    /// By SHA-256 of the certificate in DER: this very one.
    Thumbprint(Sha256),
    /// By its subject, as the gateway writes it: any certificate of that subject from an authority in the gateway's trust store.
    Subject(Subject),
}

/// The subject of a certificate, e.g. `CN=case-system,O=Example,C=DK`.
pub type Subject = Text<3, 1024>;

/// Neither a thumbprint nor a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be sha256: and 64 hexadecimal digits, or subject: and the subject's distinguished name")]
pub struct NotACertificateName;

impl fmt::Display for CertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Thumbprint(digest) => write!(f, "sha256:{digest}"),
            Self::Subject(subject) => write!(f, "subject:{subject}"),
        }
    }
}

impl FromStr for CertificateName {
    type Err = NotACertificateName;

    fn from_str(raw: &str) -> Result<Self, NotACertificateName> {
        match raw.split_once(':') {
            Some(("sha256", digest)) => digest.parse().map(Self::Thumbprint).map_err(|_| NotACertificateName),
            Some(("subject", subject)) => Subject::parse(subject).map(Self::Subject).map_err(|_| NotACertificateName),
            _ => Err(NotACertificateName),
        }
    }
}

/// By what a client proved who it is when it got an access token. It stands in the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The client secret of this generation.
    Secret(u32),
    /// A signature by the registered key of this thumbprint.
    Key(String),
    /// A TLS certificate that is registered under this name.
    Certificate(CertificateName),
}

/// No such proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("unknown kind of proof")]
pub struct UnknownProof;

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(generation) => write!(f, "secret/{generation}"),
            Self::Key(thumbprint) => write!(f, "key/{thumbprint}"),
            Self::Certificate(name) => write!(f, "certificate/{name}"),
        }
    }
}

impl FromStr for Proof {
    type Err = UnknownProof;

    fn from_str(raw: &str) -> Result<Self, UnknownProof> {
        match raw.split_once('/') {
            Some(("secret", generation)) => generation.parse().map(Self::Secret).map_err(|_| UnknownProof),
            Some(("key", thumbprint)) => Ok(Self::Key(thumbprint.to_owned())),
            Some(("certificate", name)) => name.parse().map(Self::Certificate).map_err(|_| UnknownProof),
            _ => Err(UnknownProof),
        }
    }
}

/// An API key: `segl_`, the client's id, `_`, and 43 characters of base64url (256 random bits). The id in it finds the client without an
/// index; ids have no underscore.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// A key of a client, from fresh random bytes.
    pub fn new(client: &ClientId, random: [u8; 32]) -> Self {
        Self(format!("segl_{client}_{}", URL_SAFE_NO_PAD.encode(random)))
    }

    /// A key as a caller sent it, with the client that it names. Whether it is that client's is not said.
    pub fn parse(raw: &str) -> Option<(Self, ClientId)> {
        let (client, _) = raw.strip_prefix("segl_")?.split_once('_')?;
        Some((Self(raw.to_owned()), client.parse().ok()?))
    }

    /// What is stored of it. The key has 256 random bits, so that a plain digest cannot be searched.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(self.0.as_bytes())
    }

    /// The key itself, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A credential stays out of logs.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_keys_name_their_client() {
        let client: ClientId = "client-a".parse().unwrap();
        let key = ApiKey::new(&client, [9; 32]);
        assert_eq!(ApiKey::parse(key.reveal()), Some((key.clone(), client)));
        assert_eq!(format!("{key:?}"), "ApiKey(..)");
        for bad in ["", "segl_", "segl_client-a", "segl__x", "segl_A_x", "other_client-a_x"] {
            assert!(ApiKey::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn proofs_and_certificates_have_one_written_form() {
        let digest = Sha256::of(b"certificate");
        let subject = CertificateName::Subject(Subject::parse("CN=case-system,O=a/b: c,C=DK").unwrap());
        for proof in [
            Proof::Secret(7),
            Proof::Key("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs".to_owned()),
            Proof::Certificate(CertificateName::Thumbprint(digest)),
            Proof::Certificate(subject),
        ] {
            assert_eq!(proof.to_string().parse(), Ok(proof));
        }
        for bad in ["", "secret", "secret/x", "certificate/", "certificate/sha256:00", "api-key/1"] {
            assert_eq!(bad.parse::<Proof>(), Err(UnknownProof), "{bad}");
        }
    }
}
