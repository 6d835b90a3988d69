//! The Documenten API.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use segl_core::id::Sha256;
use serde_json::{Value, json};

use super::{Asked, DOCUMENTS, State, Told, form, only, text};

/// A document.
#[derive(Debug, Clone)]
pub struct StoredDocument {
    /// The last part of its address.
    pub id: String,
    /// Its own identification.
    pub identification: String,
    /// Its type.
    pub document_type: String,
    /// The identifier of its lock, while it is locked.
    pub lock: Option<String>,
    /// Its versions; the first one is 1.
    pub versions: Vec<StoredVersion>,
    /// The parts of an upload that is under way.
    upload: Vec<Part>,
}

/// A version of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVersion {
    /// Its content; nothing while or after an upload that is not whole.
    pub content: Option<Vec<u8>>,
    /// Its other members.
    pub members: Value,
}

#[derive(Debug, Clone)]
struct Part {
    id: String,
    len: usize,
    content: Option<Vec<u8>>,
}

type Answer = Result<Told, Told>;

impl StoredVersion {
    pub(super) fn of(content: &[u8]) -> Self {
        Self { content: Some(content.to_vec()), members: json!({"bestandsomvang": content.len()}) }
    }
}

impl StoredDocument {
    /// Its address.
    pub fn url(&self) -> String {
        format!("{DOCUMENTS}enkelvoudiginformatieobjecten/{}", self.id)
    }

    /// Its newest version.
    pub fn newest(&self) -> &StoredVersion {
        self.versions.last().expect("a document has a version from the start")
    }

    /// The digest of the newest version's content.
    pub fn sha256(&self) -> Option<Sha256> {
        self.newest().content.as_deref().map(Sha256::of)
    }

    fn view(&self, version: usize) -> Option<Value> {
        let stored = self.versions.get(version.checked_sub(1)?)?;
        let mut view = stored.members.clone();
        view["url"] = json!(self.url());
        view["versie"] = json!(version);
        view["locked"] = json!(self.lock.is_some());
        view["bestandsdelen"] = self
            .upload
            .iter()
            .zip(1..)
            .map(|(part, number)| {
                json!({
                    "url": format!("{DOCUMENTS}bestandsdelen/{}", part.id), "volgnummer": number, "omvang": part.len,
                    "voltooid": part.content.is_some(), "lock": self.lock,
                })
            })
            .collect();
        Some(view)
    }

    fn check_lock(&self, object: &Value) -> Result<(), Told> {
        let Some(lock) = &self.lock else { return Err(Told::invalid("nonFieldErrors", "unlocked")) };
        match object["lock"].as_str() {
            None | Some("") => Err(Told::invalid("nonFieldErrors", "missing-lock-id")),
            Some(given) if given != lock => Err(Told::invalid("nonFieldErrors", "incorrect-lock-id")),
            Some(_) => Ok(()),
        }
    }
}

impl State {
    pub(super) fn arrange_document(&mut self, content: &[u8]) -> String {
        let id = self.new_id();
        let document = StoredDocument {
            identification: format!("DOC-{id}"),
            document_type: super::EVIDENCE_TYPE.to_owned(),
            id,
            lock: None,
            versions: vec![StoredVersion::of(content)],
            upload: Vec::new(),
        };
        let url = document.url();
        self.documents.push(document);
        url
    }

    pub(super) fn documents(&mut self, asked: &Asked, path: &str, query: &[(String, String)]) -> Answer {
        let path: Vec<_> = path.split('/').collect();
        let download = path.last() == Some(&"download");
        if !download && asked.field("accept").is_some_and(|accept| !accept.contains("json") && !accept.contains("*/*")) {
            return Err(Told::fault(406, "not_acceptable"));
        }
        match (asked.method.as_str(), path.as_slice()) {
            ("GET", ["enkelvoudiginformatieobjecten"]) => self.search(query),
            ("POST", ["enkelvoudiginformatieobjecten"]) => self.create(&asked.object()?),
            ("PUT", ["bestandsdelen", id]) => self.put_part(id, asked),
            (method, ["enkelvoudiginformatieobjecten", id, rest @ ..]) => {
                let place = self.documents.iter().position(|document| document.id == *id).ok_or_else(|| Told::fault(404, "not_found"))?;
                match (method, rest) {
                    ("GET", []) => self.look(place, query),
                    ("GET", ["download"]) => self.download(place, asked, query),
                    ("POST", ["lock"]) => self.lock(place),
                    ("POST", ["unlock"]) => self.unlock(place, &asked.object()?),
                    ("PATCH", []) => self.patch(place, asked.object()?),
                    _ => Err(Told::fault(405, "method_not_allowed")),
                }
            }
            _ => Err(Told::fault(404, "not_found")),
        }
    }

