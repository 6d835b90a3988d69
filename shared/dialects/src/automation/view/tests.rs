use super::*;
use crate::fixture::{Story, deadline, now};

fn stockholm() -> TimeZone {
    TimeZone::get("Europe/Stockholm").unwrap()
}

fn view(story: &Story) -> Value {
    serde_json::to_value(order(&story.order, now(), &stockholm(), &|_| None)).unwrap()
}

#[test]
fn eight_states_become_five() {
    for (story, expected) in [
        (Story::drafting(), "PENDING"),
        (Story::pending(), "PENDING"),
        (Story::sealing(), "PENDING"),
        (Story::accepted(), "ACCEPTED"),
        (Story::declined(), "REJECTED"),
        (Story::cancelled(), "CANCELLED"),
        (Story::failed(), "CANCELLED"),
        (Story::erased(), "ACCEPTED"),
    ] {
        assert_eq!(state(&story.order, now()).as_str(), expected);
        assert_eq!(view(&story)["state"], expected);
    }
}

#[test]
fn past_the_due_date_an_unsigned_order_is_expired_before_any_sweep() {
    for (story, expected) in [
        (Story::drafting(), State::Expired),
        (Story::pending(), State::Expired),
        (Story::sealing(), State::Pending),
        (Story::accepted(), State::Accepted),
    ] {
        assert_eq!(state(&story.order, deadline()), expected);
    }
}

#[test]
fn an_order_is_shown_in_the_words_of_the_request() {
    let view = view(&Story::signed_by_person());
    assert_eq!(view["dueDate"], "2030-06-02T10:00:00", "local time in Stockholm");
    assert_eq!(view["created"], "2030-06-01T08:00:00Z");
    assert_eq!(view["tags"], json!({"case": 7}));
    assert_eq!((&view["linkType"], &view["options"]), (&json!(1), &json!([{"name": "notifyAllSigners", "value": false}])));
    assert_eq!(
        view["signers"],
        json!([
            {
                "source": "EXTERNAL", "identifier": "198603052385", "name": "Jane Doe",
                "attributes": {"mail": {"value": "jane.doe@example.org"}}, "status": "SIGNED", "time": "2030-06-01T08:00:00Z",
            },
            {"source": "SYSTEM", "identifier": "DK01234567", "attributes": {}, "status": "PENDING", "time": "2030-06-01T08:00:00Z"},
        ])
    );
    assert_eq!((&view["document"]["pages"], &view["document"]["size"]), (&json!(3), &json!(1234)));
    assert_eq!(view["document"]["findings"][0]["code"], "javascript");
}

#[test]
fn why_an_order_ended_is_told() {
    assert_eq!(view(&Story::failed())["failure"]["code"], "encrypted");
    assert_eq!(view(&Story::declined())["signers"][0]["reason"], "Not mine");
    assert_eq!(view(&Story::cancelled())["cancelReason"], "A mistake");
}

#[test]
fn of_an_erased_order_state_and_times_are_left() {
    let view = view(&Story::erased());
    let members: Vec<_> = view.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(members, ["created", "dueDate", "ended", "erased", "id", "state"]);
}
