//! Access tokens that the function `token` gave out (RFC 9068, 4).
//!
//! They are verified with the public keys in KMS. The client is read as for every other credential, so that one that is switched off, has
//! lost a privilege, or no longer has the credential for which it got the token, loses the token's use at once.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::Header;
use segl_core::client::{Client, Privilege, Proof};
use segl_core::id::ClientId;
use segl_dialects::oauth::access_token::{Claims, TYPE};

use super::Denied;
use super::jwt::{self, LEEWAY_SECONDS};
use crate::call::Call;
use crate::service::{Service, Storage};

/// The client of an access token, with the privileges that both it and the token have. Nothing is counted: a signature is not guessed,
/// and tokens that have lapsed are sent by many callers at once.
pub async fn client<P: Storage>(service: &Service<P>, call: &Call, token: &str) -> Result<Client, Denied> {
    let ports = &service.ports;
    let keys = ports.access_token_keys().await?;
    let named = jsonwebtoken::decode_header(token).ok().and_then(|header| header.kid);
    let key = keys.iter().find(|key| Some(key.thumbprint()) == named).ok_or(Denied::BadCredential)?;
    let (header, claims) = jwt::verified_by::<Claims>(token, key).ok_or(Denied::BadCredential)?;
    let (id, proof) = judge(&header, &claims, &service.settings.issuer(call), call, ports.now()).ok_or(Denied::BadCredential)?;
    let mut client = ports.client(&id).await?.filter(|client| client.enabled).ok_or(Denied::BadCredential)?;
    if !client.still_has(&proof, ports.now()) {
        return Err(Denied::BadCredential);
    }
    client.privileges.retain(|held| claims.scope.split(' ').any(|name| name.parse::<Privilege>() == Ok(*held)));
    Ok(client)
}

/// Everything about a token that does not hang on what is stored.
fn judge(header: &Header, claims: &Claims, issuer: &str, call: &Call, now: Timestamp) -> Option<(ClientId, Proof)> {
    // With or without the prefix, in either case (RFC 9068, 4; RFC 7515, 4.1.9).
    let kind = header.typ.as_deref()?.to_ascii_lowercase();
    let is_access_token = kind.strip_prefix("application/").unwrap_or(&kind) == TYPE;
    let now = now.as_second();
    let in_time = claims.iat <= now + LEEWAY_SECONDS && now < claims.exp;
    let ours = claims.iss == issuer && claims.aud == issuer && claims.sub == claims.client_id;
    let by_its_holder = claims
        .cnf
        .as_ref()
        .is_none_or(|bound| call.certificate.as_ref().is_some_and(|shown| URL_SAFE_NO_PAD.encode(shown.thumbprint.0) == bound.certificate));
    if is_access_token && in_time && ours && by_its_holder {
        Some((claims.client_id.parse().ok()?, claims.segl_proof.parse().ok()?))
    } else {
        None
    }
}
