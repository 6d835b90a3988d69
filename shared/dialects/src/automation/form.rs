//! `POST /orders`: from a form to a request, in which persons of the directory are still to be looked up.

#[cfg(test)]
mod tests;

use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use segl_core::id::Sha256;
use segl_core::order::{LinkTarget, MAX_SIGNERS, Options};
use segl_core::text::{Description, FileName, Title};
use serde::Deserialize;
use serde_json::Value;

use crate::automation::person::{self, PersonRequest};
use crate::automation::{due_date, quoting};
use crate::multipart::{self, Part};
use crate::native::request::parse::in_the_future;
use crate::problem::{FieldError, FieldErrors, Kind, Problem};
use crate::{content, json};

/// The fields of the form. No other is known.
pub const FIELDS: [&str; 9] = ["title", "description", "dueDate", "upload", "solicitor", "signers", "tags", "linkType", "option"];

/// A request for an order, understood, and still to be resolved ([`crate::automation::resolve`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What is to be signed.
    pub title: Title,
    /// A message to the signers.
    pub description: Description,
    /// Until when it can be signed.
    pub deadline: Timestamp,
    /// The document.
    pub upload: Upload,
    /// The creator.
    pub solicitor: Option<PersonRequest>,
    /// The signers.
    pub signers: Vec<PersonRequest>,
    /// Labels of the caller's own.
    pub tags: Value,
    /// What else is wanted.
    pub options: Options,
    /// What could not be used and was left out. Without personal data: this ends up in the audit trail.
    pub warnings: Vec<String>,
    /// SHA-256 over what the form says, however it is written down ([`multipart::fingerprint`]).
    pub fingerprint: Sha256,
}

/// An uploaded file.
#[derive(Debug, Clone, PartialEq)]
pub struct Upload {
    /// Its name, where usable.
    pub file_name: Option<FileName>,
    /// What it holds.
    pub content: Bytes,
}

/// One `option`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OptionObject {
    name: String,
    value: Value,
}

/// Reads the form. `zone` is the one in which `dueDate` is meant; `max_upload` the most bytes that the file may have, usually
/// [`content::MAX_INLINE`].
///
/// `title`, `dueDate`, `upload` and at least one of `signers` must be there; the other fields may be left out. Each field but
/// `signers` and `option` may be given once.
///
/// # Errors
/// [`Kind::UnsupportedMediaType`] where the body is no form or the upload no PDF by its own media type; [`Kind::MalformedForm`];
/// [`Kind::BodyTooLarge`]; [`Kind::InvalidRequest`] with the name of each wrong field.
pub fn parse(content_type: Option<&str>, body: Bytes, now: Timestamp, zone: &TimeZone, max_upload: usize) -> Result<Request, Problem> {
    let parts = multipart::parts(content_type, body)?;
    let fingerprint = multipart::fingerprint(&parts);
    let mut fields = Fields::sort(parts);
    let upload = match fields.upload.take() {
        Some(part) => Some(upload(part, max_upload, &mut fields.errors)?),
        None => {
            fields.errors.push(FieldError::field("upload", "is missing: the PDF to be signed"));
            None
        }
    };
    let title = fields.title.take();
    let title = title.as_deref().map_or(Err("is missing".to_owned()), |raw| Title::parse(raw).map_err(|error| error.to_string()));
    let title = fields.errors.take_field("title", title);
    let description = Description::parse(fields.description.take().as_deref().unwrap_or(""));
    let description = fields.errors.take_field("description", description);
    let deadline = match fields.due_date.take() {
        Some(raw) => due_date::parse(raw.trim(), zone).map_err(|error| error.to_string()).and_then(|deadline| in_the_future(deadline, now)),
        None => Err("is missing".to_owned()),
    };
    let deadline = fields.errors.take_field("dueDate", deadline);
    let mut warnings = Vec::new();
    let solicitor = fields.solicitor.take();
    let solicitor = solicitor.map(|raw| person::parse(&raw, "solicitor", &mut warnings));
    let solicitor = solicitor.and_then(|person| fields.errors.take_field("solicitor", person));
    let signers = fields.signers(&mut warnings);
    let tags = fields.tags.take().map_or(Ok(Value::Null), |raw| tags(&raw));
    let tags = fields.errors.take_field("tags", tags);
    let options = fields.options();
    match (title, description, deadline, upload, tags) {
        (Some(title), Some(description), Some(deadline), Some(upload), Some(tags)) if fields.errors.is_empty() => {
            Ok(Request { title, description, deadline, upload, solicitor, signers, tags, options, warnings, fingerprint })
        }
        _ => Err(Problem::invalid(fields.errors.into_vec())),
    }
}

/// The fields as they came, unwrapped.
#[derive(Default)]
struct Fields {
    title: Option<String>,
    description: Option<String>,
    due_date: Option<String>,
    upload: Option<Part>,
    solicitor: Option<String>,
    signers: Vec<String>,
    tags: Option<String>,
    link_type: Option<String>,
    option: Vec<String>,
    errors: FieldErrors,
}

