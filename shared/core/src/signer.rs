//! Signers: people and systems, and what each has done.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::assurance::Assurance;
use crate::ceremony::{Access, Authentication, Channel};
use crate::client::Client;
use crate::commitment::{self, Salt};
use crate::id::{ClientId, GroupIndex, OrganizationId, Sha256};
use crate::language::Language;
use crate::text::{Name, Reason};

/// One who is asked to sign, in one order.
#[derive(Debug, Clone, PartialEq)]
pub struct Signer {
    /// Who.
    pub party: Party,
    /// The group in whose turn this signer signs.
    pub group: GroupIndex,
    /// What the audit trail's commitments to this signer are salted with.
    pub salt: Salt,
    /// Claims that the signature must bring, whatever else it brings.
    pub required_claims: BTreeMap<String, String>,
    /// A signature given ahead, with the order's creation: it takes effect when the signer's turn comes, over what it names and nothing
    /// else.
    pub ahead: Option<Box<Act>>,
    /// How far this signer is.
    pub status: SignerStatus,
    /// How far this signer is let in. Of people only.
    pub access: Access,
}

/// A person or a system.
#[derive(Debug, Clone, PartialEq)]
pub enum Party {
    /// A natural person.
    Person(Person),
    /// An organization's system.
    System(System),
    /// Was a person; the personal data has been erased.
    Erased,
}

/// An organization's system: one of its clients, or whichever of them signs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct System {
    /// The organization.
    pub organization: OrganizationId,
    /// The client that must sign, where it matters which: so that who approved what can be proved between services of one organization.
    pub client: Option<ClientId>,
}

impl System {
    /// Whether `client` of `organization` may sign as this system.
    pub fn is(&self, organization: &OrganizationId, client: &ClientId) -> bool {
        self.organization == *organization && self.client.as_ref().is_none_or(|bound| bound == client)
    }
}

impl From<OrganizationId> for System {
    fn from(organization: OrganizationId) -> Self {
        Self { organization, client: None }
    }
}

/// A system that any client may sign as is written as its organization alone, as it was before systems could be bound to a client: the
/// commitments of old chains must verify.
impl Serialize for System {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Bound<'a> {
            organization: &'a OrganizationId,
            client: &'a ClientId,
        }
        match &self.client {
            None => self.organization.serialize(to),
            Some(client) => Bound { organization: &self.organization, client }.serialize(to),
        }
    }
}

/// A person. At least one of the fields by which to reach or recognise the person is set, unless the creator hands the link on.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Person {
    /// The name, where known.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "opt_name")]
    pub name: Option<Name>,
    /// In what capacity the person signs, e.g. `Chair of the board`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "opt_name")]
    pub title: Option<Name>,
    /// Where to write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Where to send text messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mobile: Option<Mobile>,
    /// The national identity number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub national_id: Option<NationalId>,
    /// The entry in the organization's directory, e.g. `sAMAccountName=cborgstrom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<DirectoryKey>,
    /// What the person must bring besides a personal link.
    #[serde(skip_serializing_if = "Authentication::is_none")]
    pub authentication: Authentication,
    /// The level of assurance that a log-in must reach at least, where the person must log in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assurance: Option<Assurance>,
    /// The language to use, where the person has one of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
    /// The zone in which the person is told times, and is not disturbed at night.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<ZoneName>,
}

fn opt_name<S: serde::Serializer>(name: &Option<Name>, to: S) -> Result<S::Ok, S::Error> {
    name.as_ref().map(Name::as_str).serialize(to)
}

impl Person {
    /// Whether anything tells who this is.
    pub fn is_identified(&self) -> bool {
        self.email.is_some() || self.mobile.is_some() || self.national_id.is_some() || self.directory.is_some()
    }

    /// By which channels a personal link travels: by all that are known, but for the one by which its code travels where there is another.
    pub fn link_channels(&self) -> Vec<Channel> {
        let known = [self.email.as_ref().map(|_| Channel::Email), self.mobile.as_ref().map(|_| Channel::Sms)];
        let known: Vec<_> = known.into_iter().flatten().collect();
        let apart: Vec<_> = known.iter().copied().filter(|channel| Some(*channel) != self.authentication.channel()).collect();
        if apart.is_empty() { known } else { apart }
    }

    /// Whether the code that the person must bring can be sent.
    pub fn can_authenticate(&self) -> bool {
        match self.authentication {
            Authentication::None | Authentication::Eid => true,
            Authentication::EmailCode => self.email.is_some(),
            Authentication::SmsCode => self.mobile.is_some(),
        }
    }

