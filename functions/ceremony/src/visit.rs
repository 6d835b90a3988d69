//! Who comes by a link or by the portal, and how far the visitor is let in.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use lambda_http::http::header;
use segl_core::ceremony::{Authentication, Direct};
use segl_core::id::{OrderId, Sha256, SignerIndex};
use segl_core::language::Language;
use segl_core::logged_in::Standing;
use segl_core::order::Order;
use segl_core::ports::{Link, LinkKind};
use segl_core::root_key::RootKey;
use segl_core::signer::{Method, Party, Person, Signer};
use segl_core::use_case::Error;
use segl_lambda::call::Call;
use segl_lambda::service::{Service, Storage};

use crate::failed;
use crate::look::Surroundings;
use crate::notice::{Ending, Notice};
use crate::page::log_in::Reason;
use crate::portal::PORTAL;
use crate::portal::session::PortalSession;
use crate::session::{Level, Session};

/// How many links that are none one address may try in [`WINDOW`]. A mailbox's scanner and an office behind one address stay below.
const MAX_MISSES: u32 = 100;
/// How many forms may be sent by one link in [`WINDOW`].
const MAX_FORMS: u32 = 60;
/// How many forms may come from one address in [`WINDOW`].
const MAX_FORMS_OF_ADDRESS: u32 = 600;
/// See the numbers above.
const WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// Somebody at an order's page, who holds a good link, or has logged in as one of its signers.
pub struct Visit {
    /// The path of the page.
    pub path: String,
    /// How the visitor came.
    pub door: Door,
    /// The order.
    pub order: Order,
    /// Who the visitor is, if the link is in the right hands, or the log-in is the signer's.
    pub index: SignerIndex,
    /// Who has logged in in this browser; looked up where the signer must.
    pub logged_in: Option<PortalSession>,
    /// Whether the browser reaches the service by https.
    pub secure: bool,
}

