//! Creating an order online. The form is put into a request of the native API and read by its rules: there are no others.

use std::collections::BTreeMap;

use jiff::civil::Date;
use lambda_http::http::{StatusCode, header};
use segl_core::document::DocumentState;
use segl_core::id::{DocumentIndex, OrderId, Sha256};
use segl_core::order::Order;
use segl_core::ports::SigningKey;
use segl_core::storage_key::StorageKey;
use segl_core::use_case::create;
use segl_core::use_case::once::IdempotencyKey;
use segl_dialects::content::MAX_INLINE;
use segl_dialects::multipart::{Part, fingerprint, parts};
use segl_dialects::native;
use segl_dialects::problem::Problem;
use segl_lambda::call::{Call, MAX_REQUEST};
use segl_lambda::file;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};
use segl_openid::exchange::Exchange;
use segl_pages::look::Surroundings;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::notice::Notice;
use crate::wrong::{Wrong, wrong};
use crate::{Desk, Visit, page};

/// How many signers the form has room for.
pub const ROWS: usize = 8;

/// What stands in the form.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub title: String,
    pub message: String,
    pub deadline: String,
    pub tell_signers: bool,
    pub signers: Vec<Row>,
    /// By which a form that is sent twice makes one order.
    pub once: String,
    files: Vec<Sent>,
    mark: String,
}

/// A signer in the form.
#[derive(Debug, Clone, Default)]
pub struct Row {
    pub name: String,
    pub email: String,
    pub mobile: String,
    pub method: String,
    /// The national identity number.
    pub number: String,
    pub turn: String,
}

/// A file in the form.
#[derive(Debug, Clone)]
struct Sent {
    name: String,
    size: u64,
    /// None where the script will send it.
    content: Option<Vec<u8>>,
}

/// The empty form.
pub async fn show<P: Storage, E: Exchange, K: SigningKey>(service: &Service<P>, desk: &Desk<E, K>, visit: &Visit) -> Result<Reply, Notice> {
    form(service, desk, visit, &Draft::default(), &[]).await
}

/// Takes the form.
pub async fn create<P: Storage, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<E, K>,
    call: &Call,
    visit: &Visit,
) -> Result<Reply, Notice> {
    if call.travelled > MAX_REQUEST {
        return Err(Notice::Malformed);
    }
    let sent = parts(call.header(header::CONTENT_TYPE), call.body.clone().into()).map_err(|_| Notice::Malformed)?;
    let draft = Draft::read(&sent).ok_or(Notice::Malformed)?;
    visit.check(service, &draft.mark)?;
    let by_script = call.header(header::ACCEPT) == Some("application/json");
    match store(service, visit, &draft, fingerprint(&sent)).await {
        Ok(order) => created(service, desk, &order, by_script).await,
        Err(problem) if problem.status() >= 500 => Err(Notice::from(&problem)),
        Err(problem) => {
            let problems = wrong(&problem, Some(&draft), visit.language);
            if by_script {
                let lines: Vec<_> = problems.iter().map(|Wrong { place, detail }| json!({"place": place, "detail": detail})).collect();
                let reply = Reply::json(StatusCode::UNPROCESSABLE_ENTITY, &json!({"problems": lines}));
                return Ok(desk.look.guard(reply, Surroundings::default()));
            }
            form(service, desk, visit, &draft, &problems).await
        }
    }
}

async fn store<P: Storage>(service: &Service<P>, visit: &Visit, draft: &Draft, fingerprint: Sha256) -> Result<Order, Problem> {
    let now = service.ports.now();
    let request = draft.request(&service.settings.zone);
    let mut parsed = native::request::parse(request.to_string().as_bytes(), now, MAX_INLINE, service.settings.offer())?;
    for (document, file) in parsed.order.documents.iter_mut().zip(&draft.files) {
        // Nothing else can take a file's place on the way to storage.
        document.announced.sha256 = file.content.as_deref().map(Sha256::of);
    }
    parsed.contents = draft.files.iter().map(|file| file.content.clone()).collect();
    parsed.order.clerk = Some(visit.session.clerk.clone());
    parsed.order.retention = parsed.order.retention.or(service.settings.retention);
    // No API client can send this key, for the blank in it.
    let key = (draft.once.len() == 22).then(|| format!("page {}", draft.once));
    let once = key.map(|key| IdempotencyKey { client: visit.client.id.clone(), key, fingerprint });
    create::create(&service.ports, &visit.client, parsed.order, parsed.contents, once).await.map_err(|error| told(&error))
}

/// On to the order; the script learns where to send the files first.
async fn created<P: Storage, E, K>(service: &Service<P>, desk: &Desk<E, K>, order: &Order, by_script: bool) -> Result<Reply, Notice> {
    let address = format!("/sender/orders/{}", order.id);
    if !by_script {
        return Ok(desk.look.guard(Reply::see_other(&address), Surroundings::default()));
    }
    let mut uploads = Vec::new();
    for (index, document) in order.documents() {
        if document.state == DocumentState::Awaited {
            uploads.push(file::upload(&service.ports, &StorageKey::Original(order.id, index)).await?.url);
        }
    }
    Ok(desk.look.guard(Reply::json(StatusCode::CREATED, &json!({"order": address, "uploads": uploads})), Surroundings::default()))
}

