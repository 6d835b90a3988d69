//! Every operation of the trigger: method, path, privilege.

use segl_core::client::Privilege;
use segl_core::id::OrderId;

use crate::path;
use crate::problem::{FieldError, Problem};

/// Where the transactions are.
pub const TRANSACTIONS: &str = "/zgw/ondertekentransacties";

/// An operation with the identifier of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `POST /zgw/ondertekentransacties`
    Create,
    /// `GET /zgw/ondertekentransacties/{transaction_id}`
    Transaction(OrderId),
    /// `GET /zgw/openapi.json`
    OpenApi,
}

impl Route {
    /// Finds the operation. Errors as in [`crate::native::route::Route::find`].
    pub fn find(method: &str, path: &str) -> Result<Self, Problem> {
        let segments = path::segments(path).ok_or_else(Problem::no_such_route)?;
        let allowed = |allow: &'static str| if allow == method { Ok(()) } else { Err(Problem::method_not_allowed(vec![allow])) };
        match *segments.as_slice() {
            ["zgw", "ondertekentransacties"] => allowed("POST").map(|()| Self::Create),
            ["zgw", "ondertekentransacties", id] => allowed("GET").and_then(|()| transaction(id)).map(Self::Transaction),
            ["zgw", "openapi.json"] => allowed("GET").map(|()| Self::OpenApi),
            _ => Err(Problem::no_such_route()),
        }
    }

    /// The privilege that the client needs; none where anybody may call.
    pub fn privilege(self) -> Option<Privilege> {
        match self {
            Self::Create => Some(Privilege::WorkflowWrite),
            Self::Transaction(_) => Some(Privilege::WorkflowRead),
            Self::OpenApi => None,
        }
    }
}

fn transaction(raw: &str) -> Result<OrderId, Problem> {
    raw.parse().map_err(|_| Problem::invalid(vec![FieldError::parameter("transaction_id", "moet een transaction_id van deze dienst zijn")]))
}
