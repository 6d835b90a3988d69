//! Every operation of the automation API: method, path, privilege.

use segl_core::client::Privilege;
use segl_core::id::OrderId;

use crate::path;
use crate::problem::{FieldError, Problem};

/// An operation with the identifier of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `POST /orders`
    CreateOrder,
    /// `GET /orders/{order_id}`
    Order(OrderId),
    /// `DELETE /orders/{order_id}`
    DeleteOrder(OrderId),
    /// `GET /orders/{order_id}/state`
    State(OrderId),
    /// `GET /orders/{order_id}/document`
    Document(OrderId),
    /// `GET /orders/{order_id}/evidence`
    Evidence(OrderId),
    /// `POST /anonymize`
    Anonymize,
}

impl Route {
    /// Finds the operation. Errors as in [`crate::native::route::Route::find`].
    pub fn find(method: &str, path: &str) -> Result<Self, Problem> {
        let segments = path::segments(path).ok_or_else(Problem::no_such_route)?;
        let allowed =
            |allow: &[&'static str]| if allow.contains(&method) { Ok(()) } else { Err(Problem::method_not_allowed(allow.to_vec())) };
        match *segments.as_slice() {
            ["orders"] => allowed(&["POST"]).map(|()| Self::CreateOrder),
            ["orders", id] => {
                allowed(&["GET", "DELETE"])?;
                path::order_id(id).map(if method == "GET" { Self::Order } else { Self::DeleteOrder })
            }
            ["orders", id, "state"] => allowed(&["GET"]).and_then(|()| path::order_id(id)).map(Self::State),
            ["orders", id, "document"] => allowed(&["GET"]).and_then(|()| path::order_id(id)).map(Self::Document),
            ["orders", id, "evidence"] => allowed(&["GET"]).and_then(|()| path::order_id(id)).map(Self::Evidence),
            ["anonymize"] => allowed(&["POST"]).map(|()| Self::Anonymize),
            _ => Err(Problem::no_such_route()),
        }
    }

    /// The privilege that the client needs.
    pub fn privilege(self) -> Privilege {
        match self {
            Self::CreateOrder | Self::DeleteOrder(_) | Self::Anonymize => Privilege::WorkflowWrite,
            Self::Order(_) | Self::State(_) | Self::Document(_) | Self::Evidence(_) => Privilege::WorkflowRead,
        }
    }
}

/// Reads the query of `GET /orders/{order_id}/document`: whether the document is wanted although it is not sealed yet.
pub fn unfinished<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<bool, Problem> {
    let mut unfinished = false;
    for (name, value) in pairs {
        let flag = match name {
            "unfinished" => path::flag(name, value),
            _ => Err(FieldError::parameter(name, "is not known; known is unfinished")),
        };
        unfinished = flag.map_err(|error| Problem::invalid(vec![error]))?;
    }
    Ok(unfinished)
}

#[cfg(test)]
mod tests {
    use crate::problem::Kind;

    use super::*;

    #[test]
    fn operations_are_found() {
        let id = "0190a6c5-8f2e-7c3a-b1d4-3f5e6a7b8c9d";
        let order: OrderId = id.parse().unwrap();
        for (method, path, expected) in [
            ("POST", "/orders".to_owned(), Ok(Route::CreateOrder)),
            ("GET", format!("/orders/{id}"), Ok(Route::Order(order))),
            ("DELETE", format!("/orders/{id}"), Ok(Route::DeleteOrder(order))),
            ("GET", format!("/orders/{id}/state"), Ok(Route::State(order))),
            ("GET", format!("/orders/{id}/document"), Ok(Route::Document(order))),
            ("GET", format!("/orders/{id}/evidence"), Ok(Route::Evidence(order))),
            ("POST", "/anonymize".to_owned(), Ok(Route::Anonymize)),
            ("GET", "/anonymize".to_owned(), Err(Kind::MethodNotAllowed)),
            ("GET", "/orders".to_owned(), Err(Kind::MethodNotAllowed)),
            ("POST", format!("/orders/{id}/state"), Err(Kind::MethodNotAllowed)),
            ("GET", "/orders/x/state".to_owned(), Err(Kind::InvalidRequest)),
            ("GET", "/v1/orders".to_owned(), Err(Kind::NoSuchRoute)),
        ] {
            assert_eq!(Route::find(method, &path).map_err(|problem| problem.kind), expected, "{method} {path}");
        }
    }

    #[test]
    fn unfinished_documents_must_be_asked_for() {
        assert_eq!(unfinished([]), Ok(false));
        assert_eq!(unfinished([("unfinished", "true")]), Ok(true));
        assert_eq!(unfinished([("unfinished", "false")]), Ok(false));
        assert!(unfinished([("unfinished", "yes")]).is_err() && unfinished([("x", "1")]).is_err());
    }
}
