//! What a workflow token says: an order that everyone has signed, in real JSON values.
//!
//! The claims follow from the order alone, so that the same order makes the same claims, whoever asks and when. There are two moments:
//! the token *attached* to the sealed documents, made before they are sealed and covered by the seal; and the token of the *accepted*
//! order, which also has the digests of the sealed files.

use std::collections::BTreeMap;

use jiff::Timestamp;
use segl_core::claim_filter::ClaimFilter;
use segl_core::document::SealedDocument;
use segl_core::event::ChainHead;
use segl_core::id::{ClientId, OrderId, OrganizationId, Sha256};
use segl_core::order::{Order, OrderState};
use segl_core::signer::{Jws, Method, Party, Person, Signature, Signer, SignerStatus};
use serde::{Deserialize, Serialize};

/// What `token_type` says.
pub const TOKEN_TYPE: &str = "workflow_token";
/// The media type of a token, without `application/` (RFC 7519, 5.1; RFC 8725, 3.11).
pub const TYP: &str = "workflow-token+jwt";

/// The claims of a workflow token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkflowToken {
    /// The service, by its address.
    pub iss: String,
    /// The organization whose order it is.
    pub aud: OrganizationId,
    /// The order.
    pub sub: OrderId,
    /// Names the token: the order, the moment, and the filter.
    pub jti: String,
    /// When what it tells had come to pass, in seconds since 1970: the last signature, or the seal.
    pub iat: i64,
    /// The same.
    pub nbf: i64,
    /// [`TOKEN_TYPE`].
    pub token_type: String,
    /// Which claims about people it lets through.
    pub claim_filter: String,
    /// What was to be signed.
    pub order: OrderClaims,
    /// The documents, in the order's sequence.
    pub documents: Vec<DocumentClaims>,
    /// The signatures, in the sequence in which they were made.
    pub signatures: Vec<SignatureClaims>,
    /// The audit trail, by its head: who has the trail can check that it is this one.
    pub audit_trail: TrailClaims,
}

/// The order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderClaims {
    /// What was to be signed.
    pub title: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Until when it could be signed.
    pub deadline: Timestamp,
    /// When everyone had signed.
    pub signed_at: Timestamp,
    /// When it was sealed, in the token of an accepted order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentClaims {
    /// What signers saw it called.
    pub title: String,
    /// SHA-256 of what was signed.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
    /// Its number of pages.
    pub pages: u32,
    /// The sealed file, in the token of an accepted order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<SealedClaims>,
}

/// One sealed file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SealedClaims {
    /// SHA-256 of the sealed file.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

/// One signature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SignatureClaims {
    /// The signer's number, by which the audit trail names it.
    pub signer: u16,
    /// In whose turn.
    pub group: u16,
    /// Who.
    pub party: PartyClaims,
    /// When.
    pub at: Timestamp,
    /// How the signer was recognised: `link`, or `client`.
    pub method: String,
    /// What the identity provider or the system claimed of the signer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
    /// SHA-256 of each document as shown to this signer, in the order's sequence.
    pub digests: Vec<Sha256>,
    /// The signer's own signature, where it handed one in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jws: Option<Jws>,
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum PartyClaims {
    /// A natural person.
    Person {
        /// The name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// In what capacity.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<String>,
        /// Where the invitation went.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        email: Option<String>,
        /// Where the invitation went.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mobile: Option<String>,
        /// The national identity number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        national_id: Option<String>,
    },
    /// An organization's system.
    System {
        /// The organization.
        organization: OrganizationId,
        /// The client that signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<ClientId>,
        /// What the client was called then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
}

/// The audit trail by its head.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrailClaims {
    /// How many events there were.
    pub events: u64,
    /// The hash of the last one.
    pub head: Sha256,
}

/// Why an order has no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nothing can be said of an order before everyone has signed, or after its removal")]
pub struct NoToken;

