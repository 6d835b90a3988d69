//! The evidence that the service puts into the documents that it seals: who signed what and when, as a chain of events. It is checked
//! here without the service.

use std::fmt;
use std::fs::File;
use std::io;

use segl_core::event::{ChainHead, Event, What, verify_chain};
use segl_core::id::{OrderId, OrganizationId, Sha256};
use segl_core::order::MAX_DOCUMENTS;
use segl_sealing::{Limits, PrefixHasher, ReadAt as _, Refusal, embedded_files};
use serde::{Deserialize, Serialize};

use crate::checkpoint::Trail;
use crate::output::Plain;

/// The name of the attached file.
const NAME: &str = "evidence.json";
/// The format that is understood here.
const FORMAT: u32 = 1;
/// How much is hashed at a time.
const PIECE: usize = 256 * 1024;

#[derive(Deserialize)]
struct Evidence {
    order: OrderId,
    organization: OrganizationId,
    documents: Vec<Document>,
    audit_trail: AuditTrail,
}

#[derive(Deserialize)]
struct Document {
    title: String,
    sha256: Sha256,
    size: u64,
}

#[derive(Deserialize)]
struct AuditTrail {
    head: Sha256,
    events: Vec<Event>,
}

/// What was found out about one attached evidence.
#[derive(Debug, Serialize)]
pub(crate) struct EvidenceView {
    /// It holds: the chain is whole, and the original of this file is one of the documents that were signed.
    pub(crate) good: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<String>,
    /// How many events there are.
    events: usize,
    /// The hash of the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Sha256>,
    /// Which of the order's documents this file was made from.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentView>,
    /// Who signed, by the events.
    signatures: Vec<SignatureView>,
    /// Why it does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

#[derive(Debug, Serialize)]
struct DocumentView {
    title: String,
    sha256: Sha256,
    size: u64,
}

#[derive(Debug, Serialize)]
struct SignatureView {
    signer: u16,
    at: jiff::Timestamp,
    method: segl_core::signer::Method,
}

/// Why the attachments say nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoAnswer {
    /// The attachments cannot be read.
    #[error("the attached files cannot be read: {0}")]
    Refused(#[from] Refusal),
    /// The document cannot be read.
    #[error("the document cannot be read")]
    Unreadable(#[from] io::Error),
}

/// What an evidence tells, for comparison with what a workflow token tells.
pub(crate) struct Story {
    pub(crate) order: OrderId,
    /// Digest and size of each document.
    pub(crate) documents: Vec<(Sha256, u64)>,
    pub(crate) events: u64,
    pub(crate) head: Sha256,
    trail: Vec<Event>,
    /// Signer, time, digests, and the digest of the signer's own signature.
    pub(crate) signed: Vec<(u16, jiff::Timestamp, Vec<Sha256>, Option<Sha256>)>,
}

impl Story {
    /// The trail of which it tells.
    pub(crate) fn into_trail(self) -> Trail {
        Trail { order: self.order, events: self.trail }
    }
}

/// Checks each evidence of ours that is attached to a document. A file of another maker with the same name is passed over.
pub(crate) fn check(file: &File, limits: &Limits) -> Result<Vec<(EvidenceView, Option<Story>)>, NoAnswer> {
    let attached = embedded_files(file, NAME, limits)?;
    let judged = attached.iter().filter_map(|bytes| read(bytes)).map(|read| {
        let told = read.as_ref().ok().map(Evidence::story);
        Ok((judge(read, file)?, told))
    });
    judged.collect()
}

impl Evidence {
    fn story(&self) -> Story {
        let signed = self.audit_trail.events.iter().filter_map(|event| match &event.what {
            What::Signed { signer, digests, jws, .. } => Some((signer.0, event.at, digests.clone(), *jws)),
            _ => None,
        });
        Story {
            order: self.order,
            documents: self.documents.iter().map(|document| (document.sha256, document.size)).collect(),
            events: self.audit_trail.events.len() as u64,
            head: self.audit_trail.head,
            trail: self.audit_trail.events.clone(),
            signed: signed.collect(),
        }
    }
}

/// `None` when it is nothing of ours.
fn read(bytes: &[u8]) -> Option<Result<Evidence, String>> {
    let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    value.get("audit_trail")?;
    match value.get("format").and_then(serde_json::Value::as_u64) {
        Some(format) if format == u64::from(FORMAT) => Some(serde_json::from_value(value).map_err(|error| error.to_string())),
        _ => Some(Err("its format is not known to this program".to_owned())),
    }
}

fn judge(read: Result<Evidence, String>, file: &File) -> io::Result<EvidenceView> {
    let evidence = match read {
        Ok(evidence) => evidence,
        Err(problem) => {
            let problem = Some(format!("it cannot be read: {problem}"));
            return Ok(EvidenceView {
                good: false,
                order: None,
                organization: None,
                events: 0,
                head: None,
                document: None,
                signatures: Vec::new(),
                problem,
            });
        }
    };
    let Evidence { order, organization, documents, audit_trail: AuditTrail { head, events } } = evidence;
    let (problem, document) = match story(order, &documents, head, &events) {
        Err(problem) => (Some(problem), None),
        Ok(()) => match original(file, documents)? {
            None => (Some("this file is not made from any of the documents that were signed".to_owned()), None),
            document => (None, document),
        },
    };
    let signatures = events.iter().filter_map(|event| match &event.what {
        What::Signed { signer, method, .. } => Some(SignatureView { signer: signer.0, at: event.at, method: method.clone() }),
        _ => None,
    });
    Ok(EvidenceView {
        good: problem.is_none(),
        order: Some(order),
        organization: Some(organization.to_string()),
        events: events.len(),
        head: Some(head),
        document: document.map(|Document { title, sha256, size }| DocumentView { title, sha256, size }),
        signatures: signatures.collect(),
        problem,
    })
}

/// Whether the chain is whole, and tells of the same documents as the list, and of signatures over them all.
fn story(order: OrderId, documents: &[Document], head: Sha256, events: &[Event]) -> Result<(), String> {
    verify_chain(order, events, &ChainHead { seq: events.len() as u64, hash: head }).map_err(|broken| broken.to_string())?;
    if documents.is_empty() || documents.len() > MAX_DOCUMENTS {
        return Err("it lists an impossible number of documents".to_owned());
    }
    let listed: Vec<Sha256> = documents.iter().map(|document| document.sha256).collect();
    let ready = events.iter().filter_map(|event| match &event.what {
        What::DocumentReady { document, sha256, size, .. } => Some((*document, *sha256, *size)),
        _ => None,
    });
    let mut ready: Vec<_> = ready.collect();
    ready.sort_by_key(|(index, ..)| *index);
    let told = ready.iter().map(|(_, sha256, size)| (*sha256, *size));
    if !told.eq(documents.iter().map(|document| (document.sha256, document.size))) {
        return Err("its list of documents is not the one that the events tell of".to_owned());
    }
    let mut signed = events.iter().filter_map(|event| match &event.what {
        What::Signed { digests, .. } => Some(digests),
        _ => None,
    });
    let is_complete = events.iter().any(|event| matches!(event.what, What::EveryoneSigned {}));
    if !is_complete || !signed.all(|digests| *digests == listed) {
        return Err("the events do not tell that these documents were signed".to_owned());
    }
    Ok(())
}

/// The document whose bytes this file begins with. The file is read once, however many documents there are.
fn original(file: &File, mut documents: Vec<Document>) -> io::Result<Option<Document>> {
    documents.sort_by_key(|document| document.size);
    let mut hasher = PrefixHasher::new();
    let mut piece = vec![0; PIECE];
    let (mut at, len) = (0, file.len());
    for document in documents {
        if document.size > len {
            break;
        }
        while at < document.size {
            let wanted = usize::try_from(document.size - at).map_or(PIECE, |left| left.min(PIECE));
            match file.read_at(at, &mut piece[..wanted]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    hasher.update(&piece[..count]);
                    at += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        if hasher.clone().finish().sha256 == document.sha256.0 {
            return Ok(Some(document));
        }
    }
    Ok(None)
}

/// What stands above all that was found out: whose order this is about, as far as that is known.
pub(crate) fn write_heading(f: &mut fmt::Formatter<'_>, what: &str, order: Option<OrderId>, organization: Option<&str>) -> fmt::Result {
    write!(f, "{what} of the signing order")?;
    if let Some(order) = order {
        write!(f, " {order}")?;
    }
    if let Some(organization) = organization {
        write!(f, " of {organization}")?;
    }
    Ok(())
}

impl fmt::Display for EvidenceView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_heading(f, "Evidence", self.order, self.organization.as_deref())?;
        match &self.problem {
            Some(problem) => write!(f, "\n  DOES NOT HOLD: {}", Plain(problem))?,
            None => write!(f, "\n  holds: {} events in an unbroken chain", self.events)?,
        }
        if let Some(DocumentView { title, sha256, size }) = &self.document {
            write!(f, "\n  document   {}, {size} bytes, SHA-256 {sha256}", Plain(title))?;
        }
        for SignatureView { signer, at, method } in &self.signatures {
            let method = match method {
                segl_core::signer::Method::Link => "by personal link".to_owned(),
                segl_core::signer::Method::EmailCode => "by personal link and a code by e-mail".to_owned(),
                segl_core::signer::Method::SmsCode => "by personal link and a code by text message".to_owned(),
                segl_core::signer::Method::Sender => "logged in at the sender".to_owned(),
                segl_core::signer::Method::Eid { name, level, .. } => {
                    let level = level.map(|level| format!(", level of assurance {}", level.as_str())).unwrap_or_default();
                    format!("logged in with {}{level}", Plain(name))
                }
                segl_core::signer::Method::Client { client, name } => format!("as a system, {} (client {client})", Plain(name)),
            };
            write!(f, "\n  signed     {at} by signer {signer}, {method}")?;
        }
        Ok(())
    }
}
