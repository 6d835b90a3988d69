//! From a call to a route and the client that may take it. Every function begins here.

use jiff::civil::Date;
use segl_core::client::Client;
use segl_core::order::Dialect;
use segl_core::refusal::Refusal;
use segl_dialects::problem::{Kind, Problem};
use segl_dialects::{automation, native, oauth, workflow, zgw};

use crate::call::Call;
use crate::service::{Service, Storage};

/// Where a call leads.
#[derive(Debug)]
pub enum Entered {
    /// To our own API.
    Native(native::route::Route, Client),
    /// To the automation API.
    Automation(automation::route::Route, Client),
    /// To the workflow API, by a client of the organization in the path.
    Workflow(workflow::route::Route, Client),
    /// To the checkpoint of a day, which anybody may read.
    Checkpoint(Date),
    /// To the trigger of case systems.
    Zgw(zgw::route::Route, Client),
    /// To what anybody may read: the description of a dialect.
    Public(Dialect),
}

/// Finds the route, the caller, and whether the caller may take it, in this order: a path that leads nowhere, or knows other methods, is
/// told to anybody, for the descriptions tell it, too; what is wrong with an identifier in a path, only to those who are let in.
pub async fn enter<P: Storage>(service: &Service<P>, call: &Call) -> Result<Entered, Problem> {
    match call.path.first().map(String::as_str) {
        Some("v1") => {
            service.speaks(Dialect::Native)?;
            let found = native::route::Route::find(call.method.as_str(), &call.raw_path);
            if let Ok(native::route::Route::Checkpoint(day)) = found {
                return Ok(Entered::Checkpoint(day));
            }
            if let Ok(route) = &found
                && route.privilege().is_none()
            {
                return Ok(Entered::Public(Dialect::Native));
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
        Some("transactionsigning") => {
            service.speaks(Dialect::Workflow)?;
            let found = workflow::route::Route::find(call.method.as_str(), &call.raw_path);
            if let Ok(route) = &found
                && route.privilege().is_none()
            {
                return Ok(Entered::Public(Dialect::Workflow));
            }
            let client = let_in(service, call, &found).await?;
            let route = found?;
            require(&client, route.privilege())?;
            // What another organization has is not there, whatever it is.
            if route.organization().is_some_and(|organization| *organization != client.organization) {
                return Err(Problem::from(&Refusal::NotFound));
            }
            Ok(Entered::Workflow(route, client))
        }
        Some("zgw") => {
            service.speaks(Dialect::Zgw)?;
            let found = zgw::route::Route::find(call.method.as_str(), &call.raw_path);
            if let Ok(route) = &found
                && route.privilege().is_none()
            {
                return Ok(Entered::Public(Dialect::Zgw));
            }
            let client = let_in(service, call, &found).await?;
            let route = found?;
            require(&client, route.privilege())?;
            Ok(Entered::Zgw(route, client))
        }
        _ => Err(oauth::misled(&call.raw_path)),
    }
}

async fn let_in<P: Storage, R>(service: &Service<P>, call: &Call, found: &Result<R, Problem>) -> Result<Client, Problem> {
    match found {
        Err(problem) if matches!(problem.kind, Kind::NoSuchRoute | Kind::MethodNotAllowed) => Err(problem.clone()),
        _ => service.authenticate(call).await,
    }
}

fn require(client: &Client, privilege: Option<segl_core::client::Privilege>) -> Result<(), Problem> {
    privilege.map_or(Ok(()), |privilege| client.require(privilege)).map_err(|refusal| Problem::from(&refusal))
}
