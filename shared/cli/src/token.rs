//! Workflow tokens: by themselves, inside a document, and beside one.

use std::fmt;
use std::fs::File;
use std::path::Path;

use segl_core::id::{OrderId, Sha256};
use segl_core::jwk::PublicKey;
use segl_sealing::{Certificate, Limits, PrefixHasher, ReadAt as _, Trust, embedded_files};
use segl_tokens::verify::{BadToken, Claims, MAX_TOKEN, Unverified};
use segl_tokens::workflow::WorkflowToken;
use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::evidence::Story;
use crate::files;
use crate::output::Plain;

/// The name of the attached file.
const NAME: &str = "workflow-token.jwt";
/// How much is hashed at a time.
const PIECE: usize = 256 * 1024;

/// What was found out about one token.
#[derive(Debug, Serialize)]
pub(crate) struct TokenView {
    /// Where it was.
    place: &'static str,
    /// Whether it is valid, trusted, and tells what the document tells. None where there is nothing to judge it by.
    pub(crate) good: Option<bool>,
    /// By what it was judged: `key-set`, or `certificate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    judged_by: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim_filter: Option<String>,
    documents: usize,
    signatures: usize,
    /// How many signers signed with a key of their own, all of which were verified.
    own_signatures: usize,
    /// Why it is not good, or was not judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// The text of a file that is a token and no document.
pub(crate) fn read(path: &Path) -> Result<Option<String>, Error> {
    let file = files::open(path)?;
    let mut start = [0; 3];
    let is_token = file.len() <= MAX_TOKEN as u64 && file.read_at(0, &mut start).is_ok_and(|count| count == 3) && start == *b"eyJ";
    if is_token { files::read_text(path).map(Some) } else { Ok(None) }
}

/// A key set (RFC 7517, 5).
pub(crate) fn read_keys(path: &Path) -> Result<Value, Error> {
    let text = files::read_text(path)?;
    let set: Option<Value> = serde_json::from_str(&text).ok().filter(|set: &Value| set["keys"].is_array());
    set.ok_or_else(|| Error::Usage(format!("{} is no key set: it has no list `keys`", path.display())))
}

/// Judges a token by a key set, or by its certificate. Answers what it tells where it tells it in our own words.
pub(crate) fn judge(place: &'static str, text: &str, keys: Option<&Value>, anchors: &[Certificate]) -> (TokenView, Option<WorkflowToken>) {
    let mut view = TokenView {
        place,
        good: Some(false),
        judged_by: None,
        kid: None,
        issuer: None,
        order: None,
        claim_filter: None,
        documents: 0,
        signatures: 0,
        own_signatures: 0,
        problem: None,
    };
    let outcome = Unverified::parse(text).map_err(|error| causes(&error)).and_then(|token| {
        view.kid = token.kid.clone();
        let (key, certificate) = key(&token, keys, anchors)?;
        let Some(key) = key else { return Ok((None, None)) };
        view.judged_by = Some(if certificate.is_some() { "certificate" } else { "key-set" });
        let claims = token.verify(&key).map_err(|error: BadToken| causes(&error))?;
        Ok((Some(claims), certificate))
    });
    let claims = match outcome {
        Err(problem) => {
            view.problem = Some(problem);
            return (view, None);
        }
        Ok((None, _)) => {
            view.good = None;
            view.problem = Some("give --keys with the service's key set, or --trust where the token has a certificate".to_owned());
            return (view, None);
        }
        Ok((Some(claims), certificate)) => {
            view.good = Some(true);
            if let Some((leaf, others)) = certificate {
                let at = match &claims {
                    Claims::Structured(token) => token.iat,
                    Claims::Flat(claims) => claims["iat"].as_i64().unwrap_or(0),
                };
                let time = jiff::Timestamp::from_second(at).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
                if let Trust::Untrusted(_) = leaf.trust(&others, anchors, time) {
                    view.good = Some(false);
                    view.problem = Some("its certificate does not lead to one that you trust, or was not valid then".to_owned());
                }
            }
            claims
        }
    };
    match claims {
        Claims::Flat(claims) => {
            view.issuer = claims["iss"].as_str().map(str::to_owned);
            view.order = claims["workflow_id"].as_str().and_then(|id| id.parse().ok());
            let count = |name: &str| claims[name].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
            (view.documents, view.signatures) = (count("documents_signed_number"), count("signatures_number"));
            (view, None)
        }
        Claims::Structured(token) => {
            view.issuer = Some(token.iss.clone());
            view.order = Some(token.sub);
            view.claim_filter = Some(token.claim_filter.clone());
            view.documents = token.documents.len();
            view.signatures = token.signatures.len();
            view.own_signatures = token.signatures.iter().filter(|signature| signature.jws.is_some()).count();
            (view, Some(*token))
        }
    }
}

type Chain = (Certificate, Vec<Certificate>);

/// The key by which to judge a token: from the key set, where there is one; otherwise from its certificate, whose trust is judged apart.
fn key(token: &Unverified, keys: Option<&Value>, anchors: &[Certificate]) -> Result<(Option<PublicKey>, Option<Chain>), String> {
    if let Some(keys) = keys {
        let key = token.find_key(keys).ok_or("the key set has no key of its kid")?;
        return Ok((Some(key), None));
    }
    if token.chain.is_empty() || anchors.is_empty() {
        return Ok((None, None));
    }
    let chain: Result<Vec<_>, _> = token.chain.iter().map(|der| Certificate::from_der(der)).collect();
    let mut chain = chain.map_err(|error| format!("its certificate cannot be read: {error}"))?.into_iter();
    let leaf = chain.next().ok_or("it has no certificate")?;
    let key = PublicKey::from_p256_info(&leaf.public_key_info()).map_err(|error| error.to_string())?;
    Ok((Some(key), Some((leaf, chain.collect()))))
}

/// Judges the tokens that are attached to a document.
pub(crate) fn attached(file: &File, limits: &Limits, stories: &[Story], keys: Option<&Value>, anchors: &[Certificate]) -> Vec<TokenView> {
    // Attachments that cannot be read were told of with the evidence.
    let attached = embedded_files(file, NAME, limits).unwrap_or_default();
    let judged = attached.iter().filter_map(|bytes| std::str::from_utf8(bytes).ok()).map(|text| {
        let (mut view, token) = judge("attached", text, keys, anchors);
        if let Some(token) = token {
            compare(&mut view, &token, stories);
        }
        view
    });
    judged.collect()
}

/// Judges a token that came beside a document: it must tell of this very file.
pub(crate) fn beside(
    path: &Path,
    file: &File,
    stories: &[Story],
    keys: Option<&Value>,
    anchors: &[Certificate],
) -> Result<TokenView, Error> {
    let (mut view, token) = judge("beside the document", &files::read_text(path)?, keys, anchors);
    if let Some(token) = token {
        compare(&mut view, &token, stories);
        let digest = digest(file).map_err(|_| Error::Usage("the document cannot be read".to_owned()))?;
        let sealed: Vec<_> = token.documents.iter().filter_map(|document| document.sealed.as_ref()).collect();
        if !sealed.iter().any(|sealed| sealed.sha256 == digest) {
            contradict(&mut view, "it does not name this file among the sealed documents");
        }
    }
    Ok(view)
}

/// Token and evidence must tell the same: order, documents, who signed when over what, and the audit trail.
fn compare(view: &mut TokenView, token: &WorkflowToken, stories: &[Story]) {
    let Some(story) = stories.iter().find(|story| story.order == token.sub) else {
        contradict(view, "the document has no evidence of the order that it is about");
        return;
    };
    let documents: Vec<_> = token.documents.iter().map(|document| (document.sha256, document.size)).collect();
    if documents != story.documents {
        contradict(view, "it names other documents than the evidence");
    }
    let mut signed: Vec<_> =
        token.signatures.iter().map(|one| (one.signer, one.at, one.digests.clone(), one.jws.as_ref().map(|jws| jws.digest()))).collect();
    let mut by_events = story.signed.clone();
    signed.sort_by_key(|one| one.0);
    by_events.sort_by_key(|one| one.0);
    if signed != by_events {
        contradict(view, "it tells of other signatures than the evidence");
    }
    // A token that was made later knows of later events.
    let trail = &token.audit_trail;
    let same = (trail.events == story.events && trail.head == story.head) || trail.events > story.events;
    if !same {
        contradict(view, "it names another audit trail than the evidence");
    }
}

fn contradict(view: &mut TokenView, problem: &str) {
    view.good = Some(false);
    view.problem.get_or_insert_with(|| problem.to_owned());
}

fn digest(file: &File) -> std::io::Result<Sha256> {
    let mut hasher = PrefixHasher::new();
    let mut piece = vec![0; PIECE];
    let mut at = 0;
    loop {
        match file.read_at(at, &mut piece) {
            Ok(0) => return Ok(Sha256(hasher.finish().sha256)),
            Ok(count) => {
                hasher.update(&piece[..count]);
                at += count as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl fmt::Display for TokenView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Workflow token, {}", self.place)?;
        if let Some(order) = self.order {
            write!(f, ", of the order {order}")?;
        }
        match (self.good, &self.problem) {
            (Some(true), _) => {
                let by = if self.judged_by == Some("certificate") { "its certificate" } else { "the key set" };
                write!(f, "\n  holds: signed by the key of {by}")?;
            }
            (None, problem) => write!(f, "\n  not judged: {}", Plain(problem.as_deref().unwrap_or_default()))?,
            (Some(false), problem) => write!(f, "\n  DOES NOT HOLD: {}", Plain(problem.as_deref().unwrap_or_default()))?,
        }
        if let Some(issuer) = &self.issuer {
            write!(f, "\n  issuer     {}", Plain(issuer))?;
            write!(f, "\n  tells of   {} documents, {} signatures", self.documents, self.signatures)?;
        }
        if self.own_signatures > 0 {
            write!(f, ", {} of them made with the signer's own key", self.own_signatures)?;
        }
        Ok(())
    }
}
