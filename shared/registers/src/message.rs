//! What is asked of the registers and what is read of their answers: the wire.

use jiff::civil::Date;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::http::{Body, Method, Received, Register, Request, Source, Wanted};
use crate::journal::Part;
use crate::plan::{Content, EvidenceDocument, Plan, Target};

/// Coordinates are not asked for, and the Zaken API wants to know in which system all the same: 412 without.
pub(crate) const COORDINATES: &[(&str, &str)] = &[("accept-crs", "EPSG:4326"), ("content-crs", "EPSG:4326")];

/// A document as far as we look at it.
#[derive(Debug, Deserialize)]
pub(crate) struct Document {
    pub(crate) versie: u32,
    #[serde(default)]
    pub(crate) locked: bool,
    #[serde(default)]
    pub(crate) bestandsdelen: Option<Vec<FilePart>>,
}

/// A part of a document that is being uploaded.
#[derive(Debug, Deserialize)]
pub(crate) struct FilePart {
    pub(crate) url: String,
    pub(crate) volgnummer: u64,
    pub(crate) omvang: u64,
    #[serde(default)]
    pub(crate) voltooid: bool,
}

/// A case as far as we look at it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Case {
    #[serde(default)]
    pub(crate) verantwoordelijke_organisatie: String,
    #[serde(default)]
    pub(crate) bronorganisatie: String,
    #[serde(default)]
    pub(crate) einddatum: Option<Date>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Lock {
    pub(crate) lock: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Created {
    pub(crate) url: String,
}

/// One page of a list; an `identificatie` finds one document or none.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    pub(crate) results: Vec<Created>,
}

/// Reads an answer.
pub(crate) fn read<T: DeserializeOwned>(body: &Received) -> Option<T> {
    match body {
        Received::Bytes(bytes) => serde_json::from_slice(bytes).ok(),
        Received::Digest { .. } => None,
    }
}

/// The parts that are still to be sent, in order; nothing when they do not make up the document.
pub(crate) fn missing_parts(mut parts: Vec<FilePart>, size: u64) -> Option<Vec<Part>> {
    parts.sort_by_key(|part| part.volgnummer);
    let mut start = 0u64;
    let mut missing = Vec::new();
    for part in parts {
        let end = start.checked_add(part.omvang)?;
        if !part.voltooid {
            missing.push(Part { url: part.url, start, end });
        }
        start = end;
    }
    (start == size).then_some(missing)
}

pub(crate) fn get(register: Register, url: String, fields: &'static [(&'static str, &'static str)]) -> Request {
    Request { register, method: Method::Get, url, fields, body: None, wanted: Wanted::Json, expected: 0 }
}

pub(crate) fn post(register: Register, url: String, body: Option<Body>) -> Request {
    Request { register, method: Method::Post, url, fields: &[], body, wanted: Wanted::Json, expected: 0 }
}

pub(crate) fn case(plan: &Plan) -> Request {
    get(Register::Cases, plan.case_url.clone(), COORDINATES)
}

/// The newest version of a document, without its content.
pub(crate) fn newest(target: &Target) -> Request {
    get(Register::Documents, target.url.clone(), &[])
}

pub(crate) fn download(target: &Target, version: u32) -> Request {
    Request {
        wanted: Wanted::Digest,
        expected: target.content.size,
        ..get(Register::Documents, format!("{}/download?versie={version}", target.url), &[])
    }
}

pub(crate) fn lock(plan: &Plan, target: &Target) -> Request {
    post(Register::Documents, format!("{}/lock", target.url), plan.terms.lock_has_body().then(|| Body::json(&json!({}))))
}

/// Releases our lock, or without one whatever lock there is, which takes a right of its own (`documenten.geforceerd-unlock`).
pub(crate) fn unlock(target: &Target, lock: Option<&str>) -> Request {
    let body = lock.map_or_else(|| json!({}), |lock| json!({ "lock": lock }));
    post(Register::Documents, format!("{}/unlock", target.url), Some(Body::json(&body)))
}

