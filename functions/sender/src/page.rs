//! The pages.

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use segl_core::ceremony::Authentication;
use segl_core::document::DocumentState;
use segl_core::event::Event;
use segl_core::id::DocumentIndex;
use segl_core::language::Language;
use segl_core::order::{NextAction, Order, OrderState};
use segl_core::ports::SigningKey;
use segl_core::signer::{Party, Signer, SignerStatus};
use segl_openid::exchange::Exchange;
use segl_pages::look::Look;
use segl_wording::time::time;
use segl_wording::{SenderWords, Words, fill, sender_words, words};

use crate::create::{Draft, ROWS, Row};
use crate::list::Filter;
use crate::notice::Notice;
use crate::timeline::{sentence, signer_name};
use crate::wrong::Wrong;
use crate::{Desk, Visit};

/// What every page has.
struct Frame<'a> {
    tag: &'static str,
    style: &'a str,
    logo: Option<&'a str>,
    sender: &'a str,
}

/// Who is logged in, and how to log out.
struct Holder<'a> {
    name: &'a str,
    organization: &'a str,
    log_out: &'static str,
    mark: &'a str,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage<'a> {
    frame: Frame<'a>,
    heading: &'a str,
    text: &'a str,
    back: &'a str,
}

#[derive(Template)]
#[template(path = "log_in.html")]
struct LogInPage<'a> {
    frame: Frame<'a>,
    own: &'static SenderWords,
    /// Address and words.
    providers: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage<'a> {
    frame: Frame<'a>,
    holder: Holder<'a>,
    own: &'static SenderWords,
    filter: &'a Filter,
    from: String,
    until: String,
    rows: Vec<ListRow<'a>>,
    older: Option<String>,
}

struct ListRow<'a> {
    href: String,
    title: &'a str,
    state: &'static str,
    created: String,
}

#[derive(Template)]
#[template(path = "create.html")]
struct CreatePage<'a> {
    frame: Frame<'a>,
    holder: Holder<'a>,
    own: &'static SenderWords,
    draft: &'a Draft,
    rows: Vec<FormRow>,
    problems: &'a [Wrong],
}

/// The fields of one signer.
struct FormRow {
    /// What keeps the fields apart from those of other signers.
    number: usize,
    legend: String,
    /// Whether a log-in with an electronic identity can be asked for.
    has_eid: bool,
    row: Row,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    frame: Frame<'a>,
    holder: Holder<'a>,
    own: &'static SenderWords,
    words: &'static Words,
    action: String,
    problems: &'a [Wrong],
    title: &'a str,
    message: &'a str,
    state: &'static str,
    waits: String,
    until: Option<String>,
    may_remind: bool,
    may_extend: bool,
    may_cancel: bool,
    documents: Vec<DocumentRow<'a>>,
    signers: Vec<SignerRow>,
    records: Vec<(String, &'static str)>,
    events: Vec<EventRow>,
}

struct EventRow {
    sentence: String,
    at: String,
    by: Option<String>,
}

struct DocumentRow<'a> {
    title: &'a str,
    /// Address and level, once sealed.
    sealed: Option<(String, &'static str)>,
    findings: Vec<&'a str>,
    /// Why it cannot be used, in English.
    refusal: Option<&'a str>,
}

struct SignerRow {
    index: u16,
    name: String,
    standing: String,
    is_open: bool,
    is_blocked: bool,
    /// Where it can be corrected.
    form: Option<FormRow>,
}

#[derive(Template)]
#[template(path = "logged_out.html")]
struct LoggedOutPage<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    /// Address and words.
    there: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "being_made.html")]
struct BeingMadePage<'a> {
    frame: Frame<'a>,
    holder: Holder<'a>,
    own: &'static SenderWords,
    title: &'a str,
    order: String,
}

/// A page about nothing.
pub fn notice(look: &Look, notice: Notice, language: Language) -> String {
    let (heading, text) = notice.text(language);
    render(&NoticePage { frame: frame(look, language, ""), heading, text, back: sender_words(language).back })
}

/// The page of one who is not logged in.
pub fn log_in<E: Exchange, K: SigningKey>(desk: &Desk<E, K>, language: Language) -> String {
    let own = sender_words(language);
    let link = |id: &str, name: &str| (format!("/sender/log-in/{id}"), fill(own.log_in_with, &[("provider", name)]));
    let providers = desk.party.providers().map(|provider| link(&provider.id, &provider.name)).collect();
    render(&LogInPage { frame: frame(&desk.look, language, ""), own, providers })
}

