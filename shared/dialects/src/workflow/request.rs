//! `POST /workflows/{cvr}`: from JSON to a new order.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use segl_core::assurance::Assurance;
use segl_core::ceremony::Ceremony;
use segl_core::document::Announced;
use segl_core::id::Sha256;
use segl_core::new_order::{NewDocument, NewOrder};
use segl_core::order::{Dialect, LinkTarget, MAX_DOCUMENTS, Options, Roster};
use segl_core::text::{Description, Title};
use serde::Deserialize;

use crate::content;
use crate::json::Object;
use crate::native::request::parse::{decode, groups, in_the_future};
use crate::native::request::wire::GroupRequest;
use crate::native::request::{DEFAULT_DAYS, MAX_DAYS};
use crate::problem::{FieldError, FieldErrors, Kind, Problem};
use crate::workflow::signature::{ClaimsRequest, read_claims};

/// A workflow to be created.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "NewWorkflow")]
pub struct WorkflowRequest {
    /// What is to be signed.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// A message to the signers.
    #[schemars(length(max = 4000))]
    pub description: Option<String>,
    /// PDF documents.
    #[schemars(length(max = 20))]
    pub(crate) pdf_list: Option<Vec<Object<PdfRequest>>>,
    /// Documents of any kind; they follow those of `pdfList`.
    #[schemars(length(max = 20))]
    pub(crate) documents: Option<Vec<Object<DocumentRequest>>>,
    /// Until when it can be signed, with a zone (RFC 3339). 30 days from now where not given.
    #[schemars(extend("format" = "date-time"))]
    pub expires_at: Option<String>,
    /// Whether a person's link leads to the list of all that there is to sign.
    pub show_start_overview_page: Option<bool>,
    /// How many days after the end documents and personal data are kept.
    #[schemars(range(min = 1, max = 36500))]
    pub retention_days: Option<u32>,
    /// Your own system signs with the creation. Needs the privilege orgsignature:sign as well.
    pub(crate) system_signature: Option<Object<ClaimsRequest>>,
    /// All signers, where they are known beforehand: groups sign one after the other, and may need some of their members only. Nobody
    /// can be added then.
    #[schemars(length(min = 1, max = 50))]
    pub(crate) groups: Option<Vec<Object<GroupRequest>>>,
}

/// A PDF document.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "NewPdf")]
pub struct PdfRequest {
    /// What signers see it called. Several documents may have the same title.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// The PDF, in base64 (RFC 4648, 4).
    #[schemars(extend("contentEncoding" = "base64", "contentMediaType" = "application/pdf"))]
    pub pdf_base64: String,
}

/// A document of some kind.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "NewSignText")]
pub struct DocumentRequest {
    /// What signers see it called.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// What it is. Text and HTML are made into a PDF, which is then what is signed.
    pub sign_text_type: SignTextType,
    /// The document, in base64 (RFC 4648, 4). Text and HTML are UTF-8.
    #[schemars(extend("contentEncoding" = "base64"))]
    pub sign_text_base64: String,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignTextType {
    /// Plain text.
    Text,
    /// A safe part of HTML: headings, paragraphs, lists, tables, emphasis; links as text.
    Html,
    /// A PDF.
    Pdf,
}

/// A document's content as it came.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A PDF.
    Pdf(Vec<u8>),
    /// Plain text, still to be made into a PDF.
    Text(String),
    /// HTML, still to be made into a PDF.
    Html(String),
}

/// A request for a workflow, understood.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The order. Its documents are announced once their PDFs are there; see [`Parsed::contents`].
    pub order: NewOrder,
    /// The content of each document, with its place in the request.
    pub contents: Vec<(String, Content)>,
    /// What the creator's own system claims, where it signs with the creation.
    pub system_signature: Option<BTreeMap<String, String>>,
}

