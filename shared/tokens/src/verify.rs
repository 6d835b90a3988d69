//! Checking a workflow token, by anybody: with the service's key set, or with the certificate that the token brings along.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use segl_core::jwk::PublicKey;
use segl_core::order::signing_payload;
use serde::Deserialize;
use serde_json::Value;

use crate::detached::{self, NotSigned, decoding_key};
use crate::workflow::{TOKEN_TYPE, TYP, WorkflowToken};

/// The longest token that is looked at: fifty signers with all their claims.
pub const MAX_TOKEN: usize = 1024 * 1024;

/// A token taken apart, of which nothing is proved yet.
pub struct Unverified {
    /// What names the key.
    pub kid: Option<String>,
    /// The certificate of the key and its issuers, in DER, leaf first.
    pub chain: Vec<Vec<u8>>,
    signed: String,
    signature: String,
    claims: Vec<u8>,
}

/// Why a token is not good.
#[derive(Debug, thiserror::Error)]
pub enum BadToken {
    /// Not a workflow token.
    #[error("it is not a workflow token: {0}")]
    Form(&'static str),
    /// Its claims are not those of a workflow token.
    #[error("its claims are not those of a workflow token")]
    Claims(#[from] serde_json::Error),
    /// The key did not make the signature.
    #[error("its signature was not made with the key, or over something else")]
    Signature,
    /// A system's own signature in it does not hold.
    #[error("the signature that signer {0} made with a key of its own does not hold")]
    Jws(u16, #[source] NotSigned),
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    typ: Option<String>,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    x5c: Vec<String>,
    #[serde(default)]
    crit: Option<Value>,
}

impl Unverified {
    /// Takes a token in compact form apart.
    ///
    /// # Errors
    /// [`BadToken::Form`] where it is none of ours.
    pub fn parse(token: &str) -> Result<Self, BadToken> {
        Self::parse_as(token, TYP)
    }

    /// The same of a token of another purpose, which its `typ` tells.
    ///
    /// # Errors
    /// [`BadToken::Form`] where it is none of this purpose.
    pub fn parse_as(token: &str, typ: &str) -> Result<Self, BadToken> {
        let token = token.trim();
        if token.len() > MAX_TOKEN {
            return Err(BadToken::Form("it is too long"));
        }
        let mut parts = token.split('.');
        let (Some(head), Some(body), Some(signature), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
            return Err(BadToken::Form("it has not three parts"));
        };
        let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| BadToken::Form("a part is no base64url"));
        let header: Header = serde_json::from_slice(&decoded(head)?).map_err(|_| BadToken::Form("its header is not understood"))?;
        if header.alg != "ES256" || header.crit.is_some() {
            return Err(BadToken::Form("its algorithm must be ES256"));
        }
        // Another of our tokens, made for another purpose with another key, must not pass for this (RFC 8725, 3.11).
        if header.typ.as_deref() != Some(typ) {
            return Err(BadToken::Form("its type is another"));
        }
        let chain: Result<_, _> = header.x5c.iter().map(|certificate| STANDARD.decode(certificate)).collect();
        Ok(Self {
            kid: header.kid,
            chain: chain.map_err(|_| BadToken::Form("x5c is no base64"))?,
            signed: format!("{head}.{body}"),
            signature: signature.to_owned(),
            claims: decoded(body)?,
        })
    }

    /// The key by its name in a set (RFC 7517, 5).
    pub fn find_key(&self, set: &Value) -> Option<PublicKey> {
        let kid = self.kid.as_deref()?;
        let keys = set.get("keys")?.as_array()?;
        keys.iter().find(|key| key["kid"] == kid).and_then(|key| PublicKey::from_jwk(key).ok())
    }

    /// Proves that the token was signed with a key, and answers what it says.
    ///
    /// # Errors
    /// [`BadToken::Signature`], or [`BadToken::Claims`] where it says nothing in JSON.
    pub fn signed_claims(&self, key: &PublicKey) -> Result<Value, BadToken> {
        let key = decoding_key(key, Algorithm::ES256).ok_or(BadToken::Signature)?;
        let made = jsonwebtoken::crypto::verify(&self.signature, self.signed.as_bytes(), &key, Algorithm::ES256);
        if made.unwrap_or(false) { Ok(serde_json::from_slice(&self.claims)?) } else { Err(BadToken::Signature) }
    }

    /// Proves that the token was signed with a key, and that the signatures in it that systems made themselves hold.
    ///
    /// # Errors
    /// [`BadToken`].
    pub fn verify(&self, key: &PublicKey) -> Result<Claims, BadToken> {
        let claims = self.signed_claims(key)?;
        if claims["token_type"] != TOKEN_TYPE {
            return Ok(Claims::Flat(claims));
        }
        let token: WorkflowToken = serde_json::from_value(claims)?;
        for signature in &token.signatures {
            let Some(jws) = &signature.jws else { continue };
            let key = PublicKey::from_jwk(&jws.jwk).map_err(|_| BadToken::Jws(signature.signer, NotSigned::Signature))?;
            let payload = signing_payload(token.sub, &signature.digests);
            detached::verify(&jws.detached, &payload, [&key]).map_err(|error| BadToken::Jws(signature.signer, error))?;
        }
        Ok(Claims::Structured(Box::new(token)))
    }
}

/// What a good token says.
#[derive(Debug, Clone, PartialEq)]
pub enum Claims {
    /// In our own words.
    Structured(Box<WorkflowToken>),
    /// In flat form ([`crate::flat`]).
    Flat(Value),
}