    fn search(&self, query: &[(String, String)]) -> Answer {
        only(query, &["identificatie", "bronorganisatie", "page"])?;
        let results: Vec<_> = self
            .documents
            .iter()
            .filter(|document| {
                query.iter().all(|(name, value)| match name.as_str() {
                    "identificatie" => document.identification == *value,
                    "bronorganisatie" => document.newest().members["bronorganisatie"] == *value,
                    _ => true,
                })
            })
            .filter_map(|document| document.view(document.versions.len()))
            .collect();
        Ok(Told::json(200, &json!({"count": results.len(), "next": null, "previous": null, "results": results})))
    }

    fn look(&self, place: usize, query: &[(String, String)]) -> Answer {
        only(query, &["versie", "registratieOp", "expand"])?;
        let document = &self.documents[place];
        let view = document.view(version(query)?.unwrap_or(document.versions.len()));
        view.map(|view| Told::json(200, &view)).ok_or_else(|| Told::fault(404, "not_found"))
    }

    fn download(&self, place: usize, asked: &Asked, query: &[(String, String)]) -> Answer {
        only(query, &["versie", "registratieOp"])?;
        if asked.field("accept").is_some_and(|accept| accept.contains("json")) {
            return Err(Told::fault(406, "not_acceptable"));
        }
        let document = &self.documents[place];
        let number = version(query)?.unwrap_or(document.versions.len());
        let stored = number.checked_sub(1).and_then(|index| document.versions.get(index)).ok_or_else(|| Told::fault(404, "not_found"))?;
        Ok(match &stored.content {
            Some(content) => Told { status: 200, media_type: "application/octet-stream", body: content.clone() },
            None => Told::nothing(),
        })
    }

    fn lock(&mut self, place: usize) -> Answer {
        let lock = self.new_id().replace('-', "");
        let document = &mut self.documents[place];
        if document.lock.is_some() {
            return Err(Told::invalid("nonFieldErrors", "existing-lock"));
        }
        document.lock = Some(lock.clone());
        Ok(Told::json(200, &json!({ "lock": lock })))
    }

    fn unlock(&mut self, place: usize, object: &Value) -> Answer {
        let manners = self.manners;
        let document = &mut self.documents[place];
        let forced = object["lock"].as_str().unwrap_or_default().is_empty();
        if forced {
            if !manners.may_force_unlock {
                return Err(Told::fault(403, "permission_denied"));
            }
        } else if document.lock.as_deref() != object["lock"].as_str() {
            return Err(Told::invalid("nonFieldErrors", "incorrect-lock-id"));
        }
        let parts: Option<Vec<_>> = document.upload.iter().map(|part| part.content.clone()).collect();
        match parts {
            Some(parts) if !parts.is_empty() => {
                if let Some(newest) = document.versions.last_mut() {
                    newest.content = Some(parts.concat());
                }
            }
            Some(_) => {}
            None if manners.unlocks_anything || forced => {}
            None => return Err(Told::invalid("nonFieldErrors", "file-size")),
        }
        document.upload.clear();
        document.lock = None;
        Ok(Told::nothing())
    }

    fn patch(&mut self, place: usize, object: Value) -> Answer {
        self.documents[place].check_lock(&object)?;
        let content = content(&object)?;
        let upload = self.upload(&object, &content);
        let document = &mut self.documents[place];
        let mut members = document.newest().members.clone();
        for (name, value) in object.as_object().into_iter().flatten() {
            if !matches!(name.as_str(), "lock" | "inhoud") {
                members[name.as_str()] = value.clone();
            }
        }
        // Without content it is the one before.
        let content = if object.get("inhoud").is_some() { content } else { document.newest().content.clone() };
        document.versions.push(StoredVersion { content, members });
        document.upload = upload;
        Ok(Told::json(200, &document.view(document.versions.len()).expect("the version just made")))
    }

