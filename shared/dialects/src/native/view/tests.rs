use segl_core::commitment::canonical_json;
use segl_core::id::Sha256;
use segl_core::refusal::Refusal;
use serde_json::json;

use super::*;
use crate::fixture::{SYSTEM, Story, deadline, now};
use crate::native::event;
use crate::native::signature_request::signature_request;

fn view(story: &Story) -> OrderView {
    order(&story.order, now(), Uploads::new())
}

#[test]
fn each_state_tells_what_has_to_happen_next() {
    for (story, state, action, blocked_by) in [
        (Story::drafting(), OrderStateView::Drafting, NextActionView::Documents, vec![BlockedBy::Document { document: 0 }]),
        (Story::pending(), OrderStateView::Pending, NextActionView::Signatures, vec![BlockedBy::Signer { signer: 0 }]),
        (Story::signed_by_person(), OrderStateView::Pending, NextActionView::Signatures, vec![BlockedBy::Signer { signer: 1 }]),
        (Story::sealing(), OrderStateView::Sealing, NextActionView::Seal, vec![BlockedBy::Service { hindrance: None }]),
        (Story::accepted(), OrderStateView::Accepted, NextActionView::None, vec![]),
        (Story::declined(), OrderStateView::Rejected, NextActionView::None, vec![]),
        (Story::cancelled(), OrderStateView::Cancelled, NextActionView::None, vec![]),
        (Story::failed(), OrderStateView::Failed, NextActionView::None, vec![]),
        (Story::erased(), OrderStateView::Accepted, NextActionView::None, vec![]),
    ] {
        let view = view(&story);
        assert_eq!((view.state, view.next_action, &view.blocked_by), (state, action, &blocked_by));
        let open = matches!(state, OrderStateView::Drafting | OrderStateView::Pending);
        assert_eq!(view.links.cancel.is_some(), open, "{state:?}");
        assert_eq!(view.ended_at.is_some(), !open && state != OrderStateView::Sealing, "{state:?}");
    }
}

#[test]
fn past_the_deadline_an_unsigned_order_is_expired_before_any_sweep() {
    for (story, expired) in [(Story::drafting(), true), (Story::pending(), true), (Story::sealing(), false), (Story::accepted(), false)] {
        let view = order(&story.order, deadline(), Uploads::new());
        assert_eq!(view.state == OrderStateView::Expired, expired);
        assert!(!expired || (view.next_action == NextActionView::None && view.links.cancel.is_none()));
    }
}

#[test]
fn an_awaited_document_has_its_upload_address_and_no_other_has() {
    let upload = || UploadView::put("https://storage.example.org/x".to_owned(), BTreeMap::new(), deadline());
    let uploads = || Uploads::from([(DocumentIndex(0), upload())]);
    assert_eq!(order(&Story::drafting().order, now(), uploads()).documents[0].upload, Some(upload()));
    let ready = order(&Story::pending().order, now(), uploads());
    assert_eq!((ready.documents[0].upload.as_ref(), ready.documents[0].pages, ready.documents[0].findings.len()), (None, Some(3), 1));
}

#[test]
fn a_sealed_order_tells_where_the_result_is() {
    let view = view(&Story::accepted());
    let sealed = view.documents[0].sealed.as_ref().unwrap();
    assert_eq!((sealed.level.as_str(), sealed.size, &sealed.sha256), ("B-B", 4321, &Sha256::of(b"sealed").to_string()));
    assert_eq!(sealed.href, format!("{}/documents/0/sealed", view.links.this));
}

#[test]
fn reasons_are_told() {
    assert_eq!(view(&Story::cancelled()).reason, Some(ReasonView { code: None, text: "A mistake".to_owned() }));
    assert_eq!(view(&Story::failed()).reason.unwrap().code.as_deref(), Some("encrypted"));
    assert!(
        matches!(&view(&Story::declined()).signers[0].status, StatusView::Declined { reason: Some(reason), .. } if reason == "Not mine")
    );
}

#[test]
fn nothing_of_the_storage_and_no_address_gets_out() {
    for story in [Story::drafting(), Story::pending(), Story::accepted(), Story::erased()] {
        let body = serde_json::to_string(&view(&story)).unwrap();
        for inside in ["secret-", "192.0.2.7", "salt", "0123456789abcdef"] {
            assert!(!body.contains(inside), "{inside} in {body}");
        }
    }
}

#[test]
fn an_erased_order_names_nobody() {
    let body = serde_json::to_string(&view(&Story::erased())).unwrap();
    for personal in ["jane", "Jane", "198603052385", "A title", "A message", "A document", "case"] {
        assert!(!body.contains(personal), "{personal} in {body}");
    }
}

#[test]
fn every_view_is_read_back_by_its_type() {
    for story in
        [Story::drafting(), Story::pending(), Story::accepted(), Story::declined(), Story::cancelled(), Story::failed(), Story::erased()]
    {
        let written = serde_json::to_value(view(&story)).unwrap();
        let read: OrderView = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), written);
    }
}

#[test]
fn a_page_has_a_cursor_only_where_more_follows() {
    let orders = [Story::pending().order, Story::accepted().order];
    assert_eq!(page(&orders, false, now()).next_cursor, None);
    let page = page(&orders, true, now());
    assert_eq!(page.next_cursor, Some(orders[1].id.to_string()));
    assert_eq!(page.orders.len(), 2);
}

#[test]
fn an_event_on_the_wire_verifies_by_itself() {
    let Story { order, events } = Story::erased();
    let page = event::page(&events, &order.chain);
    assert_eq!((page.next_after, page.events.len() as u64), (None, page.head.seq));
    for event in &page.events {
        let mut members = serde_json::to_value(event).unwrap();
        let hash = members.as_object_mut().unwrap().remove("hash").unwrap();
        assert_eq!(json!(Sha256::of(&canonical_json(&members)).to_string()), hash);
    }
    assert_eq!(event::page(&events[..2], &order.chain).next_after, Some(2));
}

#[test]
fn a_system_sees_documents_from_its_turn_on_and_nobody_else_ever() {
    let see = |story: &Story| signature_request(&story.order, (SYSTEM, story.order.signer(SYSTEM).unwrap()), now());
    let waiting = see(&Story::pending());
    assert_eq!((waiting.documents.len(), &waiting.digests, &waiting.signatures), (0, &None, &None));
    assert_eq!(waiting.status, StatusView::Waiting {});

    let open = see(&Story::signed_by_person());
    assert_eq!(open.digests, Some(vec![Sha256::of(b"original").to_string()]));
    assert!(open.documents[0].href.as_ref().unwrap().ends_with("/signature-request/documents/0"));
    assert!(open.signatures.as_ref().unwrap().ends_with("/signatures"));
    let body = serde_json::to_string(&open).unwrap();
    assert!(!body.contains("jane") && !body.contains("198603052385") && !body.contains("case"), "{body}");

    let story = Story::signed_by_person();
    let late = signature_request(&story.order, (SYSTEM, story.order.signer(SYSTEM).unwrap()), deadline());
    assert_eq!((late.state, late.signatures), (OrderStateView::Expired, None));

    let signed = see(&Story::sealing());
    assert!(matches!(&signed.status, StatusView::Signed { method, .. } if method == "client"));
    assert_eq!(signed.signatures, None);
    assert!(matches!(Story::pending().order.signer(SignerIndex(9)), Err(Refusal::NoSuchSigner)));
}
