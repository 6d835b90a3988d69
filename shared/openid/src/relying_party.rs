//! The service as its providers see it: begins log-ins, finishes them, logs out.

use jiff::{SignedDuration, Timestamp};
use segl_core::assurance::Assurance;
use segl_core::ports::SigningKey;
use segl_core::root_key::RootKey;
use segl_core::signer::NationalId;
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use crate::attempt::Attempt;
use crate::callback;
use crate::discovery::{self, Metadata};
use crate::exchange::{Exchange, Request};
use crate::failure::Failure;
use crate::id_token::{Claims, Unverified};
use crate::keys::KeySet;
use crate::provider::{Proof, Provider};
use crate::token::{self, Shown, Tokens, encoded};

/// How long what a provider says of itself is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// How soon keys are fetched again for a token that no known key signed: providers change keys, and forgers must not make us ask.
const KEYS_AGAIN_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// The service as its providers see it.
pub struct RelyingParty<E, K> {
    exchange: E,
    members: Vec<Member<K>>,
}

struct Member<K> {
    provider: Provider,
    key: Option<K>,
    known: Mutex<Known>,
}

/// What was fetched, and when.
#[derive(Default)]
struct Known {
    metadata: Option<(Timestamp, Metadata)>,
    keys: Option<(Timestamp, KeySet)>,
}

/// Somebody who has logged in.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// The provider's id.
    pub provider: String,
    /// By which name the provider knows the person.
    pub subject: String,
    /// The level of assurance; none where the provider tells none that is configured.
    pub level: Option<Assurance>,
    /// The national identity number, where the provider tells it.
    pub number: Option<NationalId>,
    /// The name, where told.
    pub name: Option<String>,
    /// When the person showed who it is, where the provider tells.
    pub authenticated_at: Option<Timestamp>,
    /// Everything that the provider told.
    pub claims: Claims,
}

/// What of the machine a log-in is finished with.
pub struct Moment<'a> {
    /// The service's root key.
    pub root: &'a RootKey,
    /// Now.
    pub now: Timestamp,
    /// Drawn at random, anew each time.
    pub random: [u8; 16],
}

impl<E: Exchange, K: SigningKey> RelyingParty<E, K> {
    /// Makes no call. `key` finds the key of a provider to which the service shows itself by one.
    pub fn new(providers: Vec<Provider>, exchange: E, key: impl Fn(&str) -> K) -> Self {
        let member = |provider: Provider| {
            let key = match &provider.proof {
                Proof::Key(name) => Some(key(name)),
                Proof::Secret(_) => None,
            };
            Member { provider, key, known: Mutex::default() }
        };
        Self { exchange, members: providers.into_iter().map(member).collect() }
    }

    /// The providers, as configured.
    pub fn providers(&self) -> impl Iterator<Item = &Provider> {
        self.members.iter().map(|member| &member.provider)
    }

    /// The provider of that id.
    pub fn provider(&self, id: &str) -> Option<&Provider> {
        self.providers().find(|provider| provider.id == id)
    }

    /// Where the browser goes to log in. `redirect_uri` is the address of ours to which it comes back, as registered with the provider;
    /// `locale` the language tag in which the provider shall speak.
    ///
    /// # Errors
    /// [`Failure`] of asking the provider.
    pub async fn begin(&self, attempt: &Attempt, redirect_uri: &str, locale: &str, moment: &Moment<'_>) -> Result<String, Failure> {
        let member = self.member(&attempt.provider)?;
        let (provider, root) = (&member.provider, moment.root);
        let metadata = self.metadata(member, moment.now).await?;
        let scopes = provider.scopes.join(" ");
        let (state, nonce, challenge) = (attempt.state(root), attempt.nonce(root), attempt.challenge(root));
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", provider.client_id.as_str()),
            ("redirect_uri", redirect_uri),
            ("scope", &scopes),
            ("state", &state),
            ("nonce", &nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("ui_locales", locale),
        ];
        let values = attempt.level.map(|level| provider.values_for(level).join(" ")).unwrap_or_default();
        if !values.is_empty() {
            query.push(("acr_values", &values));
        }
        Ok(with_query(&metadata.authorization_endpoint, &query))
    }

    /// The same for somebody who has logged in already, not surely enough or as somebody else. The provider shall ask again who it is
    /// (`prompt`, OpenID Connect Core 1.0, 3.1.2.1): one that remembers the log-in before would answer that again.
    ///
    /// # Errors
    /// [`Failure`] of asking the provider.
    pub async fn begin_anew(&self, attempt: &Attempt, redirect_uri: &str, locale: &str, moment: &Moment<'_>) -> Result<String, Failure> {
        Ok(with_query(&self.begin(attempt, redirect_uri, locale, moment).await?, &[("prompt", "login")]))
    }