    fn create(&mut self, object: &Value) -> Answer {
        for name in ["bronorganisatie", "creatiedatum", "titel", "auteur"] {
            text(object, name)?;
        }
        if text(object, "taal")?.len() != 3 {
            return Err(Told::invalid("taal", "min_length"));
        }
        let document_type = text(object, "informatieobjecttype")?.to_owned();
        if !document_type.contains("/informatieobjecttypen/") {
            return Err(Told::invalid("informatieobjecttype", "invalid-resource"));
        }
        let identification = object["identificatie"].as_str().unwrap_or_default().to_owned();
        if identification.len() > 40 {
            return Err(Told::invalid("identificatie", "max_length"));
        }
        let same = |document: &StoredDocument| {
            document.identification == identification && document.newest().members["bronorganisatie"] == object["bronorganisatie"]
        };
        if !identification.is_empty() && self.documents.iter().any(same) {
            return Err(Told::invalid("identificatie", "identificatie-niet-uniek"));
        }
        let content = content(object)?;
        let mut members = object.clone();
        if let Some(members) = members.as_object_mut() {
            members.remove("inhoud");
        }
        let id = self.new_id();
        let versions = vec![StoredVersion { content, members }];
        self.documents.push(StoredDocument { id, identification, document_type, lock: None, versions, upload: Vec::new() });
        let document = self.documents.last().expect("pushed one line above");
        Ok(Told::json(201, &document.view(1).expect("a new document has a version")))
    }

    /// The parts that a document without content and with a size is uploaded in.
    fn upload(&mut self, object: &Value, content: &Option<Vec<u8>>) -> Vec<Part> {
        let size = object["bestandsomvang"].as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or(0);
        if content.is_some() || object.get("inhoud").is_none() {
            return Vec::new();
        }
        let part_size = self.manners.part_size;
        (0..size).step_by(part_size).map(|start| Part { id: self.new_id(), len: part_size.min(size - start), content: None }).collect()
    }

    fn put_part(&mut self, id: &str, asked: &Asked) -> Answer {
        let media_type = asked.field("content-type").unwrap_or_default();
        let form = form::parts(media_type, &asked.body).ok_or_else(|| Told::fault(415, "unsupported_media_type"))?;
        let value = |name: &str| form.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
        let lock = value("lock").and_then(|lock| String::from_utf8(lock).ok()).unwrap_or_default();
        let content = value("inhoud").ok_or_else(|| Told::invalid("inhoud", "required"))?;
        let document = self.documents.iter_mut().find(|document| document.upload.iter().any(|part| part.id == id));
        let document = document.ok_or_else(|| Told::fault(404, "not_found"))?;
        document.check_lock(&json!({ "lock": lock }))?;
        let part = document.upload.iter_mut().find(|part| part.id == id).ok_or_else(|| Told::fault(404, "not_found"))?;
        if part.len != content.len() {
            return Err(Told::invalid("nonFieldErrors", "file-size"));
        }
        part.content = Some(content);
        Ok(Told::json(200, &json!({"url": asked.url, "voltooid": true, "omvang": part.len, "volgnummer": 1, "lock": lock})))
    }
}

fn version(query: &[(String, String)]) -> Result<Option<usize>, Told> {
    let asked = query.iter().find(|(name, _)| name == "versie");
    asked.map(|(_, number)| number.parse().map_err(|_| Told::invalid("versie", "invalid"))).transpose()
}

/// The content in a message, which must be as long as the message says.
fn content(object: &Value) -> Result<Option<Vec<u8>>, Told> {
    let Some(encoded) = object["inhoud"].as_str() else { return Ok(None) };
    let content = STANDARD.decode(encoded).map_err(|_| Told::invalid("inhoud", "invalid"))?;
    if object["bestandsomvang"].as_u64() != Some(content.len() as u64) {
        return Err(Told::invalid("nonFieldErrors", "file-size"));
    }
    Ok(Some(content))
}
