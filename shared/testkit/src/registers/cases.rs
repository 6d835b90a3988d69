//! The Zaken API.

use serde_json::json;

use super::{Asked, State, Told, only, text};

impl State {
    pub(super) fn cases(&mut self, asked: &Asked, path: &str, query: &[(String, String)]) -> Result<Told, Told> {
        match (asked.method.as_str(), path.split('/').collect::<Vec<_>>().as_slice()) {
            ("GET", ["zaken"]) => {
                coordinates(asked)?;
                only(query, &["identificatie", "page"])?;
                Ok(Told::json(200, &json!({"count": 0, "next": null, "previous": null, "results": []})))
            }
            ("GET", ["zaken", id]) => {
                coordinates(asked)?;
                let case = self.cases.iter().find(|case| case.id == *id).ok_or_else(|| Told::fault(404, "not_found"))?;
                let view = json!({
                    "url": case.url, "uuid": case.id, "bronorganisatie": "002220647", "verantwoordelijkeOrganisatie": "002220647",
                    "einddatum": case.closed.then_some("2026-01-01"),
                });
                Ok(Told::json(200, &view))
            }
            ("POST", ["zaakinformatieobjecten"]) => {
                let object = asked.object()?;
                let (case, document) = (text(&object, "zaak")?.to_owned(), text(&object, "informatieobject")?.to_owned());
                let found = self.cases.iter().find(|found| found.url == case).ok_or_else(|| Told::invalid("zaak", "no_match"))?;
                if found.closed {
                    return Err(Told::fault(403, "permission_denied"));
                }
                let stored =
                    self.document_at(&document).ok_or_else(|| Told::invalid("informatieobject", "invalid-resource"))?.document_type.clone();
                if stored != super::EVIDENCE_TYPE {
                    return Err(Told::invalid("nonFieldErrors", "missing-zaaktype-informatieobjecttype-relation"));
                }
                let relation = (case, document);
                if self.relations.contains(&relation) {
                    return Err(Told::invalid("nonFieldErrors", "unique"));
                }
                self.relations.push(relation);
                Ok(Told::json(201, &object))
            }
            _ => Err(Told::fault(404, "not_found")),
        }
    }
}

/// Cases have places, so that their register wants to know of which system coordinates are.
fn coordinates(asked: &Asked) -> Result<(), Told> {
    let good = ["accept-crs", "content-crs"].into_iter().all(|name| asked.field(name) == Some("EPSG:4326"));
    if good { Ok(()) } else { Err(Told::fault(412, "precondition_failed")) }
}