async fn form<P: Storage, E, K>(
    service: &Service<P>,
    desk: &Desk<E, K>,
    visit: &Visit,
    draft: &Draft,
    problems: &[Wrong],
) -> Result<Reply, Notice> {
    use base64::Engine as _;
    let ports = &service.ports;
    // Where files of an order would go: no order has this id.
    let somewhere = StorageKey::Original(OrderId::new(ports.now(), ports.array()), DocumentIndex(0));
    let upload = file::upload(ports, &somewhere).await?.url;
    let storage: String = upload.split('/').take(3).collect::<Vec<_>>().join("/");
    let once = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(ports.array::<16>());
    let page = page::create(&desk.look, visit, &Draft { once, ..draft.clone() }, problems);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(desk.look.html(status, page, Surroundings { uploads: Some(&storage), ..Surroundings::default() }))
}

impl Draft {
    /// The form as sent; none where it is not this form.
    fn read(parts: &[Part]) -> Option<Self> {
        let text = |part: &Part| String::from_utf8(part.content.to_vec()).ok().map(|text| text.trim().to_owned());
        let all = |name: &str| parts.iter().filter(|part| part.name == name).map(text).collect::<Option<Vec<_>>>();
        let one = |name: &str| Some(all(name)?.into_iter().next().unwrap_or_default());
        let columns = ["name", "email", "mobile", "method", "number", "turn"].map(&all);
        let [Some(names), Some(emails), Some(mobiles), Some(methods), Some(numbers), Some(turns)] = columns else { return None };
        let at = |column: &[String], row: usize| column.get(row).cloned().unwrap_or_default();
        let row = |row| Row {
            name: at(&names, row),
            email: at(&emails, row),
            mobile: at(&mobiles, row),
            method: at(&methods, row),
            number: at(&numbers, row),
            turn: at(&turns, row),
        };
        Some(Self {
            title: one("title")?,
            message: one("message")?,
            deadline: one("deadline")?,
            tell_signers: one("tell_signers")? == "yes",
            signers: (0..names.len().min(ROWS)).map(row).collect(),
            once: one("once")?,
            files: files(parts)?,
            mark: one("form")?,
        })
    }

    /// The request of the native API that says the same.
    fn request(&self, zone: &jiff::tz::TimeZone) -> Value {
        let signers = |rows: Vec<usize>| rows.into_iter().map(|row| self.signers[row].request()).collect::<Vec<_>>();
        let groups: Vec<_> = self.turns().into_iter().map(|rows| json!({"signers": signers(rows)})).collect();
        let documents: Vec<_> = self.files.iter().map(Sent::request).collect();
        let mut request = json!({
            "title": self.title, "description": self.message, "documents": documents, "groups": groups,
            "options": {"tell_signers": self.tell_signers},
        });
        if !self.deadline.is_empty() {
            // What is no day goes on as it is, and is refused there with the reason.
            request["deadline"] = end_of_day(&self.deadline, zone).unwrap_or_else(|| self.deadline.clone()).into();
        }
        request
    }
}

/// What is looked up where something is to be corrected.
impl Draft {
    /// The rows of the signers, turn by turn.
    fn turns(&self) -> Vec<Vec<usize>> {
        let mut turns: BTreeMap<u16, Vec<usize>> = BTreeMap::new();
        for (index, row) in self.signers.iter().enumerate().filter(|(_, row)| !row.is_empty()) {
            turns.entry(row.turn.parse().unwrap_or(1)).or_default().push(index);
        }
        turns.into_values().collect()
    }

    /// The row in which a signer stands, by its place in the request.
    pub fn row_of(&self, group: usize, index: usize) -> Option<usize> {
        self.turns().get(group)?.get(index).copied()
    }

    /// What a file is called.
    pub fn file_name(&self, index: usize) -> Option<&str> {
        self.files.get(index).map(|file| file.name.as_str())
    }
}

/// The last minute of a day, as the native API writes it.
pub fn end_of_day(day: &str, zone: &jiff::tz::TimeZone) -> Option<String> {
    let day: Date = day.parse().ok()?;
    Some(day.at(23, 59, 0, 0).to_zoned(zone.clone()).ok()?.timestamp().to_string())
}

/// The files of a form: those that came along, and those that the script announces. A field that was left empty is a file without a name.
fn files(parts: &[Part]) -> Option<Vec<Sent>> {
    #[derive(Deserialize)]
    struct Announced {
        name: String,
        size: u64,
    }
    let mut files = Vec::new();
    for part in parts {
        match part.name.as_str() {
            "document" if !part.content.is_empty() => files.push(Sent {
                name: part.file_name.clone().unwrap_or_default(),
                size: part.content.len() as u64,
                content: Some(part.content.to_vec()),
            }),
            "announced" => {
                let Announced { name, size } = serde_json::from_slice(&part.content).ok()?;
                files.push(Sent { name, size, content: None });
            }
            _ => {}
        }
    }
    Some(files)
}

impl Sent {
    fn request(&self) -> Value {
        let stem = self.name.strip_suffix(".pdf").unwrap_or(&self.name);
        json!({"title": stem, "file_name": self.name, "size": self.size})
    }
}

impl Row {
    fn is_empty(&self) -> bool {
        [&self.name, &self.email, &self.mobile, &self.number].into_iter().all(String::is_empty)
    }

    /// The signer, as the native API has it. What was left empty is left out.
    pub fn request(&self) -> Value {
        let mut person = self.person();
        person["type"] = "person".into();
        person
    }

    /// The person, as a correction has it.
    pub fn person(&self) -> Value {
        let fields = [
            ("name", &self.name),
            ("email", &self.email),
            ("mobile", &self.mobile),
            ("national_id", &self.number),
            ("authentication", &self.method),
        ];
        let given = fields.into_iter().filter(|(_, value)| !value.is_empty());
        Value::Object(given.map(|(name, value)| (name.to_owned(), value.as_str().into())).collect())
    }
}