/// How somebody comes to an order's page.
pub enum Door {
    /// By a personal link.
    Link {
        /// The link.
        link: Link,
        /// What the browser has shown so far.
        session: Session,
        /// Whether the session began with this very call.
        is_new: bool,
    },
    /// From the portal, by logging in and nothing else.
    Portal,
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
        let secure = service.settings.is_secure(call);
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
        let must_log_in = matches!(&signer.party, Party::Person(person) if person.authentication == Authentication::Eid);
        let logged_in = if must_log_in { PortalSession::of(service, call).await? } else { None };
        let door = Door::Link { link, session, is_new };
        Ok(Self { path: format!("/sign/{secret}"), door, order, index, logged_in, secure })
    }

    /// Finds the order of somebody who comes by the portal. To anybody but its signer it does not exist; to who has not logged in nothing
    /// is told, not even that.
    ///
    /// # Errors
    /// [`Stranger::NotLoggedIn`] where there is no session.
    pub async fn find_in_portal<P: Storage>(service: &Service<P>, call: &Call, order: &str, signer: &str) -> Result<Self, Stranger> {
        let Some(logged_in) = PortalSession::of(service, call).await? else { return Err(Stranger::NotLoggedIn) };
        let (Ok(id), Ok(index)) = (order.parse::<OrderId>(), signer.parse().map(SignerIndex)) else { return Err(Notice::Unknown.into()) };
        let order = service.ports.order(id).await.map_err(port)?.ok_or(Notice::Unknown)?;
        let found = order.signer(index).map_err(|_| Notice::Unknown)?;
        let is_theirs = matches!(&found.party, Party::Person(person) if person.signs_in_portal())
            && logged_in.who.standing(found) != Standing::SomebodyElse;
        if !is_theirs || order.erased_at.is_some() {
            return Err(missed(service, call).await.into());
        }
        if found.access.blocked_at.is_some() {
            return Err(Notice::Blocked.into());
        }
        let secure = service.settings.is_secure(call);
        let path = format!("{PORTAL}/orders/{id}/{index}");
        Ok(Self { path, door: Door::Portal, order, index, logged_in: Some(logged_in), secure })
    }

    /// The personal link by which the visitor came.
    pub fn link(&self) -> Result<&Link, Notice> {
        match &self.door {
            Door::Link { link, .. } => Ok(link),
            Door::Portal => Err(Notice::Malformed),
        }
    }

    /// Whether the visitor came by the portal.
    pub fn is_in_portal(&self) -> bool {
        matches!(self.door, Door::Portal)
    }

    /// What the forms of this visit's pages carry.
    pub fn form_mark(&self, root: &RootKey) -> String {
        match (&self.door, &self.logged_in) {
            (Door::Link { session, .. }, _) => session.form_mark(root),
            (Door::Portal, Some(session)) => session.form_mark(root),
            (Door::Portal, None) => String::new(),
        }
    }

    /// Whether a form is one of this visit's pages, and not of another site's, or of another session's.
    pub fn accepts(&self, root: &RootKey, mark: &str) -> bool {
        match (&self.door, &self.logged_in) {
            (Door::Link { session, is_new, .. }, _) => !is_new && session.accepts(root, mark),
            (Door::Portal, Some(session)) => session.accepts(root, mark),
            (Door::Portal, None) => false,
        }
    }

    /// Counts a form against its link and the address from which it comes.
    pub async fn count_form<P: Storage>(&self, service: &Service<P>, call: &Call) -> Result<(), Notice> {
        let door = match &self.door {
            Door::Link { link, .. } => format!("forms-of-link/{}", link.digest),
            Door::Portal => format!("forms-of-signer/{}/{}", self.order.id, self.index),
        };
        let by_link = service.ports.count(&door, WINDOW, MAX_FORMS).await.map_err(port)?;
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
        let (once, level) = match &self.door {
            Door::Link { link, session, .. } => (matches!(link.kind, LinkKind::Once { .. }), session.level),
            Door::Portal => (false, Level::Link),
        };
        Ok(match (self.person()?.authentication, level) {
            (Authentication::Eid, _) => self.as_signer().map(|session| session.who.method()),
            // Whoever did not come by a link holds none.
            _ if self.is_in_portal() => None,
            (Authentication::None, _) => Some(if once { Method::Sender } else { Method::Link }),
            (Authentication::EmailCode, Level::Code) => Some(Method::EmailCode),
            (Authentication::SmsCode, Level::Code) => Some(Method::SmsCode),
            (Authentication::EmailCode | Authentication::SmsCode, Level::Link) => None,
        })
    }

    /// What the provider claimed of a visitor who signs by a log-in.
    pub fn claims(&self) -> BTreeMap<String, String> {
        self.as_signer().map(|session| session.who.claims.clone()).unwrap_or_default()
    }

    /// The log-in that counts for this signer.
    fn as_signer(&self) -> Option<&PortalSession> {
        self.logged_in.as_ref().filter(|session| session.who.standing(self.signer()) == Standing::Signer)
    }

    /// Why a signer who must log in is asked to.
    pub fn log_in_reason(&self) -> Reason {
        match self.logged_in.as_ref().map(|session| session.who.standing(self.signer())) {
            None | Some(Standing::Signer) => Reason::NotYet,
            Some(Standing::TooLow) => Reason::TooLow,
            Some(Standing::SomebodyElse) => Reason::SomebodyElse,
        }
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
        self.order.ceremony.direct.as_ref().filter(|_| self.link().is_ok_and(|link| matches!(link.kind, LinkKind::Once { .. })))
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
pub async fn within<P: Storage>(service: &Service<P>, call: &Call, what: &str, most: u32) -> Result<bool, Notice> {
    let address = call.address.map(|address| address.to_string()).unwrap_or_default();
    let key = format!("{what}/{}", service.root_key.lookup("address", &address));
    service.ports.count(&key, WINDOW, most).await.map_err(port)
}

/// Who is not shown an order.
pub enum Stranger {
    /// Nobody has logged in in this browser.
    NotLoggedIn,
    /// Something else is to be told.
    Told(Notice),
}

impl From<Notice> for Stranger {
    fn from(notice: Notice) -> Self {
        Self::Told(notice)
    }
}

fn port(error: segl_core::ports::PortError) -> Notice {
    failed(Error::from(error))
}