impl WorkflowToken {
    /// The claims for an order that is signed by everyone. `head` is that of the audit trail as it was at that moment.
    ///
    /// # Errors
    /// [`NoToken`] for an order in any other state, or one that was removed.
    pub fn new(order: &Order, head: ChainHead, filter: ClaimFilter, issuer: &str) -> Result<Self, NoToken> {
        let (accepted_at, sealed): (_, &[SealedDocument]) = match &order.state {
            OrderState::Sealing { .. } => (None, &[]),
            OrderState::Accepted { at, sealed } => (Some(*at), sealed),
            _ => return Err(NoToken),
        };
        let mut documents = Vec::new();
        for (index, document) in order.documents() {
            let facts = document.facts().ok_or(NoToken)?;
            let sealed = sealed.iter().find(|sealed| sealed.document == index);
            documents.push(DocumentClaims {
                title: document.title.to_string(),
                sha256: facts.sha256,
                size: facts.size,
                pages: facts.pages,
                sealed: sealed.map(|sealed| SealedClaims { sha256: sealed.sha256, size: sealed.size }),
            });
        }
        let mut signatures = Vec::new();
        for (index, signer) in order.signers() {
            if let SignerStatus::Signed(signature) = &signer.status {
                signatures.push(signature_claims(index.0, signer, signature, filter).ok_or(NoToken)?);
            }
        }
        signatures.sort_by_key(|signature| (signature.at, signature.signer));
        let signed_at = signatures.last().map(|signature| signature.at).ok_or(NoToken)?;
        let (moment, at) = accepted_at.map_or(("signed", signed_at), |at| ("accepted", at));
        Ok(Self {
            iss: issuer.to_owned(),
            aud: order.organization.clone(),
            sub: order.id,
            jti: format!("{}/{moment}/{}", order.id, filter.as_str()),
            iat: at.as_second(),
            nbf: at.as_second(),
            token_type: TOKEN_TYPE.to_owned(),
            claim_filter: filter.as_str().to_owned(),
            order: OrderClaims {
                title: order.title.to_string(),
                created_at: order.created_at,
                deadline: order.deadline,
                signed_at,
                accepted_at,
            },
            documents,
            signatures,
            audit_trail: TrailClaims { events: head.seq, head: head.hash },
        })
    }
}

fn signature_claims(number: u16, signer: &Signer, signature: &Signature, filter: ClaimFilter) -> Option<SignatureClaims> {
    let (party, claims) = match (&signer.party, &signature.method) {
        (Party::Person(person), _) => (person_claims(person, filter), filter.of_person(&signature.claims)),
        (Party::System(system), method) => {
            let (client, name) = match method {
                Method::Client { client, name } => (Some(client.clone()), Some(name.clone())),
                _ => (None, None),
            };
            (PartyClaims::System { organization: system.organization.clone(), client, name }, signature.claims.clone())
        }
        (Party::Erased, _) => return None,
    };
    Some(SignatureClaims {
        signer: number,
        group: signer.group.0,
        party,
        at: signature.at,
        method: method_name(&signature.method).to_owned(),
        claims,
        digests: signature.digests.clone(),
        jws: signature.jws.clone(),
    })
}

fn person_claims(person: &Person, filter: ClaimFilter) -> PartyClaims {
    let private = |value: Option<&str>| value.filter(|_| filter == ClaimFilter::All).map(str::to_owned);
    PartyClaims::Person {
        name: person.name.as_ref().map(ToString::to_string),
        title: person.title.as_ref().map(ToString::to_string),
        email: private(person.email.as_ref().map(|email| email.as_str())),
        mobile: private(person.mobile.as_ref().map(|mobile| mobile.as_str())),
        national_id: private(person.national_id.as_ref().map(|number| number.as_str())),
    }
}

fn method_name(method: &Method) -> &'static str {
    match method {
        Method::Link => "link",
        Method::Client { .. } => "client",
    }
}
