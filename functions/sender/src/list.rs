//! The organization's orders, newest first, with search and filters.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lambda_http::http::StatusCode;
use segl_core::id::OrderId;
use segl_core::order::Order;
use segl_core::ports::SigningKey;
use segl_core::signer::Party;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_openid::exchange::Exchange;
use segl_pages::look::Surroundings;

use crate::notice::Notice;
use crate::{Desk, Visit, page};

/// How many orders a page shows.
const SHOWN: usize = 20;
/// How many orders are looked through for one page. What is older is on the next, even if this one shows fewer.
const LOOKED_THROUGH: usize = 200;

/// What is asked for. What cannot be read is not asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// A part of the title or of a signer's name, in lower case.
    pub text: String,
    /// The name of a state.
    pub state: String,
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
    before: Option<OrderId>,
}

impl Filter {
    fn read(call: &Call) -> Self {
        let value = |name: &str| call.parameter(name).unwrap_or_default().trim();
        Self {
            text: value("text").chars().take(100).collect(),
            state: value("state").to_owned(),
            from: value("from").parse().ok(),
            until: value("until").parse().ok(),
            before: value("before").parse().ok(),
        }
    }

    fn fits(&self, order: &Order, zone: &TimeZone) -> bool {
        let day = order.created_at.to_zoned(zone.clone()).date();
        (self.state.is_empty() || order.state.name() == self.state)
            && self.from.is_none_or(|from| day >= from)
            && self.until.is_none_or(|until| day <= until)
            && self.has_text(order)
    }

    fn has_text(&self, order: &Order) -> bool {
        let wanted = self.text.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        let name = |party: &Party| match party {
            Party::Person(person) => person.name.as_ref().is_some_and(|name| has(name.as_str())),
            Party::System(system) => has(system.organization.as_str()),
            Party::Erased => false,
        };
        wanted.is_empty() || has(order.title.as_str()) || order.signers().any(|(_, signer)| name(&signer.party))
    }

    /// The same question about what is older.
    fn older(&self, before: OrderId) -> Option<String> {
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        let (from, until, before) = (day(self.from), day(self.until), before.to_string());
        let query = [("text", &self.text), ("state", &self.state), ("from", &from), ("until", &until), ("before", &before)];
        serde_urlencoded::to_string(query).ok().map(|query| format!("/sender?{query}"))
    }

    /// Whether nothing older can fit.
    fn is_past(&self, at: Timestamp, zone: &TimeZone) -> bool {
        self.from.is_some_and(|from| at.to_zoned(zone.clone()).date() < from)
    }
}

/// The page.
pub async fn show<P: Storage, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<E, K>,
    call: &Call,
    visit: &Visit,
) -> Result<Reply, Notice> {
    let (filter, zone) = (Filter::read(call), &service.settings.zone);
    let ids = service.ports.orders_of(&visit.client.organization, filter.before, LOOKED_THROUGH + 1).await?;
    let more = ids.len() > LOOKED_THROUGH;
    let (mut orders, mut last) = (Vec::new(), None);
    for id in ids.iter().copied().take(LOOKED_THROUGH) {
        let Some(order) = service.ports.order(id).await? else { continue };
        if orders.len() == SHOWN || filter.is_past(order.created_at, zone) {
            break;
        }
        last = Some(id);
        if filter.fits(&order, zone) {
            orders.push(order);
        }
    }
    let rest = more || last != ids.last().copied();
    let older = last.filter(|_| rest && orders.len() == SHOWN || more).and_then(|last| filter.older(last));
    let page = page::list(&desk.look, visit, zone, &filter, &orders, older);
    Ok(desk.look.html(StatusCode::OK, page, Surroundings::default()))
}