    /// Whether the person finds what is to be signed by logging in, with nothing else at hand: invitations then hold no secret.
    pub fn signs_in_portal(&self) -> bool {
        self.authentication == Authentication::Eid && self.national_id.is_some()
    }

    /// Whether a way to recognise somebody is what this person must bring. What a personal link and its code prove, those who check them
    /// see to; that nobody signs without the log-in that was asked for is seen to here as well.
    pub fn accepts(&self, method: &Method) -> bool {
        match (self.authentication, method) {
            (Authentication::Eid, Method::Eid { level, .. }) => *level >= self.assurance,
            (Authentication::Eid, _) => false,
            (_, method) => !matches!(method, Method::Eid { .. }),
        }
    }

    /// Whether a message can be sent.
    pub fn is_reachable(&self) -> bool {
        self.email.is_some() || self.mobile.is_some()
    }
}

impl Party {
    /// Whether a client may sign as this party.
    pub fn is_system_of(&self, client: &Client) -> bool {
        matches!(self, Self::System(system) if system.is(&client.organization, &client.id))
    }

    /// The commitment by which the audit trail names this party; none once erased.
    pub fn commitment(&self, salt: &Salt) -> Option<Sha256> {
        match self {
            Self::Person(person) => Some(commitment::commit(salt, person)),
            Self::System(system) => Some(commitment::commit(salt, system)),
            Self::Erased => None,
        }
    }
}

/// How far a signer is.
#[derive(Debug, Clone, PartialEq)]
pub enum SignerStatus {
    /// An earlier group signs first.
    Waiting,
    /// May sign since then.
    Open {
        /// When the signer's turn came.
        since: Timestamp,
    },
    /// Has signed.
    Signed(Signature),
    /// Has declined.
    Declined {
        /// When.
        at: Timestamp,
        /// Why, where told. Erased with the personal data.
        reason: Option<Reason>,
    },
    /// Need not sign any more: the group had enough signatures, or the order ended.
    NotNeeded,
}

/// What one signer did when signing.
#[derive(Debug, Clone, PartialEq)]
pub struct Signature {
    /// When.
    pub at: Timestamp,
    /// How the signer was recognised.
    pub method: Method,
    /// What the identity provider or the system claimed of the signer.
    pub claims: BTreeMap<String, String>,
    /// The SHA-256 of each document as shown, in the order's sequence.
    pub digests: Vec<Sha256>,
    /// The digests of the page images that were shown, in the order's sequence; none where the signer saw the documents themselves.
    pub images: Vec<Sha256>,
    /// From where. Erased with the personal data.
    pub address: Option<IpAddr>,
    /// The signer's own signature over the digests, where it handed one in.
    pub jws: Option<Jws>,
}

/// A signature that a system made with a key of its own (RFC 7515), over [`crate::order::Order::signing_payload`]. It was verified
/// before it came here; it is kept so that everybody else can verify it as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jws {
    /// In compact form with its payload detached (RFC 7515, appendix F): `header..signature`.
    pub detached: String,
    /// The public key, as the client registered it (RFC 7517).
    pub jwk: serde_json::Value,
}

impl Jws {
    /// How the audit trail names it.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(self.detached.as_bytes())
    }

    /// How much of an order's item it takes up, in bytes.
    pub(crate) fn size(&self) -> usize {
        self.detached.len() + self.jwk.to_string().len()
    }
}

/// How a signer was recognised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Method {
    /// The holder of a personal link.
    Link,
    /// The holder of a personal link and of a one-time code by e-mail.
    EmailCode,
    /// The holder of a personal link and of a one-time code by text message.
    SmsCode,
    /// One whom the sender had logged in and sent here: the direct flow.
    Sender,
    /// One who logged in with an electronic identity.
    Eid {
        /// The provider's id.
        provider: String,
        /// By which name people know the provider.
        name: String,
        /// The level of assurance, where the provider told one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        level: Option<Assurance>,
        /// When the person showed the provider who it is, which is before the signature.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        authenticated_at: Option<Timestamp>,
    },
    /// A system, by the credentials of an API client.
    Client {
        /// Which.
        client: ClientId,
        /// The client's name at that time.
        name: String,
    },
}

impl Method {
    /// What programs call it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::EmailCode => "email-code",
            Self::SmsCode => "sms-code",
            Self::Sender => "sender",
            Self::Eid { .. } => "eid",
            Self::Client { .. } => "client",
        }
    }
}

/// What a signer brings along to sign.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// How the signer was recognised.
    pub method: Method,
    /// Claims of identity, or of the rule by which a system signs.
    pub claims: BTreeMap<String, String>,
    /// The digests of what the signer saw; must be those of the order's documents.
    pub digests: Vec<Sha256>,
    /// The digests of the page images that the signer saw; those of the order's documents, or none.
    pub images: Vec<Sha256>,
    /// From where.
    pub address: Option<IpAddr>,
    /// The signer's own signature over the digests, verified.
    pub jws: Option<Jws>,
}

