//! `POST /workflows/{cvr}/signtextid`: asking one more signer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use segl_core::ceremony::Authentication;
use segl_core::id::{GroupIndex, OrderId, SignerIndex};
use segl_core::signer::{Email, Mobile, Party, Person, System};
use segl_core::text::Name;
use serde::{Deserialize, Serialize};

use crate::native::decision::check_claims;
use crate::problem::{FieldError, FieldErrors, Problem};

/// Who is to be asked. A system where `organizationTin` is given, a person otherwise.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "NewSignTextId")]
pub struct SignTextRequest {
    /// The workflow.
    #[schemars(extend("format" = "uuid"))]
    pub workflow_id: String,
    /// Another handle for a signer who was asked before, by its number; nothing else can be given then. Earlier handles stay good.
    pub signature_id: Option<u16>,
    /// Of a person: the name.
    #[schemars(length(min = 1, max = 200))]
    pub signer_name: Option<String>,
    /// Of a person: in what capacity.
    #[schemars(length(min = 1, max = 200))]
    pub signer_title: Option<String>,
    /// Of a person: where to send an invitation as well.
    #[schemars(extend("format" = "email"))]
    pub signer_email: Option<String>,
    /// Of a person: where to send an invitation as well, in E.164 form.
    #[schemars(regex(pattern = r"^\+[0-9 ()-]+$"))]
    pub signer_mobile: Option<String>,
    /// Of a system: the organization.
    #[schemars(regex(pattern = "^[A-Za-z0-9-]{3,40}$"))]
    pub organization_tin: Option<String>,
    /// Of a system: the client that must sign, where it matters which.
    #[schemars(regex(pattern = "^[a-z0-9-]{3,64}$"))]
    pub client_id: Option<String>,
    /// Claims that the signature must bring, e.g. `{"rule": "credit-check"}`, or of a person, who logs in then, `{"idp": "mitid"}`. At most
    /// 20.
    pub required_claims: Option<BTreeMap<String, String>>,
    /// In whose turn the signer signs, from 0. That of the last who was asked where not given; one after it opens the next turn.
    pub group: Option<u16>,
    /// Nobody else will be asked: once all have signed, the workflow is sealed by itself.
    pub last: Option<bool>,
}

/// The answer. The handle is told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "SignTextId")]
pub struct SignTextView {
    /// The workflow.
    pub workflow_id: String,
    /// The handle: a secret of the signer. To a system it opens `/systemsignatures/{signtextId}`.
    pub signtext_id: String,
    /// The signer's number in the workflow.
    pub signature_id: u16,
    /// Until when it can be signed.
    pub expires_at: Timestamp,
    /// To a person: the page on which to sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// The order.
    pub order: OrderId,
    /// Who.
    pub whom: Whom,
    /// Nobody else follows.
    pub last: bool,
}

/// Who is to be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Whom {
    /// Somebody new.
    New {
        /// Who.
        party: Box<Party>,
        /// In whose turn.
        group: Option<GroupIndex>,
        /// What must be claimed.
        required_claims: BTreeMap<String, String>,
    },
    /// One who was asked before.
    Again(SignerIndex),
}

/// Reads the body. `eid` tells whether people can log in here.
///
/// # Errors
/// [`crate::problem::Kind::InvalidRequest`] with a JSON Pointer for each wrong member.
pub fn parse(body: &[u8], eid: bool) -> Result<Asked, Problem> {
    let request: SignTextRequest = crate::json::read(body)?;
    let mut errors = FieldErrors::default();
    let order = errors.take("/workflowId", request.workflow_id.parse::<OrderId>());
    let last = request.last.unwrap_or(false);
    let whom = match request.signature_id {
        Some(number) => {
            if last || !is_bare(&request) {
                errors.push(FieldError::pointer("/signatureId", "names one who was asked before; nothing else can be given with it"));
            }
            Some(Whom::Again(SignerIndex(number)))
        }
        None => new_signer(request, eid, &mut errors),
    };
    match (order, whom) {
        (Some(order), Some(whom)) if errors.is_empty() => Ok(Asked { order, whom, last }),
        _ => Err(Problem::invalid(errors.into_vec())),
    }
}

fn is_bare(request: &SignTextRequest) -> bool {
    let SignTextRequest { signer_name, signer_title, signer_email, signer_mobile, organization_tin, client_id, .. } = request;
    let texts = [signer_name, signer_title, signer_email, signer_mobile, organization_tin, client_id];
    texts.into_iter().all(Option::is_none) && request.required_claims.is_none() && request.group.is_none()
}

fn new_signer(request: SignTextRequest, eid: bool, errors: &mut FieldErrors) -> Option<Whom> {
    let required_claims = request.required_claims.unwrap_or_default();
    check_claims(&required_claims, "/requiredClaims", errors);
    let party = match request.organization_tin {
        Some(organization) => {
            let of_person = [
                ("signerName", &request.signer_name),
                ("signerTitle", &request.signer_title),
                ("signerEmail", &request.signer_email),
                ("signerMobile", &request.signer_mobile),
            ];
            for (member, _) in of_person.into_iter().filter(|(_, value)| value.is_some()) {
                errors.push(FieldError::pointer(format!("/{member}"), "belongs to a person, and organizationTin names a system"));
            }
            let client = request.client_id.map(|raw| errors.take("/clientId", raw.parse()));
            let organization = errors.take("/organizationTin", organization.parse())?;
            Party::System(System { organization, client: client.flatten() })
        }
        None => {
            if request.client_id.is_some() {
                errors.push(FieldError::pointer("/clientId", "belongs to a system; give its organizationTin, too"));
            }
            // A link proves no claims: accepting them where nobody can log in would make a workflow that nobody can complete.
            let logs_in = !required_claims.is_empty();
            if logs_in && !eid {
                let detail = "can be asked of systems only: people cannot log in here, and a personal link proves no claims";
                errors.push(FieldError::pointer("/requiredClaims", detail));
            }
            Party::Person(Person {
                name: request.signer_name.and_then(|raw| errors.take("/signerName", Name::parse(&raw))),
                title: request.signer_title.and_then(|raw| errors.take("/signerTitle", Name::parse(&raw))),
                email: request.signer_email.and_then(|raw| errors.take("/signerEmail", Email::parse(&raw))),
                mobile: request.signer_mobile.and_then(|raw| errors.take("/signerMobile", Mobile::parse(&raw))),
                authentication: if logs_in { Authentication::Eid } else { Authentication::None },
                ..Person::default()
            })
        }
    };
    Some(Whom::New { party: Box::new(party), group: request.group.map(GroupIndex), required_claims })
}
