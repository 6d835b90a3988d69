//! The result of a workflow: the sealed PDF, and the workflow token.

use schemars::JsonSchema;
use segl_core::order::Order;
use segl_core::signer::SignerStatus;
use serde::{Deserialize, Serialize};

use crate::json::Object;
use crate::problem::{FieldError, Problem};

/// The body of `POST /workflows/{cvr}/{workflowId}/pades`; it may be left out.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "NewPades")]
pub struct PadesRequest {
    /// What the workflow token in the answer lets through.
    pub(crate) workflow_token_claim_parameters: Option<Object<ClaimParameters>>,
}

/// What a token lets through.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "NewClaimParameters")]
pub struct ClaimParameters {
    /// `All`, `IncludeAgeClaims` or `Restricted`.
    #[schemars(extend("enum" = ["All", "IncludeAgeClaims", "Restricted"], "default" = "Restricted"))]
    pub claim_output_filter: Option<String>,
}

/// The sealed documents with the token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Pades")]
pub struct PadesView {
    /// The first document, which is the only one of most workflows.
    pub pades_document: PadesDocument,
    /// All documents, in sequence.
    pub pades_documents: Vec<PadesDocument>,
    /// The workflow token, with the digests of the sealed documents.
    pub workflow_token: String,
    /// What is in it.
    pub workflow_result_info: ResultInfo,
}

/// One sealed document: itself, or where it is too large for an answer, an address from which to fetch it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PadesDocument {
    /// What it is called.
    pub title: String,
    /// SHA-256 of the sealed PDF.
    pub sha256_hex: String,
    /// The sealed PDF, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("contentEncoding" = "base64", "contentMediaType" = "application/pdf"))]
    pub pades_b64: Option<String>,
    /// Where to fetch it with GET and without credentials, within five minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What is in a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResultInfo {
    /// How many documents.
    pub document_count: usize,
    /// How many signatures.
    pub signature_count: usize,
    /// The workflow.
    pub workflow_id: String,
    /// What was signed.
    pub title: String,
}

/// The answer of `GET /workflows/{cvr}/{workflowId}/workflowtoken`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Token")]
pub struct TokenView {
    /// The token (RFC 7519). Its key is in the service's key set, and its certificate in the token where one is installed.
    pub workflow_token: String,
    /// Always null: the certificate's authority is asked by who verifies.
    pub ocsp_response: Option<String>,
    /// The certificate for the token's key, in PEM, where one is installed.
    pub public_signing_cert_pem: Option<String>,
    /// What is in it.
    pub workflow_result_info: ResultInfo,
}

/// Reads the body of `pades`: the name of the filter, where one is asked for.
pub fn filter(body: &[u8]) -> Result<Option<String>, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    let PadesRequest { workflow_token_claim_parameters } = crate::json::read(body)?;
    Ok(workflow_token_claim_parameters.and_then(|Object(parameters)| parameters.claim_output_filter))
}

/// Where a filter of `pades` is wrong.
pub fn bad_filter(error: impl ToString) -> Problem {
    Problem::invalid(vec![FieldError::pointer("/workflowTokenClaimParameters/claimOutputFilter", error)])
}

/// What is in the result of an order.
pub fn info(order: &Order) -> ResultInfo {
    ResultInfo {
        document_count: order.documents.len(),
        signature_count: order.signers.iter().filter(|signer| matches!(signer.status, SignerStatus::Signed(_))).count(),
        workflow_id: order.id.to_string(),
        title: order.title.as_str().to_owned(),
    }
}
