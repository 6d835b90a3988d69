//! What awaits somebody's signature, and what was signed of late.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::tz::TimeZone;
use segl_core::language::Language;
use segl_core::logged_in::Standing;
use segl_core::order::{Order, OrderState};
use segl_core::signer::{Party, Signer, SignerStatus};
use segl_lambda::service::{Service, Storage};
use segl_wording::time::time;
use segl_wording::{fill, words};

use super::PORTAL;
use super::session::PortalSession;
use crate::notice::Notice;
use crate::page::list::{Row, list_page};
use crate::{Desk, failed};

/// How many orders are looked at.
const MAX_ORDERS: usize = 100;
/// How many of them are read at once.
const AT_ONCE: usize = 10;

/// The page of somebody whose number is known. It names what must be shown more surely without saying what it is.
pub async fn page<P: Storage, M, T>(
    service: &Service<P>,
    desk: &Desk<M, T>,
    session: &PortalSession,
    language: Language,
) -> Result<String, Notice> {
    let (ports, number) = (&service.ports, session.who.number.as_ref().ok_or(Notice::Unknown)?);
    let (mut awaiting, mut recent) = (Vec::new(), Vec::new());
    let ids = ports.orders_of_person(number, MAX_ORDERS).await.map_err(|error| failed(error.into()))?;
    let orders = stream::iter(ids).map(|id| ports.order(id)).buffered(AT_ONCE);
    let orders: Vec<_> = orders.try_collect().await.map_err(|error| failed(error.into()))?;
    for order in orders.into_iter().flatten() {
        for (index, signer) in order.signers() {
            let Party::Person(person) = &signer.party else { continue };
            let surely = match session.who.standing(signer) {
                Standing::Signer => true,
                Standing::TooLow => false,
                Standing::SomebodyElse => continue,
            };
            // A signer who is asked by a personal link is no affair of the portal's.
            if !person.signs_in_portal() || order.erased_at.is_some() || signer.access.blocked_at.is_some() {
                continue;
            }
            let own = person.zone.as_ref().and_then(|zone| TimeZone::get(zone.as_str()).ok());
            let zone = own.unwrap_or_else(|| service.settings.zone.clone());
            let sender = desk.look.brand.name_or(order.organization.as_str()).to_owned();
            let Some((waits, standing)) = standing(&order, signer, &zone, language, ports.now()) else { continue };
            let words = words(language);
            let title = if surely { order.title.as_str().to_owned() } else { fill(words.needs_more, &[("sender", &sender)]) };
            let row = Row { href: format!("{PORTAL}/orders/{}/{index}", order.id), title, sender, standing };
            if waits { awaiting.push(row) } else { recent.push(row) }
        }
    }
    let mark = session.form_mark(&service.root_key);
    Ok(list_page(&desk.look, language, session.who.name.as_deref(), &mark, &awaiting, &recent))
}

/// Whether the signer is waited for, and how things stand; none where there is nothing for the signer to see.
fn standing(order: &Order, signer: &Signer, zone: &TimeZone, language: Language, now: jiff::Timestamp) -> Option<(bool, String)> {
    let words = words(language);
    let told = |text: &str, at| fill(text, &[("time", &time(at, zone, language))]);
    match (&signer.status, &order.state) {
        (SignerStatus::Open { .. }, OrderState::Pending { .. }) if now < order.signing_deadline() => {
            Some((true, told(words.until, order.signing_deadline())))
        }
        (SignerStatus::Signed(signature), _) => Some((false, told(words.you_signed, signature.at))),
        (SignerStatus::Declined { at, .. }, _) => Some((false, told(words.you_declined, *at))),
        _ => None,
    }
}
