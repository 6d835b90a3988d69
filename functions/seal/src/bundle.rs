//! The file of evidence: a PDF for people with the bundle for programs inside, both under the seal.
//!
//! It lies under the head of the audit trail of which it tells, so that none that is found is ever old. No commit refers to it. What is old
//! is of no use to anybody, and may name people who were anonymised since: it goes before another one is made, and with the order.

use segl_core::bundle::{self, Bundle};
use segl_core::event::Actor;
use segl_core::order::Order;
use segl_core::ports::{PortError, SigningKey};
use segl_core::storage_key::StorageKey;
use segl_core::task::Task;
use segl_core::transition::Command;
use segl_core::use_case::Error;
use segl_core::use_case::evidence::trail;
use segl_core::use_case::task::put_off;
use segl_core::use_case::update::update;
use segl_lambda::causes::Causes;
use segl_lambda::service::Storage;
use segl_sealing::{Appearance, Attachment, ComposeError, Limits, PrefixDigest, Relationship, SealRequest, Session, html_to_pdf, inspect};
use segl_wording::{evidence_words, fill};

use crate::climb::{climb, goal};
use crate::fetch::{Fetcher, Patience};
use crate::report::{Detail, Reader, html};
use crate::{Seal, SealFailure, sealing_algorithm};

/// Makes the evidence that an order owes.
pub(crate) async fn make<P: Storage, K: SigningKey, T: Sync, F: Fetcher>(
    ports: &P,
    seal: &Seal<K, T, F>,
    order: &Order,
    task: Task,
) -> Result<(), Error> {
    if let Err(failure) = make_one(ports, seal, order).await {
        tracing::error!(order = %order.id, error = %Causes(&failure), "no evidence was made");
        return put_off(ports, &task).await.map(drop);
    }
    // A crash before this commit leaves the file: the repeat finds it there.
    let command = Command::EvidenceMade { task };
    match update(ports, order.id, |order| order.apply(Actor::Service, ports.now(), command.clone())).await {
        Ok(after) => {
            tracing::info!(order = %order.id, seq = order.chain.seq, "evidence made");
            // Something happened meanwhile, perhaps a removal that saw no file yet.
            if after.chain.hash != order.chain.hash {
                ports.remove(&StorageKey::Evidence(order.id, order.chain.hash)).await?;
            }
            Ok(())
        }
        // Another attempt was first, and its file is about the same.
        Err(Error::Port(PortError::AlreadyDone)) => Ok(()),
        Err(error) => Err(error),
    }
}

async fn make_one<P: Storage, K: SigningKey, T: Sync, F: Fetcher>(
    ports: &P,
    seal: &Seal<K, T, F>,
    order: &Order,
) -> Result<(), SealFailure> {
    let key = StorageKey::Evidence(order.id, order.chain.hash);
    if ports.head(&key).await?.is_some() {
        return Ok(());
    }
    ports.purge_evidence(order.id).await?;
    let bundle = Bundle::new(order, trail(ports, order).await?);
    // Nothing is sealed that would not pass the check of whoever reads it.
    bundle.check()?;
    let reader = Reader { language: order.ceremony.language.unwrap_or_default(), zone: &seal.zone };
    let pdf = compose(&bundle, reader)?;
    let plan = inspect(&pdf, PrefixDigest::of(&pdf), &Limits::default())?.plan;
    let request = SealRequest {
        time: ports.now(),
        reason: Some(evidence_words(reader.language).heading.to_owned()),
        name: seal.certificate.leaf().common_name(),
        appearance: Appearance::Invisible,
        marks: Vec::new(),
        attachments: vec![attachment(&bundle)],
        certificate: seal.certificate.clone(),
        algorithm: sealing_algorithm(seal.algorithm),
    };
    let session = Session::seal(plan, request, goal(ports, &seal.helpers, seal.certificate.roots(), order.options.seal.level))?;
    let outcome = climb(ports, seal, &mut Patience::new(&seal.helpers.fetcher), session).await?;
    match ports.put_new(&key, [pdf, outcome.increment].concat()).await {
        // Of two attempts at the same time the first counts.
        Ok(_) | Err(PortError::Conflict) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The page for people. What is too long for it is in the bundle all the same, and the page says so.
fn compose(bundle: &Bundle, reader: Reader<'_>) -> Result<Vec<u8>, ComposeError> {
    let title = fill(evidence_words(reader.language).title, &[("order", &bundle.order.to_string())]);
    match html_to_pdf(&title, &html(bundle, reader, Detail::Everything)) {
        Err(ComposeError::TooLong) => html_to_pdf(&title, &html(bundle, reader, Detail::Outline)),
        made => made,
    }
}

fn attachment(bundle: &Bundle) -> Attachment {
    Attachment {
        name: bundle::FILE_NAME.to_owned(),
        media_type: "application/json".to_owned(),
        description: "The evidence for programs: checked by segl verify".to_owned(),
        bytes: serde_json::to_vec_pretty(bundle).expect("evidence has string keys and whole numbers only, which JSON can express"),
        relationship: Relationship::Source,
    }
}
