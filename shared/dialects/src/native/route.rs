//! Every operation of the native API: method, path, privilege.

use jiff::civil::Date;
use segl_core::client::Privilege;
use segl_core::id::{DocumentIndex, OrderId, SignerIndex};
use segl_core::webhook::EndpointId;

use crate::path;
use crate::problem::Problem;

/// An operation with the identifiers of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `POST /v1/orders`
    CreateOrder,
    /// `POST /v1/orders:batch`
    CreateOrders,
    /// `GET /v1/orders`
    ListOrders,
    /// `GET /v1/orders/{order_id}`
    Order(OrderId),
    /// `DELETE /v1/orders/{order_id}`
    DeleteOrder(OrderId),
    /// `POST /v1/orders/{order_id}/cancel`
    CancelOrder(OrderId),
    /// `POST /v1/orders/{order_id}/remind`
    Remind(OrderId),
    /// `POST /v1/orders/{order_id}/extend`
    Extend(OrderId),
    /// `POST /v1/orders/{order_id}/signers/{signer}/redirect`
    RedirectSigner(OrderId, SignerIndex),
    /// `POST /v1/orders/{order_id}/signers/{signer}/remind`
    RemindSigner(OrderId, SignerIndex),
    /// `POST /v1/orders/{order_id}/signers/{signer}/unblock`
    UnblockSigner(OrderId, SignerIndex),
    /// `POST /v1/orders/{order_id}/signers/{signer}/correct`
    CorrectSigner(OrderId, SignerIndex),
    /// `GET /v1/orders/{order_id}/events`
    Events(OrderId),
    /// `GET /v1/orders/{order_id}/evidence`, `/evidence.pdf` or `/evidence.zip`
    Evidence(OrderId, Option<EvidenceForm>),
    /// `GET /v1/orders/{order_id}/inclusion`
    Inclusion(OrderId),
    /// `POST /v1/orders/{order_id}/hold`
    Hold(OrderId),
    /// `POST /v1/orders/{order_id}/release`
    ReleaseHold(OrderId),
    /// `POST /v1/people:anonymize`
    Anonymize,
    /// `GET /v1/checkpoints/{day}`
    Checkpoint(Date),
    /// `GET /v1/orders/{order_id}/workflow-token`
    WorkflowToken(OrderId),
    /// `GET /v1/orders/{order_id}/documents/{document}`
    Document(OrderId, DocumentIndex),
    /// `GET /v1/orders/{order_id}/documents/{document}/sealed`
    SealedDocument(OrderId, DocumentIndex),
    /// `GET /v1/orders/{order_id}/signature-request`
    SignatureRequest(OrderId),
    /// `GET /v1/orders/{order_id}/signature-request/documents/{document}`
    SignatureRequestDocument(OrderId, DocumentIndex),
    /// `POST /v1/orders/{order_id}/signatures`
    Sign(OrderId),
    /// `GET /v1/events`
    Feed,
    /// `POST /v1/webhooks`
    CreateWebhook,
    /// `GET /v1/webhooks`
    ListWebhooks,
    /// `GET /v1/webhooks/{webhook_id}`
    Webhook(EndpointId),
    /// `PATCH /v1/webhooks/{webhook_id}`
    ChangeWebhook(EndpointId),
    /// `DELETE /v1/webhooks/{webhook_id}`
    DeleteWebhook(EndpointId),
    /// `POST /v1/webhooks/{webhook_id}/rotate-secret`
    RotateWebhookSecret(EndpointId),
    /// `POST /v1/webhooks/{webhook_id}/test`
    TestWebhook(EndpointId),
    /// `POST /v1/webhooks/{webhook_id}/replay`
    ReplayWebhook(EndpointId),
    /// `GET /v1/webhooks/{webhook_id}/deliveries`
    WebhookDeliveries(EndpointId),
    /// `GET /v1/openapi.json`
    OpenApi,
}

/// In which form evidence is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceForm {
    /// The sealed PDF.
    Pdf,
    /// An archive of the PDF, the bundle, and the order's files as far as they fit.
    Zip,
}

impl EvidenceForm {
    /// The form that `Accept` (RFC 9110, 12.5.1) asks for, where the path does not say: a PDF unless an archive is wanted and no PDF.
    pub fn accepted(accept: Option<&str>) -> Self {
        let types: Vec<_> = accept.unwrap_or_default().split(',').map(|one| one.split(';').next().unwrap_or_default().trim()).collect();
        let has = |wanted: &str| types.iter().any(|one| one.eq_ignore_ascii_case(wanted));
        if has("application/zip") && !has("application/pdf") { Self::Zip } else { Self::Pdf }
    }
}

