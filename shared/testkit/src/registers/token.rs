//! Tokens, as Open Zaak and as OneGround take them.

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;

use super::{Asked, CLIENT, SECRET, Told};

/// How old a token may be.
const HOUR: i64 = 3600;

pub(super) fn check(asked: &Asked, wants_audience: bool, now: Timestamp) -> Result<(), Told> {
    let refused = |code| Err(Told::fault(403, code));
    let Some(token) = asked.field("authorization").and_then(|value| value.strip_prefix("Bearer ")) else {
        return refused("not_authenticated");
    };
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let Ok(decoded) = jsonwebtoken::decode::<Value>(token, &DecodingKey::from_secret(SECRET.as_bytes()), &validation) else {
        return refused("invalid-jwt-signature");
    };
    let claims = decoded.claims;
    if claims["client_id"] != CLIENT || claims["iss"] != CLIENT {
        return refused("invalid-client-identifier");
    }
    let audience = claims.get("aud").is_some();
    if audience != wants_audience || (wants_audience && (claims.get("exp").is_none() || claims.get("jti").is_none())) {
        return refused("jwt-decode-error");
    }
    match claims["iat"].as_i64() {
        Some(made) if now.as_second() - made < HOUR && made <= now.as_second() => Ok(()),
        _ => refused("jwt-expired"),
    }
}
