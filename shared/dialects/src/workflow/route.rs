//! Every operation of the workflow API: method, path, privilege.

use segl_core::client::Privilege;
use segl_core::id::{DocumentIndex, OrderId, OrganizationId};

use crate::path;
use crate::problem::{FieldError, Problem};

/// Where the dialect begins.
pub const BASE: &str = "/transactionsigning/api";

/// The longest handle that is looked up.
const MAX_HANDLE: usize = 64;

/// An operation with the identifiers of its path. The organization is that of the path; it must be the client's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// `POST /workflows/{cvr}`
    Create(OrganizationId),
    /// `GET /workflows/{cvr}`
    List(OrganizationId),
    /// `POST /workflows/{cvr}/signtextid`
    SignTextId(OrganizationId),
    /// `GET /workflows/{cvr}/{workflowId}`
    Workflow(OrganizationId, OrderId),
    /// `POST /workflows/{cvr}/{workflowId}/close`
    Close(OrganizationId, OrderId),
    /// `POST /workflows/{cvr}/{workflowId}/cancel`
    Cancel(OrganizationId, OrderId),
    /// `POST /workflows/{cvr}/{workflowId}/pades`
    Pades(OrganizationId, OrderId),
    /// `GET /workflows/{cvr}/{workflowId}/workflowtoken`
    WorkflowToken(OrganizationId, OrderId),
    /// `GET /workflows/{cvr}/{workflowId}/events`
    Events(OrganizationId, OrderId),
    /// `GET /workflows/{cvr}/{workflowId}/evidence`
    Evidence(OrganizationId, OrderId),
    /// `GET /systemsignatures/{signtextId}`
    Metadata(SignTextId),
    /// `GET /systemsignatures/{signtextId}/digests`
    Digests(SignTextId),
    /// `GET /systemsignatures/{signtextId}/documents/{document}`
    Document(SignTextId, DocumentIndex),
    /// `POST /systemsignatures/{signtextId}/sign`
    Sign(SignTextId),
    /// `POST /systemsignatures/{signtextId}/decline`
    Decline(SignTextId),
    /// `GET /openapi.json`
    OpenApi,
}

/// A handle as a caller sent it. Whether it is anybody's is not said.
#[derive(Clone, PartialEq, Eq)]
pub struct SignTextId(String);

impl SignTextId {
    /// The handle itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A handle stays out of logs.
impl std::fmt::Debug for SignTextId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignTextId(..)")
    }
}

impl Route {
    /// Finds the operation. Errors as in [`crate::native::route::Route::find`].
    pub fn find(method: &str, path: &str) -> Result<Self, Problem> {
        let segments = path::segments(path).ok_or_else(Problem::no_such_route)?;
        let ["transactionsigning", "api", rest @ ..] = segments.as_slice() else { return Err(Problem::no_such_route()) };
        let allowed =
            |allow: &[&'static str]| if allow.contains(&method) { Ok(()) } else { Err(Problem::method_not_allowed(allow.to_vec())) };
        match *rest {
            ["openapi.json"] => allowed(&["GET"]).map(|()| Self::OpenApi),
            ["workflows", cvr] => {
                allowed(&["GET", "POST"])?;
                organization(cvr).map(if method == "POST" { Self::Create } else { Self::List })
            }
            ["workflows", cvr, "signtextid"] => allowed(&["POST"]).and_then(|()| organization(cvr)).map(Self::SignTextId),
            ["workflows", cvr, id] => {
                allowed(&["GET"])?;
                Ok(Self::Workflow(organization(cvr)?, workflow_id(id)?))
            }
            ["workflows", cvr, id, what] => {
                let (method, route): (&'static str, fn(OrganizationId, OrderId) -> Self) = match what {
                    "close" => ("POST", Self::Close),
                    "cancel" => ("POST", Self::Cancel),
                    "pades" => ("POST", Self::Pades),
                    "workflowtoken" => ("GET", Self::WorkflowToken),
                    "events" => ("GET", Self::Events),
                    "evidence" => ("GET", Self::Evidence),
                    _ => return Err(Problem::no_such_route()),
                };
                allowed(&[method])?;
                Ok(route(organization(cvr)?, workflow_id(id)?))
            }
            ["systemsignatures", handle] => allowed(&["GET"]).and_then(|()| sign_text_id(handle)).map(Self::Metadata),
            ["systemsignatures", handle, "digests"] => allowed(&["GET"]).and_then(|()| sign_text_id(handle)).map(Self::Digests),
            ["systemsignatures", handle, "documents", number] => {
                allowed(&["GET"])?;
                Ok(Self::Document(sign_text_id(handle)?, path::document_index(number)?))
            }
            ["systemsignatures", handle, "sign"] => allowed(&["POST"]).and_then(|()| sign_text_id(handle)).map(Self::Sign),
            ["systemsignatures", handle, "decline"] => allowed(&["POST"]).and_then(|()| sign_text_id(handle)).map(Self::Decline),
            _ => Err(Problem::no_such_route()),
        }
    }

    /// The privilege that the client needs; none where anybody may call. Signing on creation needs a second one.
    pub fn privilege(&self) -> Option<Privilege> {
        match self {
            Self::Create(_) | Self::SignTextId(_) | Self::Close(..) | Self::Cancel(..) => Some(Privilege::WorkflowWrite),
            Self::List(_) | Self::Workflow(..) | Self::Pades(..) | Self::WorkflowToken(..) | Self::Events(..) | Self::Evidence(..) => {
                Some(Privilege::WorkflowRead)
            }
            Self::Metadata(_) | Self::Digests(_) | Self::Document(..) => Some(Privilege::OrgSignatureRead),
            Self::Sign(_) | Self::Decline(_) => Some(Privilege::OrgSignatureSign),
            Self::OpenApi => None,
        }
    }

    /// The organization in the path, where there is one.
    pub fn organization(&self) -> Option<&OrganizationId> {
        match self {
            Self::Create(cvr)
            | Self::List(cvr)
            | Self::SignTextId(cvr)
            | Self::Workflow(cvr, _)
            | Self::Close(cvr, _)
            | Self::Cancel(cvr, _)
            | Self::Pades(cvr, _)
            | Self::WorkflowToken(cvr, _)
            | Self::Events(cvr, _)
            | Self::Evidence(cvr, _) => Some(cvr),
            Self::Metadata(_) | Self::Digests(_) | Self::Document(..) | Self::Sign(_) | Self::Decline(_) | Self::OpenApi => None,
        }
    }
}

fn organization(raw: &str) -> Result<OrganizationId, Problem> {
    raw.parse().map_err(|error| Problem::invalid(vec![FieldError::parameter("cvr", error)]))
}

/// The id of a workflow.
fn workflow_id(raw: &str) -> Result<OrderId, Problem> {
    raw.parse().map_err(|error| Problem::invalid(vec![FieldError::parameter("workflowId", error)]))
}

fn sign_text_id(raw: &str) -> Result<SignTextId, Problem> {
    if (1..=MAX_HANDLE).contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        Ok(SignTextId(raw.to_owned()))
    } else {
        Err(Problem::invalid(vec![FieldError::parameter("signtextId", "must be a sign-text id as it was given out")]))
    }
}
