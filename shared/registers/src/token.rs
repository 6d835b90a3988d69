//! The token on each of our requests: an HS256 JWT made from client id and secret (RFC 7519; ZGW, "Authenticatie en autorisatie").

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;

/// Who we say that we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Our client id in the register.
    pub client_id: String,
    /// Who acts, for the register's audit trail.
    pub user_id: String,
    /// The same for people.
    pub user_representation: String,
    /// What the implementation wants besides.
    pub form: TokenForm,
}

/// What implementations want besides the claims of the standard. Open Zaak refuses any `aud`; OneGround wants `aud`, `exp` and `jti`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TokenForm {
    /// `aud`.
    pub audience: Option<String>,
    /// How long it is good, in seconds: `exp`.
    pub lifetime: Option<i64>,
    /// Whether it has a name of its own: `jti`.
    pub named: bool,
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    iat: i64,
    client_id: &'a str,
    user_id: &'a str,
    user_representation: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jti: Option<String>,
}

impl TokenForm {
    /// As OneGround wants it.
    pub fn one_ground(audience: String) -> Self {
        const HOUR: i64 = 3600;
        Self { audience: Some(audience), lifetime: Some(HOUR), named: true }
    }
}

impl Claims {
    /// A token of now. Make one for every request: registers take them as lapsed an hour after `iat`.
    pub fn sign(&self, secret: &str, now: Timestamp, name: [u8; 16]) -> String {
        let payload = Payload {
            iss: &self.client_id,
            iat: now.as_second(),
            client_id: &self.client_id,
            user_id: &self.user_id,
            user_representation: &self.user_representation,
            aud: self.form.audience.as_deref(),
            exp: self.form.lifetime.map(|seconds| now.as_second() + seconds),
            jti: self.form.named.then(|| name.iter().map(|byte| format!("{byte:02x}")).collect()),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &payload, &EncodingKey::from_secret(secret.as_bytes()))
            .expect("strings and numbers can be written as JSON, and HMAC takes any key")
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};

    use super::*;

    fn payload(form: TokenForm) -> Value {
        let claims =
            Claims { client_id: "segl".to_owned(), user_id: "segl".to_owned(), user_representation: "Ondertekendienst".to_owned(), form };
        let token = claims.sign("secret", Timestamp::UNIX_EPOCH, [0xab; 16]);
        let parts: Vec<_> = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap()).collect();
        assert_eq!(serde_json::from_slice::<Value>(&parts[0]).unwrap(), json!({"typ": "JWT", "alg": "HS256"}));
        serde_json::from_slice(&parts[1]).unwrap()
    }

    #[test]
    fn each_implementation_gets_the_claims_that_it_wants() {
        let standard = json!({"iss": "segl", "iat": 0, "client_id": "segl", "user_id": "segl", "user_representation": "Ondertekendienst"});
        assert_eq!(payload(TokenForm::default()), standard);
        let mut more = standard;
        more["aud"] = json!("oneground");
        more["exp"] = json!(3600);
        more["jti"] = json!("ab".repeat(16));
        assert_eq!(payload(TokenForm::one_ground("oneground".to_owned())), more);
    }
}