impl Route {
    /// Finds the operation.
    ///
    /// # Errors
    /// [`crate::problem::Kind::NoSuchRoute`]; [`crate::problem::Kind::MethodNotAllowed`] with the methods that the path knows;
    /// [`crate::problem::Kind::InvalidRequest`] where an identifier in the path is malformed.
    pub fn find(method: &str, path: &str) -> Result<Self, Problem> {
        let segments = path::segments(path).ok_or_else(Problem::no_such_route)?;
        let ["v1", rest @ ..] = segments.as_slice() else { return Err(Problem::no_such_route()) };
        let allowed =
            |allow: &[&'static str]| if allow.contains(&method) { Ok(()) } else { Err(Problem::method_not_allowed(allow.to_vec())) };
        match *rest {
            ["openapi.json"] => allowed(&["GET"]).map(|()| Self::OpenApi),
            ["orders"] => allowed(&["GET", "POST"]).map(|()| if method == "POST" { Self::CreateOrder } else { Self::ListOrders }),
            ["people:anonymize"] => allowed(&["POST"]).map(|()| Self::Anonymize),
            ["checkpoints", day] => allowed(&["GET"]).and_then(|()| path::day(day)).map(Self::Checkpoint),
            ["orders:batch"] => allowed(&["POST"]).map(|()| Self::CreateOrders),
            ["orders", id, ref rest @ ..] => match *rest {
                [] => {
                    allowed(&["GET", "DELETE"])?;
                    path::order_id(id).map(if method == "GET" { Self::Order } else { Self::DeleteOrder })
                }
                ["cancel"] => allowed(&["POST"]).and_then(|()| path::order_id(id)).map(Self::CancelOrder),
                ["remind"] => allowed(&["POST"]).and_then(|()| path::order_id(id)).map(Self::Remind),
                ["extend"] => allowed(&["POST"]).and_then(|()| path::order_id(id)).map(Self::Extend),
                ["signers", number, act] => {
                    let route = match act {
                        "redirect" => Self::RedirectSigner,
                        "remind" => Self::RemindSigner,
                        "unblock" => Self::UnblockSigner,
                        "correct" => Self::CorrectSigner,
                        _ => return Err(Problem::no_such_route()),
                    };
                    allowed(&["POST"])?;
                    Ok(route(path::order_id(id)?, path::signer_index(number)?))
                }
                ["evidence"] => allowed(&["GET"]).and_then(|()| path::order_id(id)).map(|id| Self::Evidence(id, None)),
                ["evidence.pdf"] => {
                    allowed(&["GET"]).and_then(|()| path::order_id(id)).map(|id| Self::Evidence(id, Some(EvidenceForm::Pdf)))
                }
                ["evidence.zip"] => {
                    allowed(&["GET"]).and_then(|()| path::order_id(id)).map(|id| Self::Evidence(id, Some(EvidenceForm::Zip)))
                }
                ["inclusion"] => allowed(&["GET"]).and_then(|()| path::order_id(id)).map(Self::Inclusion),
                ["hold"] => allowed(&["POST"]).and_then(|()| path::order_id(id)).map(Self::Hold),
                ["release"] => allowed(&["POST"]).and_then(|()| path::order_id(id)).map(Self::ReleaseHold),
                ["events"] => allowed(&["GET"]).and_then(|()| path::order_id(id)).map(Self::Events),
                ["workflow-token"] => allowed(&["GET"]).and_then(|()| path::order_id(id)).map(Self::WorkflowToken),
                ["signature-request"] => allowed(&["GET"]).and_then(|()| path::order_id(id)).map(Self::SignatureRequest),
                ["signatures"] => allowed(&["POST"]).and_then(|()| path::order_id(id)).map(Self::Sign),
                ["documents", number] => {
                    allowed(&["GET"])?;
                    Ok(Self::Document(path::order_id(id)?, path::document_index(number)?))
                }
                ["documents", number, "sealed"] => {
                    allowed(&["GET"])?;
                    Ok(Self::SealedDocument(path::order_id(id)?, path::document_index(number)?))
                }
                ["signature-request", "documents", number] => {
                    allowed(&["GET"])?;
                    Ok(Self::SignatureRequestDocument(path::order_id(id)?, path::document_index(number)?))
                }
                _ => Err(Problem::no_such_route()),
            },
            ["events"] => allowed(&["GET"]).map(|()| Self::Feed),
            ["webhooks"] => allowed(&["GET", "POST"]).map(|()| if method == "POST" { Self::CreateWebhook } else { Self::ListWebhooks }),
            ["webhooks", id, ref rest @ ..] => match *rest {
                [] => {
                    allowed(&["GET", "PATCH", "DELETE"])?;
                    path::endpoint_id(id).map(match method {
                        "GET" => Self::Webhook,
                        "PATCH" => Self::ChangeWebhook,
                        _ => Self::DeleteWebhook,
                    })
                }
                ["rotate-secret"] => allowed(&["POST"]).and_then(|()| path::endpoint_id(id)).map(Self::RotateWebhookSecret),
                ["test"] => allowed(&["POST"]).and_then(|()| path::endpoint_id(id)).map(Self::TestWebhook),
                ["replay"] => allowed(&["POST"]).and_then(|()| path::endpoint_id(id)).map(Self::ReplayWebhook),
                ["deliveries"] => allowed(&["GET"]).and_then(|()| path::endpoint_id(id)).map(Self::WebhookDeliveries),
                _ => Err(Problem::no_such_route()),
            },
            _ => Err(Problem::no_such_route()),
        }
    }

    /// The privilege that the client needs; none where anybody may call.
    pub fn privilege(self) -> Option<Privilege> {
        match self {
            Self::CreateOrder
            | Self::CreateOrders
            | Self::DeleteOrder(_)
            | Self::CancelOrder(_)
            | Self::Remind(_)
            | Self::Extend(_)
            | Self::RedirectSigner(..)
            | Self::RemindSigner(..)
            | Self::UnblockSigner(..)
            | Self::CorrectSigner(..)
            | Self::CreateWebhook
            | Self::ChangeWebhook(_)
            | Self::DeleteWebhook(_)
            | Self::RotateWebhookSecret(_)
            | Self::TestWebhook(_)
            | Self::ReplayWebhook(_)
            | Self::Hold(_)
            | Self::ReleaseHold(_)
            | Self::Anonymize => Some(Privilege::WorkflowWrite),
            Self::ListOrders
            | Self::Order(_)
            | Self::Events(_)
            | Self::Evidence(..)
            | Self::Inclusion(_)
            | Self::WorkflowToken(_)
            | Self::Document(..)
            | Self::SealedDocument(..)
            | Self::Feed
            | Self::ListWebhooks
            | Self::Webhook(_)
            | Self::WebhookDeliveries(_) => Some(Privilege::WorkflowRead),
            Self::SignatureRequest(_) | Self::SignatureRequestDocument(..) => Some(Privilege::OrgSignatureRead),
            Self::Sign(_) => Some(Privilege::OrgSignatureSign),
            Self::OpenApi | Self::Checkpoint(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::problem::Kind;

    use super::*;

    #[test]
    fn wrong_paths_methods_and_identifiers_are_told_apart() {
        let id = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d";
        assert_eq!(Route::find("GET", &format!("/v1/orders/{id}")), Ok(Route::Order(id.parse().unwrap())));
        assert_eq!(
            Route::find("GET", &format!("/v1/orders/{id}/documents/3/sealed")),
            Ok(Route::SealedDocument(id.parse().unwrap(), DocumentIndex(3)))
        );
        for (method, path, kind) in [
            ("GET", "/".to_owned(), Kind::NoSuchRoute),
            ("GET", "".to_owned(), Kind::NoSuchRoute),
            ("GET", "/v2/orders".to_owned(), Kind::NoSuchRoute),
            ("GET", "/v1/orders//".to_owned(), Kind::InvalidRequest),
            ("GET", format!("/v1/orders/{id}/x"), Kind::NoSuchRoute),
            ("PUT", "/v1/orders".to_owned(), Kind::MethodNotAllowed),
            ("GET", format!("/v1/orders/{id}/cancel"), Kind::MethodNotAllowed),
            ("GET", "/v1/orders/1".to_owned(), Kind::InvalidRequest),
            ("GET", format!("/v1/orders/{id}/documents/x"), Kind::InvalidRequest),
        ] {
            assert_eq!(Route::find(method, &path).map_err(|problem| problem.kind), Err(kind), "{method} {path}");
        }
        assert_eq!(Route::find("PUT", "/v1/orders").unwrap_err().allow, ["GET", "POST"]);
    }
}
