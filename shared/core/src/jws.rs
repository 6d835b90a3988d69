//! Making tokens: JWS (RFC 7515) in compact form, ES256 with a key that never leaves its keeper.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::id::Sha256;
use crate::ports::{Answer, PortError, SignatureAlgorithm, SigningKey};

/// A key's answer that is no signature of ECDSA on P-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not DER of two integers of at most 32 bytes")]
pub struct NotASignature;

/// Signs `claims` under `header`, which must say `ES256`.
pub async fn sign<K: SigningKey>(key: &K, header: &Value, claims: &Value) -> Answer<String> {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let der = key.sign(&Sha256::of(signed.as_bytes()).0, SignatureAlgorithm::EcdsaP256Sha256).await?;
    let signature = fixed_width(&der).map_err(|error| PortError::Rejected { service: "the token key", source: error.into() })?;
    Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

/// `ECDSA-Sig-Value` (RFC 3279, 2.2.3) as the two numbers of 32 bytes that JWS wants (RFC 7518, 3.4).
pub fn fixed_width(der: &[u8]) -> Result<[u8; 64], NotASignature> {
    let (body, rest) = element(0x30, der)?;
    let (r, body) = element(0x02, body)?;
    let (s, body) = element(0x02, body)?;
    if !rest.is_empty() || !body.is_empty() {
        return Err(NotASignature);
    }
    let mut signature = [0; 64];
    for (number, half) in [r, s].into_iter().zip(signature.chunks_exact_mut(32)) {
        // DER puts a zero before a number whose first bit is set.
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        let at = half.len().checked_sub(number.len()).ok_or(NotASignature)?;
        half[at..].copy_from_slice(number);
    }
    Ok(signature)
}

/// One element of DER with a short length, and what stands behind it.
fn element(tag: u8, der: &[u8]) -> Result<(&[u8], &[u8]), NotASignature> {
    match der {
        [found, length, rest @ ..] if *found == tag && *length < 0x80 => rest.split_at_checked(usize::from(*length)).ok_or(NotASignature),
        _ => Err(NotASignature),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_padded_and_bounded() {
        let der = |r: &[u8], s: &[u8]| {
            let number = |n: &[u8]| [&[2, u8::try_from(n.len()).unwrap()], n].concat();
            let body = [number(r), number(s)].concat();
            [&[0x30, u8::try_from(body.len()).unwrap()], body.as_slice()].concat()
        };
        let good = fixed_width(&der(&[1], &[&[0], [0x80; 32].as_slice()].concat())).unwrap();
        assert_eq!((&good[..31], good[31], &good[32..]), ([0; 31].as_slice(), 1, [0x80; 32].as_slice()));
        let trailing = [der(&[1], &[1]), vec![0]].concat();
        for bad in [vec![], vec![0x30], vec![0x30, 3, 2, 1], der(&[1; 33], &[1]), trailing, vec![0x30, 0x81, 0]] {
            assert_eq!(fixed_width(&bad), Err(NotASignature), "{bad:?}");
        }
    }
}