macro_rules! personal {
    ($(#[$doc:meta])* $name:ident, $error:literal, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Checks and normalises.
            pub fn parse(raw: &str) -> Result<Self, PersonalError> {
                let parse: fn(&str) -> Option<String> = $parse;
                parse(raw.trim()).map(Self).ok_or(PersonalError($error))
            }

            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Personal data stays out of logs.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

/// Why a personal identifier was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PersonalError(&'static str);

personal! {
    /// An e-mail address: the addr-spec of RFC 5321 without quoted local parts, at most 254 characters.
    Email, "must be an e-mail address such as jane.doe@example.org", |raw| {
        let (local, domain) = raw.rsplit_once('@')?;
        let plain = |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '(' | ')' | ',' | ':' | ';' | '<' | '>' | '[' | ']' | '\\' | '@');
        let domain_ok = domain.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-'));
        (raw.len() <= 254 && (1..=64).contains(&local.len()) && local.chars().all(plain) && domain_ok).then(|| raw.to_owned())
    }
}

personal! {
    /// A mobile number in E.164 form: `+`, then 7 to 15 digits. Spaces, hyphens and parentheses are dropped.
    Mobile, "must be a telephone number in international form such as +46700000000", |raw| {
        let number: String = raw.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '\u{a0}')).collect();
        let digits = number.strip_prefix('+')?;
        ((7..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')).then_some(number)
    }
}

personal! {
    /// A national identity number: 6 to 20 letters or digits; spaces and hyphens are dropped. Its check digits are the issuing
    /// country's affair: temporary and test numbers must pass.
    NationalId, "must be a national identity number: 6 to 20 letters or digits", |raw| {
        let number: String = raw.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        ((6..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_alphanumeric())).then(|| number.to_ascii_uppercase())
    }
}

personal! {
    /// A key into the organization's user directory: `attribute=value`.
    DirectoryKey, "must be attribute=value such as sAMAccountName=cborgstrom", |raw| {
        let (attribute, value) = raw.split_once('=')?;
        let attribute_ok = !attribute.is_empty() && attribute.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
        let value = value.trim();
        (raw.len() <= 256 && attribute_ok && !value.is_empty() && !value.chars().any(char::is_control)).then(|| format!("{attribute}={value}"))
    }
}

personal! {
    /// The name of a time zone, e.g. `Europe/Oslo`. Whether there is such a zone is for whoever has a list of them.
    ZoneName, "must be a time zone such as Europe/Oslo", |raw| {
        let part_ok = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+'));
        (raw.len() <= 64 && raw.split('/').all(part_ok)).then(|| raw.to_owned())
    }
}

impl DirectoryKey {
    /// The attribute and its value.
    pub fn parts(&self) -> (&str, &str) {
        self.0.split_once('=').expect("parse lets nothing through that lacks the sign")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_checked_and_normalised() {
        for (raw, ok) in [
            ("jane.doe@example.org", true),
            ("jane+tag@sub.example.org", true),
            ("[email protected]", false),
            ("a@b@c", false),
            ("a b@example.org", false),
            ("a@", false),
            ("@b", false),
            ("a@b\r\nBcc: c@d", false),
        ] {
            assert_eq!(Email::parse(raw).is_ok(), ok, "{raw}");
        }
        assert_eq!(Mobile::parse("+46 70-000 00 00").unwrap().as_str(), "+46700000000");
        for raw in ["0700000000", "+0123456789", "+46", "+46x00000000", ""] {
            assert!(Mobile::parse(raw).is_err(), "{raw}");
        }
        assert_eq!(NationalId::parse("19860305-2385").unwrap().as_str(), "198603052385");
        assert!(NationalId::parse("12345").is_err());
        let key = DirectoryKey::parse("sAMAccountName = cborgstrom").map(|key| key.as_str().to_owned());
        assert!(key.is_err(), "a blank belongs to no attribute's name");
        assert_eq!(DirectoryKey::parse("sAMAccountName=cborgstrom").unwrap().parts(), ("sAMAccountName", "cborgstrom"));
    }

    #[test]
    fn debug_output_names_no_person() {
        let person = Person { email: Email::parse("jane@example.org").ok(), name: Name::parse("Jane").ok(), ..Person::default() };
        let debug = format!("{person:?}");
        assert!(!debug.contains("jane") && !debug.contains("Jane"), "{debug}");
    }
}
