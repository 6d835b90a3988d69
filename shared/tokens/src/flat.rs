//! `workflow_token_v1`: the same claims under the flat names that programs of the market read today.
//!
//! The names are those of the reference; the values are real JSON, where the reference has JSON inside of strings.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::workflow::{PartyClaims, SignatureClaims, WorkflowToken};

/// What `token_type` says.
pub const TOKEN_TYPE: &str = "workflow_token_v1";
/// Programs of this format want an end. What was signed does not become unsigned, so that it lies far off: ten years.
const VALID_SECONDS: i64 = 10 * 365 * 24 * 3600;

/// The claims in flat form.
pub fn claims(token: &WorkflowToken) -> Value {
    let mut claims = Map::new();
    let mut set = |name: String, value: Value| drop(claims.insert(name, value));
    set("token_type".into(), TOKEN_TYPE.into());
    set("iss".into(), token.iss.clone().into());
    set("aud".into(), token.aud.as_str().into());
    set("jti".into(), format!("{}/{TOKEN_TYPE}", token.jti).into());
    set("iat".into(), token.iat.into());
    set("nbf".into(), token.nbf.into());
    set("exp".into(), (token.iat + VALID_SECONDS).into());
    set("workflow_id".into(), token.sub.to_string().into());
    set("workflow_title".into(), token.order.title.clone().into());
    set("service_provider_id".into(), token.iss.clone().into());
    set("organization_tin".into(), token.aud.as_str().into());
    set("expiry".into(), seconds(token.order.deadline));
    set("documents_signed_number".into(), token.documents.len().into());
    set("signatures_number".into(), token.signatures.len().into());
    for (number, document) in (1..).zip(&token.documents) {
        set(format!("document_{number}"), json!({"title": document.title, "sha256Hex": document.sha256}));
    }
    for (number, signature) in (1..).zip(&token.signatures) {
        set(format!("signature_{number}"), self::signature(token, signature));
    }
    set("event_chain_head".into(), json!(token.audit_trail));
    Value::Object(claims)
}

fn signature(token: &WorkflowToken, signature: &SignatureClaims) -> Value {
    let mut user: Map<String, Value> = signature.claims.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    let mut tell = |name: &str, value: Option<&str>| {
        if let Some(value) = value {
            user.entry(name).or_insert_with(|| value.into());
        }
    };
    match &signature.party {
        PartyClaims::Person { name, title, email, mobile, national_id } => {
            tell("name", name.as_deref());
            tell("title", title.as_deref());
            tell("email", email.as_deref());
            tell("mobile", mobile.as_deref());
            tell("national_id", national_id.as_deref());
        }
        PartyClaims::System { organization, client, name } => {
            tell("organization_tin", Some(organization.as_str()));
            tell("client_id", client.as_ref().map(|client| client.as_str()));
            tell("client_name", name.as_deref());
        }
    }
    json!({
        "Created": signature.at,
        "Id": signature.signer,
        "SignatureTransactionId": format!("{}/{}", token.sub, signature.signer),
        "UserClaims": user,
        "DocumentsSha256Hex": signature.digests,
    })
}

fn seconds(at: Timestamp) -> Value {
    at.as_second().into()
}
