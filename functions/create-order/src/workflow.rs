//! Workflows: texts become PDFs, and the creator's own system may sign at once.

use std::collections::BTreeMap;

use lambda_http::http::{StatusCode, header};
use segl_core::client::{Client, Privilege};
use segl_core::document::Announced;
use segl_core::id::{DocumentIndex, Sha256, SignerIndex};
use segl_core::new_order::{NewGroup, NewOrder, SignedAhead};
use segl_core::order::Roster;
use segl_core::signer::{Act, Method, Party, System};
use segl_dialects::content::MAX_INLINE;
use segl_dialects::native::request::Parsed;
use segl_dialects::problem::{FieldError, Problem};
use segl_dialects::workflow::request::{self, Content};
use segl_dialects::workflow::route::BASE;
use segl_dialects::workflow::view::CreatedView;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Storage};
use segl_sealing::{html_to_pdf, text_to_pdf};

use crate::{keep, look_into};

/// Creates a workflow.
pub async fn create_workflow<P: Storage>(service: &Service<P>, call: &Call, client: &Client) -> Result<Reply, Problem> {
    if call.media_type().as_deref() != Some("application/json") {
        return Err(Problem::unsupported_media_type("application/json"));
    }
    let request::Parsed { mut order, contents, system_signature } =
        request::parse(&call.body, service.ports.now(), MAX_INLINE, service.settings.eid)?;
    // This dialect has no words for it.
    order.options.seal.level = service.settings.seal.default_level();
    if system_signature.is_some() {
        client.require(Privilege::OrgSignatureSign).map_err(|refusal| Problem::from(&refusal))?;
    }
    let (places, contents): (Vec<_>, Vec<_>) = contents.into_iter().unzip();
    let contents = to_pdfs(&mut order, &places, contents)?;
    let mut parsed = Parsed { order, contents };
    look_into(&mut parsed, |index: DocumentIndex| places.get(index.as_usize()).cloned().unwrap_or_default())?;
    if let Some(claims) = system_signature {
        sign_ahead(&mut parsed.order, client, claims, call)?;
    }
    let order = keep(service, client, &mut parsed, call.idempotency_key(client)?).await?;
    let address = format!("{BASE}/workflows/{}/{}", order.organization, order.id);
    let created = CreatedView { workflow_id: order.id.to_string() };
    Ok(Reply::json(StatusCode::CREATED, &created).header(header::LOCATION, &address))
}

/// The documents as PDFs, announced by their digests.
fn to_pdfs(order: &mut NewOrder, places: &[String], contents: Vec<Content>) -> Result<Vec<Option<Vec<u8>>>, Problem> {
    let mut errors = Vec::new();
    let mut pdfs = Vec::new();
    for ((document, content), place) in order.documents.iter_mut().zip(contents).zip(places) {
        let made = match content {
            Content::Pdf(bytes) => Ok(bytes),
            Content::Text(text) => text_to_pdf(document.title.as_str(), &text),
            Content::Html(html) => html_to_pdf(document.title.as_str(), &html),
        };
        match made {
            Ok(bytes) => {
                document.announced = Announced { sha256: Some(Sha256::of(&bytes)), size: Some(bytes.len() as u64) };
                pdfs.push(Some(bytes));
            }
            Err(error) => errors.push(FieldError::pointer(place, error)),
        }
    }
    if errors.is_empty() { Ok(pdfs) } else { Err(Problem::invalid(errors)) }
}

/// The client's own system signs: as the first signer of an open list, or as one of those who were named.
fn sign_ahead(order: &mut NewOrder, client: &Client, claims: BTreeMap<String, String>, call: &Call) -> Result<(), Problem> {
    if order.roster == Roster::Open {
        let own = System { organization: client.organization.clone(), client: Some(client.id.clone()) };
        order.groups = vec![NewGroup { quorum: None, time: None, signers: vec![Party::System(own)] }];
    }
    let first = order.groups.first().map(|group| group.signers.as_slice()).unwrap_or_default();
    let signer = first.iter().position(|party| party.is_system_of(client)).and_then(|place| u16::try_from(place).ok());
    let signer = signer.map(SignerIndex).ok_or_else(|| {
        Problem::invalid(vec![FieldError::pointer("/systemSignature", "your system must be one of the signers of the first group")])
    })?;
    let method = Method::Client { client: client.id.clone(), name: client.name.to_string() };
    // Every document is here, and so is its digest.
    let digests = order.documents.iter().filter_map(|document| document.announced.sha256).collect();
    order.ahead = Some(SignedAhead { signer, act: Act { method, claims, digests, images: Vec::new(), address: call.address, jws: None } });
    Ok(())
}