/// The page after logging out; `there` is where to log out at which provider, too.
pub fn logged_out(look: &Look, language: Language, there: Option<(String, &str)>) -> String {
    let words = words(language);
    let there = there.map(|(address, provider)| (address, fill(words.log_out_there, &[("provider", provider)])));
    render(&LoggedOutPage { frame: frame(look, language, ""), words, there })
}

/// The page while evidence is made.
pub fn being_made(look: &Look, visit: &Visit, order: &Order) -> String {
    render(&BeingMadePage {
        frame: frame(look, visit.language, visit.client.organization.as_str()),
        holder: holder(visit),
        own: sender_words(visit.language),
        title: order.title.as_str(),
        order: format!("/sender/orders/{}", order.id),
    })
}

/// The list of orders.
pub fn list(look: &Look, visit: &Visit, zone: &TimeZone, filter: &Filter, orders: &[Order], older: Option<String>) -> String {
    let own = sender_words(visit.language);
    let rows = orders.iter().map(|order| ListRow {
        href: format!("/sender/orders/{}", order.id),
        title: order.title.as_str(),
        state: own.state(order.state.name()),
        created: fill(own.created_at, &[("time", &time(order.created_at, zone, visit.language))]),
    });
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
    render(&ListPage {
        frame: frame(look, visit.language, visit.client.organization.as_str()),
        holder: holder(visit),
        own,
        filter,
        from: day(filter.from),
        until: day(filter.until),
        rows: rows.collect(),
        older,
    })
}

/// The form for a new order.
pub fn create(look: &Look, visit: &Visit, draft: &Draft, problems: &[Wrong]) -> String {
    let own = sender_words(visit.language);
    let rows = (0..ROWS).map(|number| form_row(visit, number, draft.signers.get(number).cloned().unwrap_or_default()));
    render(&CreatePage {
        frame: frame(look, visit.language, visit.client.organization.as_str()),
        holder: holder(visit),
        own,
        draft,
        rows: rows.collect(),
        problems,
    })
}

/// The page of an order.
pub fn order(look: &Look, visit: &Visit, zone: &TimeZone, now: Timestamp, order: &Order, events: &[Event], problems: &[Wrong]) -> String {
    let (language, own) = (visit.language, sender_words(visit.language));
    let pending = matches!(order.state, OrderState::Pending { .. });
    let open = order.state.ended_at().is_none() && now < order.deadline;
    render(&OrderPage {
        frame: frame(look, language, visit.client.organization.as_str()),
        holder: holder(visit),
        own,
        words: words(language),
        action: format!("/sender/orders/{}", order.id),
        problems,
        title: order.title.as_str(),
        message: order.description.as_str(),
        state: own.state(order.state.name()),
        waits: waits(order, language),
        until: open.then(|| fill(own.until, &[("time", &time(order.signing_deadline(), zone, language))])),
        may_remind: pending && open,
        may_extend: open && !matches!(order.state, OrderState::Sealing { .. }),
        may_cancel: open && !matches!(order.state, OrderState::Sealing { .. }),
        documents: documents(order, language),
        signers: order.signers().map(|(index, signer)| signer_row(order, index, signer, pending && open, visit, zone)).collect(),
        records: records(order, visit),
        events: events.iter().map(|event| event_row(order, event, language, zone)).collect(),
    })
}

/// What has to happen next, and who has to do it.
fn waits(order: &Order, language: Language) -> String {
    let own = sender_words(language);
    match order.next_action() {
        NextAction::Documents(_) => own.waits_documents.to_owned(),
        NextAction::Signatures(signers) => {
            let names: Vec<_> = signers.into_iter().map(|signer| signer_name(order, signer, language)).collect();
            fill(own.waits_signatures, &[("names", &names.join(", "))])
        }
        NextAction::Signers => own.waits_signers.to_owned(),
        NextAction::Seal => own.waits_seal.to_owned(),
        NextAction::Nothing => own.waits_nothing.to_owned(),
    }
}