/// The one write of a document. Every write makes a version, so that all of it goes in one.
pub(crate) fn write(plan: &Plan, target: &Target, source: Source, lock: &str) -> Request {
    let Content { sha256, size } = target.content;
    let mut object = json!({
        "lock": lock,
        "bestandsomvang": size,
        "bestandsnaam": target.file_name,
        "formaat": "application/pdf",
        "status": "definitief",
        "ondertekening": {"soort": "digitaal", "datum": plan.signed_on},
        "integriteit": {"algoritme": "sha_256", "waarde": sha256.to_string(), "datum": plan.signed_on},
    });
    let body = if plan.terms.in_parts(size) {
        object["inhoud"] = Value::Null;
        Body::json(&object)
    } else {
        Body::json_with_content(&object, source, size)
    };
    Request {
        register: Register::Documents,
        method: Method::Patch,
        url: target.url.clone(),
        fields: &[],
        body: Some(body),
        wanted: Wanted::Json,
        expected: 0,
    }
}

pub(crate) fn part(target: &Target, source: Source, lock: &str, part: &Part) -> Request {
    let body = Body::part(lock, target.content.sha256, source, part.start..part.end);
    Request {
        register: Register::Documents,
        method: Method::Put,
        url: part.url.clone(),
        fields: &[],
        body: Some(body),
        wanted: Wanted::Json,
        expected: 0,
    }
}

pub(crate) fn find_evidence(plan: &Plan, evidence: &EvidenceDocument, organization: &str) -> Request {
    let quoted = |raw: &str| utf8_percent_encode(raw, NON_ALPHANUMERIC).to_string();
    let (identification, organization) = (quoted(&evidence.identification), quoted(organization));
    get(
        Register::Documents,
        format!("{}enkelvoudiginformatieobjecten?identificatie={identification}&bronorganisatie={organization}", plan.terms.documents),
        &[],
    )
}

pub(crate) fn create_evidence(plan: &Plan, evidence: &EvidenceDocument, organization: &str) -> Request {
    let Content { sha256, size } = evidence.content;
    let object = json!({
        "identificatie": evidence.identification,
        "bronorganisatie": organization,
        "creatiedatum": plan.signed_on,
        "titel": evidence.title,
        "auteur": evidence.author,
        "taal": "nld",
        "status": "definitief",
        "informatieobjecttype": evidence.document_type,
        "formaat": evidence.media_type,
        "bestandsnaam": evidence.file_name,
        "bestandsomvang": size,
        "indicatieGebruiksrecht": false,
        "integriteit": {"algoritme": "sha_256", "waarde": sha256.to_string(), "datum": plan.signed_on},
    });
    let body = Body::json_with_content(&object, Source::Evidence, size);
    post(Register::Documents, format!("{}enkelvoudiginformatieobjecten", plan.terms.documents), Some(body))
}

/// Relates the evidence document to the case.
pub(crate) fn relate_evidence(plan: &Plan, evidence: &EvidenceDocument, url: &str) -> Request {
    let body = json!({
        "zaak": plan.case_url,
        "informatieobject": url,
        "titel": evidence.title,
        "beschrijving": "Bewijs van de digitale ondertekening",
    });
    post(Register::Cases, format!("{}zaakinformatieobjecten", plan.terms.cases), Some(Body::json(&body)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(volgnummer: u64, omvang: u64, voltooid: bool) -> FilePart {
        FilePart { url: format!("https://drc/{volgnummer}"), volgnummer, omvang, voltooid }
    }

    #[test]
    fn parts_follow_their_numbers_and_must_make_up_the_document() {
        let missing = missing_parts(vec![part(2, 5, false), part(1, 10, true), part(3, 1, false)], 16).unwrap();
        assert_eq!(missing.iter().map(|part| (part.start, part.end)).collect::<Vec<_>>(), [(10, 15), (15, 16)]);
        assert_eq!(missing_parts(vec![part(1, 10, false)], 16), None);
        assert_eq!(missing_parts(vec![part(1, u64::MAX, false), part(2, 2, false)], 1), None, "no overflow");
    }
}