    /// Takes the answer that the browser brought, exchanges its code, and tells who logged in. Whether the level is enough is for the
    /// caller to see. That the attempt was not answered before, too: see [`Attempt::use_once`].
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn finish(
        &self,
        attempt: &Attempt,
        query: &[(String, String)],
        redirect_uri: &str,
        moment: &Moment<'_>,
    ) -> Result<Identity, Failure> {
        let Moment { root, now, .. } = *moment;
        let member = self.member(&attempt.provider)?;
        let provider = &member.provider;
        let metadata = self.metadata(member, now).await?;
        let code = callback::read(query, attempt, provider, &metadata, root)?;
        let shown = match (&provider.proof, &member.key) {
            (Proof::Secret(secret), _) => Shown::Secret(secret),
            (Proof::Key(_), Some(key)) => {
                let id: String = moment.random.iter().map(|byte| format!("{byte:02x}")).collect();
                Shown::Assertion(token::assertion(key, provider, &metadata, &id, now).await?)
            }
            (Proof::Key(_), None) => unreachable!("`new` finds the key of each provider that has one"),
        };
        let request = token::request(provider, &metadata, &code, &attempt.verifier(root), redirect_uri, &shown);
        let tokens = token::read(&self.exchange.exchange(request).await.map_err(Failure::Silent)?)?;
        let unverified = Unverified::parse(&tokens.id_token, &metadata)?;
        let keys = self.keys(member, &metadata, now, |keys| unverified.is_signed_by(keys)).await?;
        let mut claims = unverified.verify(&keys, provider, attempt, root, now)?;
        self.complete(provider, &metadata, &tokens, &mut claims).await?;
        Ok(Identity {
            provider: provider.id.clone(),
            subject: claims.subject.clone(),
            level: provider.level(&claims.all),
            number: provider.number(&claims.all),
            name: provider.person_name(&claims.all).map(str::to_owned),
            authenticated_at: claims.authenticated_at,
            claims,
        })
    }

    /// Where the browser goes to log out at the provider as well (OpenID Connect RP-Initiated Logout 1.0, 2); none where the provider has
    /// no such place. The ID token is not sent along: it would put a national identity number into an address.
    pub async fn log_out(&self, provider: &str, afterwards: &str, now: Timestamp) -> Option<String> {
        let member = self.member(provider).ok()?;
        let metadata = self.metadata(member, now).await.ok()?;
        let endpoint = metadata.end_session_endpoint?;
        Some(with_query(&endpoint, &[("client_id", member.provider.client_id.as_str()), ("post_logout_redirect_uri", afterwards)]))
    }

    fn member(&self, id: &str) -> Result<&Member<K>, Failure> {
        self.members.iter().find(|member| member.provider.id == id).ok_or(Failure::NoSuchProvider)
    }

    async fn metadata(&self, member: &Member<K>, now: Timestamp) -> Result<Metadata, Failure> {
        let mut known = member.known.lock().await;
        match &known.metadata {
            Some((at, metadata)) if now < *at + KEPT => Ok(metadata.clone()),
            _ => {
                let body = self.fetch(Request::of(&discovery::address(&member.provider)), "discovery").await?;
                let metadata = Metadata::parse(&member.provider, &body)?;
                known.metadata = Some((now, metadata.clone()));
                Ok(metadata)
            }
        }
    }

    /// The provider's keys; fetched anew where those that are known do not do.
    async fn keys(
        &self,
        member: &Member<K>,
        metadata: &Metadata,
        now: Timestamp,
        will_do: impl Fn(&KeySet) -> bool,
    ) -> Result<KeySet, Failure> {
        let mut known = member.known.lock().await;
        match &known.keys {
            Some((at, keys)) if now < *at + KEPT && (will_do(keys) || now < *at + KEYS_AGAIN_AFTER) => Ok(keys.clone()),
            _ => {
                let keys = KeySet::parse(&self.fetch(Request::of(&metadata.jwks_uri), "keys").await?)?;
                known.keys = Some((now, keys.clone()));
                Ok(keys)
            }
        }
    }

    /// Asks for the claims that the ID token lacks (OpenID Connect Core 1.0, 5.3): some providers tell numbers and names only there. The
    /// answer must be of the same subject (5.3.2), and what was signed counts more.
    async fn complete(&self, provider: &Provider, metadata: &Metadata, tokens: &Tokens, claims: &mut Claims) -> Result<(), Failure> {
        let lacks = |name: &str| !claims.all.contains_key(name);
        let wants = provider.number_claim.as_deref().is_some_and(lacks) || lacks(&provider.name_claim);
        let (Some(endpoint), Some(access), true) = (&metadata.userinfo_endpoint, &tokens.access_token, wants) else { return Ok(()) };
        let request = Request { authorization: Some(format!("Bearer {access}")), ..Request::of(endpoint) };
        let more: Map<String, Value> =
            serde_json::from_slice(&self.fetch(request, "userinfo").await?).map_err(Failure::unreadable("userinfo answer"))?;
        if more.get("sub").and_then(Value::as_str) != Some(&claims.subject) {
            return Err(Failure::unusable("userinfo answer", "it is of somebody else"));
        }
        for (name, value) in more {
            // How and when somebody was recognised is told by what was signed, or not at all.
            if name != provider.level_claim {
                claims.all.entry(name).or_insert(value);
            }
        }
        Ok(())
    }

    async fn fetch(&self, request: Request, endpoint: &'static str) -> Result<Vec<u8>, Failure> {
        let response = self.exchange.exchange(request).await.map_err(Failure::Silent)?;
        if response.status == 200 { Ok(response.body) } else { Err(Failure::Status { endpoint, status: response.status }) }
    }
}

fn with_query(endpoint: &str, query: &[(&str, &str)]) -> String {
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    format!("{endpoint}{joint}{}", encoded(query))
}