/// What there is to keep: address and words.
fn records(order: &Order, visit: &Visit) -> Vec<(String, &'static str)> {
    let own = sender_words(visit.language);
    let has_token = order.sealed_document(DocumentIndex(0)).is_ok();
    // Others of the organization read orders without evidence.
    let has_evidence = order.created_by == visit.client.id;
    let all = [
        ("evidence.pdf", own.evidence, has_evidence),
        ("evidence.zip", own.evidence_archive, has_evidence),
        ("workflow-token", own.token, has_token),
        ("events", own.trail, true),
    ];
    all.into_iter()
        .filter(|(_, _, is_there)| *is_there)
        .map(|(name, text, _)| (format!("/sender/orders/{}/{name}", order.id), text))
        .collect()
}

fn event_row(order: &Order, event: &Event, language: Language, zone: &TimeZone) -> EventRow {
    let clerk = event.actor.clerk().and_then(|clerk| order.clerk(clerk));
    let by = clerk.map(|clerk| fill(sender_words(language).by, &[("name", clerk.label())]));
    EventRow { sentence: sentence(order, event, language, zone), at: time(event.at, zone, language), by }
}

fn documents(order: &Order, language: Language) -> Vec<DocumentRow<'_>> {
    order
        .documents()
        .map(|(index, document)| {
            let sealed = order.sealed_document(index).ok();
            let link = |level: &'static str| (format!("/sender/orders/{}/documents/{index}", order.id), level);
            let found = document.facts().map(|facts| facts.findings.as_slice()).unwrap_or_default();
            DocumentRow {
                title: document.title.as_str(),
                sealed: sealed.map(|sealed| link(sealed.level.as_str())),
                findings: found.iter().map(|finding| words(language).finding(&finding.code).unwrap_or(&finding.text)).collect(),
                refusal: match &document.state {
                    DocumentState::Refused(refusal) => Some(words(language).refusal(&refusal.code).unwrap_or(&refusal.text)),
                    _ => None,
                },
            }
        })
        .collect()
}

fn signer_row(order: &Order, index: segl_core::id::SignerIndex, signer: &Signer, live: bool, visit: &Visit, zone: &TimeZone) -> SignerRow {
    let words = words(visit.language);
    let is_open = matches!(signer.status, SignerStatus::Open { .. });
    let undecided = is_open || matches!(signer.status, SignerStatus::Waiting);
    let standing = match &signer.status {
        SignerStatus::Waiting => words.is_waiting.to_owned(),
        SignerStatus::Open { .. } => words.is_open.to_owned(),
        SignerStatus::Signed(signature) => fill(words.has_signed, &[("time", &time(signature.at, zone, visit.language))]),
        SignerStatus::Declined { reason: Some(reason), .. } => format!("{}: {reason}", words.has_declined),
        SignerStatus::Declined { reason: None, .. } => words.has_declined.to_owned(),
        SignerStatus::NotNeeded => words.not_needed.to_owned(),
    };
    let form = match &signer.party {
        Party::Person(person) if undecided && live => {
            let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
            let row = Row {
                name: text(person.name.as_ref().map(|name| name.as_str())),
                email: text(person.email.as_ref().map(|email| email.as_str())),
                mobile: text(person.mobile.as_ref().map(|mobile| mobile.as_str())),
                method: person.authentication.as_str().to_owned(),
                ..Row::default()
            };
            Some(form_row(visit, usize::from(index.0), row))
        }
        _ => None,
    };
    SignerRow {
        index: index.0,
        name: signer_name(order, index, visit.language),
        standing,
        is_open: is_open && live,
        is_blocked: is_open && live && signer.access.blocked_at.is_some(),
        form,
    }
}

fn form_row(visit: &Visit, number: usize, row: Row) -> FormRow {
    let legend = fill(sender_words(visit.language).signer, &[("number", &(number + 1).to_string())]);
    // What a signer was asked for before stays to be chosen: nothing weaker takes its place by itself.
    FormRow { number, legend, has_eid: visit.has_eid || row.method == Authentication::Eid.as_str(), row }
}

fn frame<'a>(look: &'a Look, language: Language, organization: &'a str) -> Frame<'a> {
    let sender = look.brand.name.as_deref().unwrap_or(organization);
    Frame { tag: language.tag(), style: &look.style, logo: look.brand.logo.as_deref(), sender }
}

fn holder(visit: &Visit) -> Holder<'_> {
    Holder {
        name: visit.session.clerk.label(),
        organization: visit.client.organization.as_str(),
        log_out: sender_words(visit.language).log_out,
        mark: &visit.mark,
    }
}

fn render(page: &impl Template) -> String {
    page.render().expect("the templates write strings and numbers only, and into a string")
}