/// Reads the body. `max_inline` is the most bytes that all documents may have together.
///
/// # Errors
/// As [`crate::native::request::parse()`].
pub fn parse(body: &[u8], now: Timestamp, max_inline: usize, eid: Option<Assurance>) -> Result<Parsed, Problem> {
    let request: WorkflowRequest = crate::json::read(body)?;
    let mut errors = FieldErrors::default();
    let title = errors.take("/title", Title::parse(&request.title));
    let description = errors.take("/description", Description::parse(request.description.as_deref().unwrap_or("")));
    let deadline = errors.take("/expiresAt", expiry(request.expires_at.as_deref(), now));
    let retention = match request.retention_days.map(i64::from) {
        Some(days) if (1..=MAX_DAYS).contains(&days) => Some(SignedDuration::from_hours(24 * days)),
        Some(_) => {
            errors.push(FieldError::pointer("/retentionDays", format!("must be 1 to {MAX_DAYS} days")));
            None
        }
        None => None,
    };
    let (documents, contents) = documents(request.pdf_list, request.documents, max_inline, &mut errors)?;
    let system_signature = request.system_signature.map(|Object(claims)| read_claims(claims, "/systemSignature", &mut errors));
    let roster = if request.groups.is_some() { Roster::Closed } else { Roster::Open };
    let groups = match request.groups {
        Some(all) => groups(None, Some(all), eid, &mut errors),
        None => Vec::new(),
    };
    let link = if request.show_start_overview_page.unwrap_or(false) { LinkTarget::List } else { LinkTarget::Order };
    match (title, description, deadline) {
        (Some(title), Some(description), Some(deadline)) if errors.is_empty() => Ok(Parsed {
            order: NewOrder {
                dialect: Dialect::Workflow,
                title,
                description,
                creator: None,
                clerk: None,
                deadline,
                retention,
                options: Options { link, ..Options::default() },
                ceremony: Ceremony::default(),
                tags: serde_json::Value::Null,
                documents,
                groups,
                roster,
                ahead: None,
                warnings: Vec::new(),
            },
            contents,
            system_signature,
        }),
        _ => Err(Problem::invalid(errors.into_vec())),
    }
}

fn expiry(raw: Option<&str>, now: Timestamp) -> Result<Timestamp, String> {
    match raw {
        Some(raw) => {
            let at = raw.parse().map_err(|_| "must be a time with a zone such as 2030-06-30T12:00:00Z (RFC 3339)")?;
            in_the_future(at, now)
        }
        None => now.checked_add(SignedDuration::from_hours(24 * DEFAULT_DAYS)).map_err(|error| error.to_string()),
    }
}

type Documents = (Vec<NewDocument>, Vec<(String, Content)>);

/// The documents with their contents. Stops at once where they are too large together: decoding on would only use memory.
fn documents(
    pdfs: Option<Vec<Object<PdfRequest>>>,
    others: Option<Vec<Object<DocumentRequest>>>,
    max_inline: usize,
    errors: &mut FieldErrors,
) -> Result<Documents, Problem> {
    let pdfs = pdfs.unwrap_or_default().into_iter().enumerate().map(|(number, Object(PdfRequest { title, pdf_base64 }))| {
        (format!("/pdfList/{number}"), "pdfBase64", title, SignTextType::Pdf, pdf_base64)
    });
    let others = others.unwrap_or_default().into_iter().enumerate().map(|(number, Object(one))| {
        (format!("/documents/{number}"), "signTextBase64", one.title, one.sign_text_type, one.sign_text_base64)
    });
    let all: Vec<_> = pdfs.chain(others).collect();
    if !(1..=MAX_DOCUMENTS).contains(&all.len()) {
        errors.push(FieldError::pointer("/pdfList", format!("must be 1 to {MAX_DOCUMENTS} documents, together with documents")));
    }
    let mut room = max_inline;
    let (mut documents, mut contents) = (Vec::new(), Vec::new());
    for (place, member, title, kind, raw) in all {
        let title = errors.take(format!("{place}/title"), Title::parse(&title));
        let place = format!("{place}/{member}");
        // Padding is at most two characters, so that this refuses nothing that would fit.
        if raw.len() / 4 * 3 > room + 2 {
            return Err(too_large(max_inline));
        }
        let content = errors.take(&place, read_content(kind, &raw));
        if let (Some(title), Some(content)) = (title, content) {
            let size = match &content {
                Content::Pdf(bytes) => bytes.len(),
                Content::Text(text) | Content::Html(text) => text.len(),
            };
            room = room.checked_sub(size).ok_or_else(|| too_large(max_inline))?;
            let announced = match &content {
                Content::Pdf(bytes) => Announced { sha256: Some(Sha256::of(bytes)), size: Some(bytes.len() as u64) },
                Content::Text(_) | Content::Html(_) => Announced::default(),
            };
            documents.push(NewDocument { title, file_name: None, announced });
            contents.push((place, content));
        }
    }
    Ok((documents, contents))
}

fn read_content(kind: SignTextType, raw: &str) -> Result<Content, String> {
    if kind == SignTextType::Pdf {
        return decode(raw).map(Content::Pdf);
    }
    let bytes = STANDARD.decode(raw).map_err(|error| format!("must be base64 (RFC 4648, 4): {error}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "must be UTF-8".to_owned())?;
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(if kind == SignTextType::Text { Content::Text(text) } else { Content::Html(text) })
}

fn too_large(max_inline: usize) -> Problem {
    let detail = format!("the documents in a request may have {max_inline} bytes together; {}", content::UPLOAD_INSTEAD);
    Problem::new(Kind::BodyTooLarge, detail)
}
