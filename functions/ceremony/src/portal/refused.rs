//! Who logs in to sign an order and is not its signer: the order's audit trail says that somebody tried.

use jiff::SignedDuration;
use segl_core::event::Actor;
use segl_core::id::{OrderId, Sha256, SignerIndex};
use segl_core::logged_in::{LoggedIn, Standing};
use segl_core::transition::{Command, PeopleCommand};
use segl_core::use_case::Error;
use segl_core::use_case::update::update;
use segl_lambda::service::{Service, Storage};

use crate::failed;
use crate::notice::Notice;

/// How many are recorded a day for one signer. Anybody with an identity can log in at a page of the portal's: what one can add to the trail
/// of an order of others must have an end.
const MAX_RECORDED: u32 = 10;
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Records a log-in that began at a signer's page by somebody who is not that signer. This comes before the session begins: where it
/// fails, nobody is logged in, and the next log-in is recorded.
pub async fn record<P: Storage>(service: &Service<P>, target: &str, who: &LoggedIn) -> Result<(), Notice> {
    let ports = &service.ports;
    let Some((id, signer)) = signer_at(ports, target).await? else { return Ok(()) };
    let Some(order) = ports.order(id).await.map_err(|error| failed(error.into()))? else { return Ok(()) };
    let is_other = order.signer(signer).is_ok_and(|asked| who.standing(asked) == Standing::SomebodyElse);
    let key = format!("refused-log-ins/{id}/{signer}");
    if !is_other || !ports.count(&key, DAY, MAX_RECORDED).await.map_err(|error| failed(error.into()))? {
        return Ok(());
    }
    let command = PeopleCommand::RefuseLogIn { signer, provider: who.provider.clone() };
    match update(ports, id, |order| order.apply(Actor::Service, ports.now(), Command::People(command.clone()))).await {
        // Where nothing can be signed any more, nobody can take another's place.
        Ok(_) | Err(Error::Refused(_)) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// The signer at whose page a log-in began.
async fn signer_at<P: Storage>(ports: &P, target: &str) -> Result<Option<(OrderId, SignerIndex)>, Notice> {
    Ok(match target.split('/').collect::<Vec<_>>()[..] {
        ["", "sign", secret] => {
            let link = ports.link(&Sha256::of(secret.as_bytes())).await.map_err(|error| failed(error.into()))?;
            link.map(|link| (link.order, link.signer))
        }
        ["", "portal", "orders", order, signer] => order.parse().ok().zip(signer.parse().ok().map(SignerIndex)),
        _ => None,
    })
}