impl Fields {
    fn sort(parts: Vec<Part>) -> Self {
        let mut fields = Self::default();
        for part in parts {
            if part.name == "upload" {
                if fields.upload.is_some() {
                    fields.errors.push(FieldError::field("upload", "is there twice: an order has one document"));
                }
                fields.upload = Some(part);
                continue;
            }
            let Ok(text) = std::str::from_utf8(&part.content) else {
                fields.errors.push(FieldError::field(part.name, "is not UTF-8"));
                continue;
            };
            let text = quoting::unwrap(text).into_owned();
            let once = match part.name.as_str() {
                "signers" => {
                    fields.signers.push(text);
                    continue;
                }
                "option" => {
                    fields.option.push(text);
                    continue;
                }
                "title" => &mut fields.title,
                "description" => &mut fields.description,
                "dueDate" => &mut fields.due_date,
                "solicitor" => &mut fields.solicitor,
                "tags" => &mut fields.tags,
                "linkType" => &mut fields.link_type,
                _ => {
                    fields.errors.push(FieldError::field(part.name, format!("is not known; known are {}", FIELDS.join(", "))));
                    continue;
                }
            };
            if once.replace(text).is_some() {
                fields.errors.push(FieldError::field(part.name, "is there twice"));
            }
        }
        fields
    }

    fn signers(&mut self, warnings: &mut Vec<String>) -> Vec<PersonRequest> {
        let raw = std::mem::take(&mut self.signers);
        if !(1..=MAX_SIGNERS).contains(&raw.len()) {
            self.errors.push(FieldError::field("signers", format!("must be there 1 to {MAX_SIGNERS} times, once for each signer")));
            return Vec::new();
        }
        let persons = raw.iter().enumerate().filter_map(|(number, raw)| {
            let place = format!("signers[{number}]");
            let person = person::parse(raw, &place, warnings);
            self.errors.take_field(place, person)
        });
        persons.collect()
    }

    fn options(&mut self) -> Options {
        let mut options = Options::default();
        if let Some(raw) = self.link_type.take() {
            let link = match raw.trim() {
                "0" => Ok(LinkTarget::List),
                "1" => Ok(LinkTarget::Order),
                _ => Err("must be 0 (a link to the list of orders) or 1 (a link to the order)"),
            };
            options.link = self.errors.take_field("linkType", link).unwrap_or_default();
        }
        let mut seen = false;
        for raw in std::mem::take(&mut self.option) {
            match json::read_text::<OptionObject>(&raw) {
                Ok(OptionObject { name, .. }) if name != "notifyAllSigners" => {
                    self.errors.push(FieldError::field("option", "has an unknown name; known is notifyAllSigners"));
                }
                Ok(_) if seen => self.errors.push(FieldError::field("option", "names notifyAllSigners twice")),
                Ok(OptionObject { value: Value::Bool(value), .. }) => {
                    options.tell_signers = value;
                    seen = true;
                }
                Ok(_) => self.errors.push(FieldError::field("option", "notifyAllSigners must have the value true or false")),
                Err(error) => self.errors.push(FieldError::field("option", error)),
            }
        }
        options
    }
}

fn upload(part: Part, max_upload: usize, errors: &mut FieldErrors) -> Result<Upload, Problem> {
    if part.content.len() > max_upload {
        let detail = format!("the file may have at most {max_upload} bytes; {}", content::UPLOAD_INSTEAD);
        return Err(Problem { errors: vec![FieldError::field("upload", &detail)], ..Problem::new(Kind::BodyTooLarge, detail) });
    }
    // What curl and browsers say of a PDF whose name they do not know is octet-stream.
    if let Some(content_type) = part.content_type.as_deref().map(json::essence)
        && !["application/pdf", "application/x-pdf", "application/octet-stream"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(content_type))
    {
        let detail = "the Content-Type of the file must be application/pdf".to_owned();
        return Err(Problem { errors: vec![FieldError::field("upload", &detail)], ..Problem::new(Kind::UnsupportedMediaType, detail) });
    }
    errors.take_field("upload", content::check(&part.content));
    Ok(Upload { file_name: part.file_name.as_deref().and_then(file_name), content: part.content })
}

/// The last segment of a file's name, which some clients send with its path or in quotes. A name that cannot be used is no reason to
/// refuse the file.
fn file_name(raw: &str) -> Option<FileName> {
    let name = quoting::unwrap(raw);
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    FileName::parse(last).ok()
}

/// Tags are the caller's own: any object or array.
fn tags(raw: &str) -> Result<Value, String> {
    match serde_json::from_str(raw) {
        Ok(tags @ (Value::Object(_) | Value::Array(_))) => Ok(tags),
        Ok(_) => Err("must be a JSON object".to_owned()),
        Err(error) => Err(format!("is not JSON: {error}")),
    }
}
