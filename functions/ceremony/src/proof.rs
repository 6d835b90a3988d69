//! The page behind the code on a signature page: whoever holds a sealed document learns that it was sealed here, and which files were.
//!
//! It tells what stands in the document already. The address has a token that only this service can have made, so that nobody learns by
//! trying which orders there are; whatever is wrong with it, the answer is the one of an address that leads nowhere.

use lambda_http::http::StatusCode;
use segl_core::document::Level;
use segl_core::event::{Event, What};
use segl_core::id::{DocumentIndex, OrderId, Sha256};
use segl_core::order::OrderState;
use segl_core::use_case::Error;
use segl_core::use_case::evidence::trail;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_wording::time::time;
use segl_wording::{fill, words};

use crate::failed;
use crate::look::{Look, Surroundings};
use crate::notice::Notice;
use crate::page::{ProofRow, proof_page};
use crate::visit::{browser_language, missed};

/// The page of an order that was accepted and is still kept.
pub async fn show<P: Storage>(service: &Service<P>, look: &Look, call: &Call, order: &str, token: &str) -> Result<Reply, Notice> {
    let Some(id) = order.parse::<OrderId>().ok().filter(|id| service.root_key.is_proof_token(*id, token)) else {
        return Err(missed(service, call).await);
    };
    let port = |error: segl_core::ports::PortError| failed(Error::from(error));
    let order = service.ports.order(id).await.map_err(port)?.filter(|order| order.erased_at.is_none()).ok_or(Notice::Unknown)?;
    let OrderState::Accepted { at, .. } = order.state else { return Err(Notice::Unknown) };
    let events = trail(&service.ports, &order).await.map_err(failed)?;
    let (language, zone) = (browser_language(call), &service.settings.zone);
    let words = words(language);
    let told =
        |event: &Event, level: Level| fill(words.proof_file, &[("level", level.as_str()), ("time", &time(event.at, zone, language))]);
    let mut rows = Vec::new();
    for (index, document) in order.documents() {
        let Some(facts) = document.facts() else { continue };
        let files = events.iter().filter_map(|event| seal_of(event, index).map(|(sha256, level)| (told(event, level), sha256.to_string())));
        let title = fill(words.proof_document, &[("n", &(index.as_usize() + 1).to_string())]);
        rows.push(ProofRow { title, original: facts.sha256.to_string(), files: files.collect() });
    }
    let page = proof_page(look, language, &order, &time(at, zone, language), rows);
    Ok(look.html(StatusCode::OK, page, Surroundings::default()))
}

/// The digest and the level of the file that an event tells of, if it is one of this document. Renewed is what is archived.
fn seal_of(event: &Event, index: DocumentIndex) -> Option<(Sha256, Level)> {
    match &event.what {
        What::Sealed { document, sha256, level } | What::SealUpgraded { document, sha256, level } if *document == index => {
            Some((*sha256, *level))
        }
        What::SealRenewed { document, sha256, .. } if *document == index => Some((*sha256, Level::BLta)),
        _ => None,
    }
}
