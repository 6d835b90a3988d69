//! Which client asks for a token: by its secret, by an assertion, or by a certificate.

use segl_core::client::{Client, Proof};
use segl_core::id::ClientId;
use segl_dialects::oauth::TOKEN_PATH;
use segl_dialects::oauth::error::OAuthError;
use segl_dialects::oauth::request::Claimed;
use segl_lambda::authentication::certificate;
use segl_lambda::authentication::credential::{Credential, Presented};
use segl_lambda::authentication::{Denied, check, check_credential};
use segl_lambda::call::Call;
use segl_lambda::service::{Service, Storage};

use crate::assertion::Assertion;
use crate::denied;

/// The client, and by what it proved who it is. It must do that in one way (RFC 6749, 2.3).
pub async fn of<P: Storage>(service: &Service<P>, call: &Call, claimed: &Claimed) -> Result<(Client, Proof), OAuthError> {
    match (Presented::by(call), claimed) {
        (Presented::Credential(credential @ Credential::Secret(..)), Claimed::Nothing) => by_secret(service, call, &credential).await,
        (Presented::Credential(credential @ Credential::Secret(..)), Claimed::Id(id)) if id == credential.client().as_str() => {
            by_secret(service, call, &credential).await
        }
        (Presented::Nothing, Claimed::Secret(id, secret)) => {
            by_secret(service, call, &Credential::Secret(parsed(id)?, secret.clone())).await
        }
        (Presented::Nothing, Claimed::Assertion(id, assertion)) => by_assertion(service, call, id.as_deref(), assertion).await,
        (Presented::Nothing, Claimed::Id(id)) => by_certificate(service, call, id).await,
        (Presented::Nothing, Claimed::Nothing) => Err(OAuthError::invalid_client()),
        (Presented::Credential(Credential::Secret(..)), _) => {
            Err(OAuthError::invalid_request("a client proves itself in one way only, and names itself once"))
        }
        // No other credential gives an access token.
        (Presented::Malformed | Presented::AccessToken(_) | Presented::Credential(_), _) => Err(OAuthError::invalid_client()),
    }
}

async fn by_secret<P: Storage>(service: &Service<P>, call: &Call, credential: &Credential) -> Result<(Client, Proof), OAuthError> {
    let (client, proof) = check_credential(service, call, credential).await.map_err(denied)?;
    Ok((client, proof.ok_or_else(OAuthError::invalid_client)?))
}

/// `private_key_jwt`. An assertion is used up before anything is given for it; a crash after that costs its maker another one.
async fn by_assertion<P: Storage>(
    service: &Service<P>,
    call: &Call,
    id: Option<&str>,
    assertion: &str,
) -> Result<(Client, Proof), OAuthError> {
    let assertion = Assertion::read(assertion, id).ok_or_else(OAuthError::invalid_client)?;
    let issuer = service.settings.issuer(call);
    let audiences = [format!("{issuer}{TOKEN_PATH}"), issuer];
    let now = service.ports.now();
    let (client, proof) =
        check(&service.ports, call, &assertion.client, |client| assertion.check(client, &audiences, now)).await.map_err(denied)?;
    let (digest, until) = assertion.use_once();
    if !service.ports.first_use(&digest, until).await.map_err(|error| denied(error.into()))? {
        return Err(OAuthError::invalid_client());
    }
    Ok((client, proof.ok_or_else(OAuthError::invalid_client)?))
}

/// `tls_client_auth`. The certificate alone leads to the client; the id must be that client's.
async fn by_certificate<P: Storage>(service: &Service<P>, call: &Call, id: &str) -> Result<(Client, Proof), OAuthError> {
    let shown = call.certificate.as_ref().ok_or_else(OAuthError::invalid_client)?;
    let (client, proof) = certificate::client(&service.ports, shown).await.map_err(denied)?;
    if client.id.as_str() == id { Ok((client, proof)) } else { Err(OAuthError::invalid_client()) }
}

/// What is no id is nobody's, which is told in the same words as that nobody has it.
fn parsed(id: &str) -> Result<ClientId, OAuthError> {
    id.parse().map_err(|_| denied(Denied::BadCredential))
}
