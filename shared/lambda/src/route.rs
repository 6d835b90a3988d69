//! From a call to a route and the client that may take it. Every function begins here.

use segl_core::client::Client;
use segl_core::order::Dialect;
use segl_dialects::problem::{Kind, Problem};
use segl_dialects::{automation, native};

use crate::call::Call;
use crate::service::{Service, Storage};

/// Where a call leads.
#[derive(Debug)]
pub enum Entered {
    /// To our own API.
    Native(native::route::Route, Client),
    /// To the automation API.
    Automation(automation::route::Route, Client),
    /// To what anybody may read.
    Public(native::route::Route),
}

/// Finds the route, the caller, and whether the caller may take it, in this order: a path that leads nowhere is told to anybody; what
/// is wrong with an identifier in a path, only to those who are let in.
pub async fn enter<P: Storage>(service: &Service<P>, call: &Call) -> Result<Entered, Problem> {
    match call.path.first().map(String::as_str) {
        Some("v1") => {
            service.speaks(Dialect::Native)?;
            let found = native::route::Route::find(call.method.as_str(), &call.raw_path);
            if let Ok(route) = &found
                && route.privilege().is_none()
            {
                return Ok(Entered::Public(*route));
            }
            let client = let_in(service, call, &found).await?;
            let route = found?;
            require(&client, route.privilege())?;
            Ok(Entered::Native(route, client))
        }
        Some("orders" | "anonymize") => {
            service.speaks(Dialect::Automation)?;
            let found = automation::route::Route::find(call.method.as_str(), &call.raw_path);
            let client = let_in(service, call, &found).await?;
            let route = found?;
            require(&client, Some(route.privilege()))?;
            Ok(Entered::Automation(route, client))
        }
        _ => Err(Problem::no_such_route()),
    }
}

async fn let_in<P: Storage, R>(service: &Service<P>, call: &Call, found: &Result<R, Problem>) -> Result<Client, Problem> {
    match found {
        Err(problem) if problem.kind == Kind::NoSuchRoute => Err(problem.clone()),
        _ => service.authenticate(call).await,
    }
}

fn require(client: &Client, privilege: Option<segl_core::client::Privilege>) -> Result<(), Problem> {
    privilege.map_or(Ok(()), |privilege| client.require(privilege)).map_err(|refusal| Problem::from(&refusal))
}
