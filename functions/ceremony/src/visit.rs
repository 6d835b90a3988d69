//! Who comes by a link, and how far the visitor is let in.

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use lambda_http::http::header;
use segl_core::ceremony::{Authentication, Direct};
use segl_core::id::{Sha256, SignerIndex};
use segl_core::language::Language;
use segl_core::order::Order;
use segl_core::ports::{Link, LinkKind};
use segl_core::signer::{Method, Party, Person, Signer};
use segl_core::use_case::Error;
use segl_lambda::call::Call;
use segl_lambda::service::{Service, Storage};

use crate::failed;
use crate::look::Surroundings;
use crate::notice::{Ending, Notice};
use crate::session::{Level, Session};

/// How many links that are none one address may try in [`WINDOW`]. A mailbox's scanner and an office behind one address stay below.
const MAX_MISSES: u32 = 100;
/// How many forms may be sent by one link in [`WINDOW`].
const MAX_FORMS: u32 = 60;
/// How many forms may come from one address in [`WINDOW`].
const MAX_FORMS_OF_ADDRESS: u32 = 600;
/// See the numbers above.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// Somebody at a link that is good.
pub struct Visit {
    /// The secret part of the link's address.
    pub secret: String,
    /// The link.
    pub link: Link,
    /// The order.
    pub order: Order,
    /// Who the visitor is, if the link is in the right hands.
    pub index: SignerIndex,
    /// What the browser has shown so far.
    pub session: Session,
    /// Whether the session began with this very call.
    pub is_new: bool,
    /// Whether the browser reaches the service by https.
    pub secure: bool,
}

impl Visit {
    /// Finds link, order and session. A link that opens once is used up here.
    pub async fn find<P: Storage>(service: &Service<P>, call: &Call, secret: &str) -> Result<Self, Notice> {
        let Service { ports, root_key, .. } = service;
        let link = ports.link(&Sha256::of(secret.as_bytes())).await.map_err(port)?;
        let Some(link) = link.filter(|link| ports.now() < link.until || link.kind != LinkKind::Sent) else {
            return Err(missed(service, call).await);
        };
        let order = ports.order(link.order).await.map_err(port)?.ok_or(Notice::Unknown)?;
        if order.erased_at.is_some() {
            return Err(Notice::Removed);
        }
        let index = link.signer;
        let signer = order.signer(index).map_err(|_| Notice::Unknown)?;
        if signer.access.generation != link.generation {
            return Err(Notice::Unknown);
        }
        let secure = service.settings.address(call).starts_with("https:");
        let (session, is_new) = match Session::of(call, root_key, &link, ports.now(), secure) {
            Some(session) => (session, false),
            None => {
                if let LinkKind::Once { used } = link.kind
                    && (used || ports.now() >= link.until || !ports.use_up(&link.digest).await.map_err(port)?)
                {
                    return Err(Notice::Used);
                }
                (Session::begin(ports, root_key, &link, Level::Link, ports.now()), true)
            }
        };
        if signer.access.blocked_at.is_some() {
            return Err(Notice::Blocked);
        }
        Ok(Self { secret: secret.to_owned(), link, order, index, session, is_new, secure })
    }

    /// Counts a form against its link and the address from which it comes.
    pub async fn count_form<P: Storage>(&self, service: &Service<P>, call: &Call) -> Result<(), Notice> {
        let by_link = service.ports.count(&format!("forms-of-link/{}", self.link.digest), WINDOW, MAX_FORMS).await.map_err(port)?;
        let by_address = within(service, call, "forms-of-address", MAX_FORMS_OF_ADDRESS).await?;
        if by_link && by_address { Ok(()) } else { Err(Notice::SlowDown) }
    }

    /// The signer.
    pub fn signer(&self) -> &Signer {
        &self.order.signers[self.index.as_usize()]
    }

    /// The signer as a person; links are for people.
    pub fn person(&self) -> Result<&Person, Notice> {
        match &self.signer().party {
            Party::Person(person) => Ok(person),
            Party::System(_) | Party::Erased => Err(Notice::Unknown),
        }
    }

    /// How the visitor is recognised, where that is enough for this signer.
    pub fn method(&self) -> Result<Option<Method>, Notice> {
        let once = matches!(self.link.kind, LinkKind::Once { .. });
        Ok(match (self.person()?.authentication, self.session.level) {
            (Authentication::None, _) => Some(if once { Method::Sender } else { Method::Link }),
            (Authentication::EmailCode, Level::Code) => Some(Method::EmailCode),
            (Authentication::SmsCode, Level::Code) => Some(Method::SmsCode),
            (Authentication::EmailCode | Authentication::SmsCode, Level::Link) => None,
        })
    }

    /// How the visitor is recognised; whoever has yet to show it learns at most that there is nothing to sign any more.
    pub fn admitted(&self) -> Result<Method, Notice> {
        match (self.method()?, Ending::of(&self.order.state)) {
            (Some(method), _) => Ok(method),
            (None, Some(ending)) => Err(Notice::Ended(ending)),
            (None, None) => Err(Notice::Malformed),
        }
    }

    /// Where the visitor came from and goes back to, in the direct flow.
    pub fn direct(&self) -> Option<&Direct> {
        self.order.ceremony.direct.as_ref().filter(|_| matches!(self.link.kind, LinkKind::Once { .. }))
    }

    /// What pages of this visit need besides themselves.
    pub fn around(&self) -> Surroundings<'_> {
        Surroundings { direct: self.direct(), ..Surroundings::default() }
    }

    /// In which language the visitor is spoken to.
    pub fn language(&self, call: &Call) -> Language {
        let own = self.person().ok().and_then(|person| person.language);
        own.or(self.order.ceremony.language).unwrap_or_else(|| browser_language(call))
    }

    /// In which zone times are told.
    pub fn zone(&self, default: &TimeZone) -> TimeZone {
        let own = self.person().ok().and_then(|person| person.zone.as_ref()).and_then(|zone| TimeZone::get(zone.as_str()).ok());
        own.unwrap_or_else(|| default.clone())
    }
}

/// The language that the browser asks for.
pub fn browser_language(call: &Call) -> Language {
    call.header(header::ACCEPT_LANGUAGE).and_then(Language::preferred).unwrap_or_default()
}

/// What one is told who comes by a link that is none.
pub(crate) async fn missed<P: Storage>(service: &Service<P>, call: &Call) -> Notice {
    match within(service, call, "links-missed", MAX_MISSES).await {
        Ok(true) => Notice::Unknown,
        Ok(false) => Notice::SlowDown,
        Err(notice) => notice,
    }
}

/// Whether an address stays within its bounds. It is counted under a keyed hash. Where the gateway does not tell it, all share one count.
async fn within<P: Storage>(service: &Service<P>, call: &Call, what: &str, most: u32) -> Result<bool, Notice> {
    let address = call.address.map(|address| address.to_string()).unwrap_or_default();
    let key = format!("{what}/{}", service.root_key.lookup("address", &address));
    service.ports.count(&key, WINDOW, most).await.map_err(port)
}

fn port(error: segl_core::ports::PortError) -> Notice {
    failed(Error::from(error))
}
