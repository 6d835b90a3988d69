//! The pages.

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lambda_http::http::StatusCode;
use segl_core::document::Finding;
use segl_core::id::SignerIndex;
use segl_core::order::{Order, OrderState};
use segl_core::signer::SignerStatus;

/// A page that is about no order, or about one of which nothing may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// No such link, or it has lapsed.
    Unknown,
    /// The order's documents were removed.
    Removed,
    /// The signer's turn has not come.
    NotYet,
    /// The form was not the page's own.
    Malformed,
    /// Something does not answer just now.
    Busy,
    /// Something is broken.
    Failed,
}

impl Notice {
    /// The status of the answer.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Unknown => StatusCode::NOT_FOUND,
            Self::Removed => StatusCode::GONE,
            Self::NotYet => StatusCode::CONFLICT,
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn text(self) -> (&'static str, &'static str) {
        match self {
            Self::Unknown => ("This link leads nowhere", "It may be mistyped, or its time is over. Ask the sender for a new one."),
            Self::Removed => ("The documents are gone", "The sender has removed them, or they were kept as long as agreed."),
            Self::NotYet => ("Not your turn yet", "Others sign first. You will get a message when it is your turn."),
            Self::Malformed => ("That did not work", "Go back to the page, load it again, and try once more."),
            Self::Busy => ("One moment, please", "The service is busy. Nothing was changed; try again in a minute."),
            Self::Failed => ("Something is broken", "Nothing was changed. Please tell the sender."),
        }
    }
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage<'a> {
    heading: &'a str,
    text: &'a str,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    title: &'a str,
    message: &'a str,
    organization: &'a str,
    deadline: String,
    documents: Vec<DocumentRow<'a>>,
    digests: String,
    state: Standing,
    state_text: String,
    problem: Option<&'a str>,
    secret: &'a str,
}

struct DocumentRow<'a> {
    number: usize,
    title: &'a str,
    size: String,
    pages: u32,
    findings: &'a [Finding],
}

/// What the page offers.
#[derive(PartialEq, Eq)]
enum Standing {
    /// The form.
    MaySign,
    /// The documents, and how things stand.
    MayRead,
    /// The sealed documents.
    Sealed,
    /// How things stand, and nothing else.
    Closed,
}

/// A page about no order.
pub fn render_notice(notice: &Notice) -> String {
    let (heading, text) = notice.text();
    NoticePage { heading, text }.render().expect("the template writes strings only, and into a string")
}

/// The page of an order for one signer.
pub fn render_order(order: &Order, signer: SignerIndex, secret: &str, zone: &TimeZone, now: Timestamp, problem: Option<&str>) -> String {
    let (state, state_text) = standing(order, signer, now, zone);
    let shown = !matches!(state, Standing::Closed);
    let documents = order.documents().filter_map(|(index, document)| {
        document.facts().filter(|_| shown).map(|facts| DocumentRow {
            number: index.as_usize(),
            title: document.title.as_str(),
            size: size(facts.size),
            pages: facts.pages,
            findings: &facts.findings,
        })
    });
    let digests: Vec<_> = order.digests().unwrap_or_default().iter().map(ToString::to_string).collect();
    let page = OrderPage {
        title: order.title.as_str(),
        message: order.description.as_str(),
        organization: order.organization.as_str(),
        deadline: time(order.deadline, zone),
        documents: documents.collect(),
        digests: digests.join(" "),
        state,
        state_text,
        problem,
        secret,
    };
    page.render().expect("the template writes strings and numbers only, and into a string")
}

fn standing(order: &Order, signer: SignerIndex, now: Timestamp, zone: &TimeZone) -> (Standing, String) {
    let status = order.signer(signer).map(|signer| &signer.status);
    match (&order.state, status) {
        (OrderState::Drafting { .. }, _) => {
            (Standing::Closed, "The documents are still being read. Load this page again in a moment.".into())
        }
        (OrderState::Pending { .. }, _) if now >= order.deadline => (Standing::Closed, "The time for signing is over.".into()),
        (OrderState::Pending { .. }, Ok(SignerStatus::Open { .. })) => (Standing::MaySign, String::new()),
        (OrderState::Pending { .. }, Ok(SignerStatus::Waiting)) => {
            (Standing::Closed, "Others sign first. You will get a message when it is your turn.".into())
        }
        (OrderState::Pending { .. } | OrderState::Sealing { .. }, Ok(SignerStatus::Signed(signature))) => {
            let at = time(signature.at, zone);
            let rest = if matches!(order.state, OrderState::Sealing { .. }) {
                "All have signed, and the sealed document is being made."
            } else {
                "Others have still to sign."
            };
            (Standing::MayRead, format!("You signed on {at}. {rest}"))
        }
        (OrderState::Accepted { .. }, _) => (Standing::Sealed, "All have signed. The sealed documents are here:".into()),
        (_, Ok(SignerStatus::Declined { at, .. })) => (Standing::Closed, format!("You declined on {}.", time(*at, zone))),
        (OrderState::Rejected { .. }, _) => (Standing::Closed, "Another signer declined, so there is nothing to sign any more.".into()),
        (OrderState::Cancelled { .. }, _) => {
            (Standing::Closed, "The sender has taken this back. There is nothing to sign any more.".into())
        }
        (OrderState::Expired { .. }, _) => (Standing::Closed, "The time for signing is over.".into()),
        (OrderState::Failed { reason, .. }, _) => (Standing::Closed, format!("This could not be completed: {reason}")),
        (OrderState::Pending { .. } | OrderState::Sealing { .. }, _) => {
            (Standing::Closed, "Enough others have signed; your signature is not needed.".into())
        }
    }
}

fn time(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %B %Y, %H:%M (%Z)").to_string()
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}
