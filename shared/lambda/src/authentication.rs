//! Who is calling.
//!
//! Ways in, all for the same API clients:
//! - `X-API-Key: segl_<client>_<secret part>`;
//! - HTTP Basic (RFC 7617) with client id and client secret;
//! - a bearer token (RFC 6750) that the client makes itself ([`own_token`]);
//! - a bearer token that the function `token` gave it ([`access_token`]);
//! - a TLS client certificate, where nothing else is sent ([`certificate`]).
//!
//! Every failure gives the same answer, and a secret is checked at the same cost whether there is such a client or not, so that nobody
//! learns which client ids exist. What can be guessed is slowed down ([`segl_core::attempts`]).

pub mod access_token;
pub mod certificate;
pub mod credential;
pub mod jwt;
pub mod own_token;

use jiff::SignedDuration;
use segl_core::attempts::Counter;
use segl_core::client::{Client, Proof};
use segl_core::id::ClientId;
use segl_core::ports::PortError;

use crate::call::Call;
use crate::service::{Service, Storage};
use credential::{Credential, Presented};

/// Why a caller is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No credential.
    #[error("no credential")]
    NoCredential,
    /// One that is not good. What is wrong with it is not told.
    #[error("no valid credential")]
    BadCredential,
    /// Nothing is looked at for so long, whether it is good or not.
    #[error("too many failures")]
    TooManyFailures(SignedDuration),
    /// Could not be found out.
    #[error(transparent)]
    Port(#[from] PortError),
}

/// What a look at a credential showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is the client's; what proves it, where an access token can be had for that.
    Good(Option<Proof>),
    /// It was the client's, or will be. Whoever made it did not guess.
    Lapsed,
    /// It is not the client's.
    Wrong,
}

/// The client that makes a call, with the privileges that it has in this call.
pub async fn authenticate<P: Storage>(service: &Service<P>, call: &Call) -> Result<Client, Denied> {
    match Presented::by(call) {
        Presented::Nothing => match &call.certificate {
            Some(certificate) => certificate::client(&service.ports, certificate).await.map(|(client, _)| client),
            None => Err(Denied::NoCredential),
        },
        Presented::Malformed => Err(Denied::BadCredential),
        Presented::AccessToken(token) => access_token::client(service, call, token).await,
        Presented::Credential(credential) => check_credential(service, call, &credential).await.map(|(client, _)| client),
    }
}

/// Checks a credential that could be guessed.
pub async fn check_credential<P: Storage>(
    service: &Service<P>,
    call: &Call,
    credential: &Credential,
) -> Result<(Client, Option<Proof>), Denied> {
    let now = service.ports.now();
    check(&service.ports, call, credential.client(), |client| credential.check(client, &service.root_key, now)).await
}

/// Checks what is said to be a client's with `judge`, which is asked about a client that does not exist as well.
///
/// Two reads of counters go along with that of the client; a failure adds two to four writes. While an address is slowed down, its calls
/// cost reads alone.
pub async fn check<P: Storage>(
    ports: &P,
    call: &Call,
    id: &ClientId,
    judge: impl FnOnce(Option<&Client>) -> Verdict,
) -> Result<(Client, Option<Proof>), Denied> {
    let counters = [Counter::of_client(id, call.address), Counter::of_network(call.address)];
    let (own, network, client) = tokio::try_join!(ports.failures(&counters[0]), ports.failures(&counters[1]), ports.client(id))?;
    let now = ports.now();
    let delays = counters.iter().zip([own, network]).filter_map(|(counter, failures)| counter.delay(failures?, now));
    if let Some(delay) = delays.max() {
        return Err(Denied::TooManyFailures(delay));
    }
    match (judge(client.as_ref()), client.filter(|client| client.enabled)) {
        (Verdict::Good(proof), Some(client)) => Ok((client, proof)),
        (Verdict::Lapsed, Some(_)) => Err(Denied::BadCredential),
        _ => {
            // A crash here leaves a failure uncounted, which is no harm.
            tokio::try_join!(ports.count_failure(&counters[0], now), ports.count_failure(&counters[1], now))?;
            Err(Denied::BadCredential)
        }
    }
}
