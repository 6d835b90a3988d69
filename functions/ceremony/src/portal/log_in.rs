//! Logging in: to the provider and back.

use std::collections::BTreeMap;

use lambda_http::http::header;
use segl_core::assurance::Assurance;
use segl_core::logged_in::LoggedIn;
use segl_core::ports::SigningKey;
use segl_core::signer::Person;
use segl_lambda::call::Call;
use segl_lambda::causes::Causes;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_openid::attempt::{self, Attempt};
use segl_openid::exchange::Exchange;
use segl_openid::failure::Failure;
use segl_openid::provider::Provider;
use segl_openid::relying_party::{Identity, Moment, RelyingParty};
use segl_pages::cookie;
use serde_json::Value;

use super::session::{PortalSession, VALID};
use super::{PORTAL, refused};
use crate::failed;
use crate::notice::Notice;
use crate::visit::{browser_language, within};

/// The part of the service to which one logs in here.
const PURPOSE: &str = "portal";
const COOKIE: &str = "segl-log-in";
/// How many answers of providers may come from one address in ten minutes.
const MAX_ANSWERS: u32 = 300;
/// Claims that are about the token and not about the person.
const OF_THE_TOKEN: [&str; 12] = ["aud", "exp", "iat", "nbf", "nonce", "at_hash", "c_hash", "s_hash", "azp", "jti", "sid", "auth_time"];
/// The longest claim that is kept. Longer ones are portraits and the like.
const MAX_CLAIM: usize = 200;
/// How much all claims may have together, names included. What a signature can hold is a little more.
const MAX_CLAIMS: usize = 1900;

/// What a log-in must bring.
pub struct Need {
    /// The level of assurance.
    pub level: Option<Assurance>,
    /// Whether the national identity number.
    pub number: bool,
}

impl Need {
    /// What the portal needs, where it is not known yet who comes.
    pub const PORTAL: Self = Self { level: None, number: true };

    /// What a signer needs to sign.
    pub fn of(person: &Person) -> Self {
        Self { level: person.assurance, number: person.national_id.is_some() }
    }

    /// Whether a log-in at a provider can bring it.
    pub fn can_be_met_by(&self, provider: &Provider) -> bool {
        self.level.is_none_or(|level| provider.reaches(level)) && (!self.number || provider.number_claim.is_some())
    }
}

/// Sends the browser to the provider. It comes back to `target`, a page of the service's own.
pub async fn begin<P: Storage, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    party: &RelyingParty<E, K>,
    call: &Call,
    provider: &str,
    need: &Need,
    target: &str,
) -> Result<Reply, Notice> {
    let Service { ports, root_key: root, .. } = service;
    let provider = party.provider(provider).filter(|provider| need.can_be_met_by(provider)).ok_or(Notice::Unknown)?;
    let now = ports.now();
    let attempt = Attempt::begin(ports, PURPOSE, &provider.id, need.level, target, now);
    let moment = Moment { root, now, random: ports.array() };
    let (uri, locale) = (redirect_uri(service, call), browser_language(call).tag());
    let address = match PortalSession::of(service, call).await? {
        None => party.begin(&attempt, &uri, locale, &moment).await,
        Some(_) => party.begin_anew(&attempt, &uri, locale, &moment).await,
    };
    let address = address.map_err(|failure| told(&failure, &provider.id))?;
    let secure = service.settings.is_secure(call);
    let cookie = cookie::set(COOKIE, attempt.cookie(), attempt::VALID, secure);
    Ok(Reply::see_other(&address).header(header::SET_COOKIE, &cookie))
}

/// Takes the provider's answer. An answer counts once, in the browser in which the log-in began.
pub async fn finish<P: Storage, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    party: &RelyingParty<E, K>,
    call: &Call,
) -> Result<Reply, Notice> {
    let Service { ports, root_key: root, .. } = service;
    if !within(service, call, "log-ins-of-address", MAX_ANSWERS).await? {
        return Err(Notice::SlowDown);
    }
    let secure = service.settings.is_secure(call);
    let now = ports.now();
    let attempt = cookie::read(call, COOKIE, secure).and_then(|cookie| Attempt::of(cookie, PURPOSE, now)).ok_or(Notice::NotLoggedIn)?;
    let provider = party.provider(&attempt.provider).ok_or(Notice::NotLoggedIn)?;
    let moment = Moment { root, now, random: ports.array() };
    let outcome = party.finish(&attempt, &call.query, &redirect_uri(service, call), &moment).await;
    let identity = outcome.map_err(|failure| told(&failure, &attempt.provider))?;
    // The provider takes a code once; that this service does so as well, does not hang on the provider. A crash after this costs the person
    // another log-in.
    let (digest, until) = attempt.use_once();
    if !ports.first_use(&digest, until).await.map_err(|error| failed(error.into()))? {
        return Err(Notice::NotLoggedIn);
    }
    let who = logged_in(identity, &provider.name, now + VALID);
    refused::record(service, &attempt.target, &who).await?;
    let cookie = PortalSession::begin(service, who, secure).await?;
    Ok(Reply::see_other(&attempt.target).header(header::SET_COOKIE, &cookie))
}

/// The address that is registered with every provider.
fn redirect_uri<P: Storage>(service: &Service<P>, call: &Call) -> String {
    format!("{}{PORTAL}/logged-in", service.settings.address(call))
}

/// What is kept of an identity: what a signature can hold.
fn logged_in(identity: Identity, provider_name: &str, until: jiff::Timestamp) -> LoggedIn {
    let Identity { provider, subject, level, number, name, authenticated_at, claims } = identity;
    let mut kept = BTreeMap::from([("idp".to_owned(), provider.clone())]);
    if let Some(level) = level {
        kept.insert("loa".to_owned(), level.as_str().to_owned());
    }
    let mut size: usize = kept.iter().map(|(name, value)| name.len() + value.len()).sum();
    for (name, value) in claims.all {
        let value = match value {
            Value::String(text) => text,
            Value::Bool(_) | Value::Number(_) => value.to_string(),
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
        };
        let replaced = kept.get(&name).map_or(0, |before| name.len() + before.len());
        let more = name.len() + value.len();
        if OF_THE_TOKEN.contains(&name.as_str()) || value.len() > MAX_CLAIM || size - replaced + more > MAX_CLAIMS {
            continue;
        }
        size = size - replaced + more;
        // A broker says itself by which means and how surely it recognised somebody.
        kept.insert(name, value);
    }
    let provider_name = provider_name.to_owned();
    LoggedIn { provider, provider_name, subject, level, number, name, authenticated_at, claims: kept, until }
}

/// What a person is told of a log-in that failed. The cause is logged, but for what a parser cites of the answer: that may be personal.
fn told(failure: &Failure, provider: &str) -> Notice {
    match failure {
        Failure::NotLoggedIn => Notice::NotLoggedIn,
        Failure::NoSuchProvider => Notice::Unknown,
        Failure::NotOurs(_) => {
            tracing::warn!(provider, error = %failure, "an answer to no log-in of this browser");
            Notice::NotLoggedIn
        }
        Failure::Unreadable { .. } => {
            tracing::error!(provider, error = %failure, "a log-in failed");
            Notice::Broken
        }
        Failure::Silent(_) | Failure::Status { .. } | Failure::Unusable { .. } | Failure::Key(_) => {
            tracing::error!(provider, error = %Causes(failure), "a log-in failed");
            if failure.may_pass() { Notice::Busy } else { Notice::Broken }
        }
    }
}
