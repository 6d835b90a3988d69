//! The pages.

pub mod list;
pub mod log_in;

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use segl_core::ceremony::Channel;
use segl_core::id::Sha256;
use segl_core::language::Language;
use segl_core::order::{Order, OrderState};
use segl_core::page_list::{PageEntry, PageList};
use segl_core::signer::{Party, Person, Signer, SignerStatus};
use segl_wording::time::time;
use segl_wording::{Words, fill, words};

use crate::look::Look;
use crate::notice::Notice;
use crate::portal::PORTAL;
use crate::visit::Visit;

/// What all pages of a visit are made from.
pub struct Scene<'a> {
    /// How pages look.
    pub look: &'a Look,
    /// Who looks at what.
    pub visit: &'a Visit,
    /// The visitor's language.
    pub language: Language,
    /// The visitor's zone.
    pub zone: TimeZone,
    /// When.
    pub now: Timestamp,
    /// What the forms carry.
    pub mark: String,
    /// What the form carries that logs out.
    pub log_out_mark: String,
    /// What went wrong just now.
    pub problem: Option<&'a str>,
}

/// What every page has.
struct Frame<'a> {
    tag: &'static str,
    style: &'a str,
    logo: Option<&'a str>,
    sender: &'a str,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage<'a> {
    frame: Frame<'a>,
    heading: &'a str,
    text: &'a str,
    /// Where to go on: address and label.
    way: Option<(&'a str, &'a str)>,
}

#[derive(Template)]
#[template(path = "proof.html")]
struct ProofPage<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    heading: String,
    order: String,
    completed: &'a str,
    documents: Vec<ProofRow>,
}

/// A document of a sealed order, by its digests.
pub struct ProofRow {
    /// Which.
    pub title: String,
    /// SHA-256 as it was signed.
    pub original: String,
    /// What a sealed file is, and its SHA-256: one for each that was ever given out.
    pub files: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "code.html")]
struct CodePage<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    action: String,
    mark: &'a str,
    problem: Option<&'a str>,
    intro: String,
    /// Whether a code is on its way.
    sent: bool,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage<'a> {
    frame: Frame<'a>,
    words: &'static Words,
    action: String,
    mark: &'a str,
    problem: Option<&'a str>,
    title: &'a str,
    asks: String,
    message: &'a str,
    until: String,
    standing: Standing,
    standing_text: String,
    documents: Vec<DocumentRow<'a>>,
    signers: Vec<SignerRow<'a>>,
    digests: String,
    images: String,
    back: Option<(String, String)>,
    /// The mark of the form that logs out, and who has logged in, for who has.
    log_out: Option<(String, String)>,
}

struct DocumentRow<'a> {
    title: &'a str,
    facts: String,
    href: String,
    download: String,
    findings: Vec<&'a str>,
    pages: Vec<PageRow<'a>>,
    /// What is to be said where not every page has an image.
    incomplete: Option<String>,
}

struct PageRow<'a> {
    heading: String,
    description: String,
    enlarge: String,
    text_label: String,
    href: String,
    width: u16,
    height: u16,
    text: &'a str,
}

struct SignerRow<'a> {
    name: &'a str,
    is_you: bool,
    standing: String,
}

/// What the page offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The documents and the form.
    MaySign,
    /// The documents, and how things stand.
    MayRead,
    /// The sealed documents.
    Sealed,
    /// How things stand, and nothing else.
    Closed,
}

/// A page about no order.
pub fn notice_page(look: &Look, notice: Notice, language: Language) -> String {
    let (heading, text) = notice.text(words(language));
    let frame = frame(look, language, look.brand.name.as_deref().unwrap_or_default());
    let way = (notice == Notice::NotLoggedIn).then(|| (PORTAL, words(language).log_in_again));
    render(&NoticePage { frame, heading, text, way })
}

/// The page of a sealed order for anybody who holds a document of it.
pub fn proof_page(look: &Look, language: Language, order: &Order, completed: &str, documents: Vec<ProofRow>) -> String {
    let sender = look.brand.name_or(order.organization.as_str());
    let words = words(language);
    let (frame, heading) = (frame(look, language, sender), fill(words.proof_heading, &[("sender", sender)]));
    render(&ProofPage { frame, words, heading, order: order.id.to_string(), completed, documents })
}

/// The page that asks for a code. It says nothing of the order.
pub fn code_page(scene: &Scene<'_>) -> Result<String, Notice> {
    let (visit, words) = (scene.visit, words(scene.language));
    let person = visit.person()?;
    let sender = scene.sender();
    let sent = visit.signer().access.code.as_ref().is_some_and(|code| code.is_good(scene.now));
    let (text, hint) = match person.authentication.channel() {
        Some(Channel::Sms) => (words.code_by_sms, person.mobile.as_ref().map(|mobile| last_two(mobile.as_str()))),
        _ => (words.code_by_email, person.email.as_ref().map(|email| masked(email.as_str()))),
    };
    let hint = hint.unwrap_or_default();
    let (text, hint) = if sent { (words.code_sent, scene.destination(person)) } else { (text, hint) };
    Ok(render(&CodePage {
        frame: frame(scene.look, scene.language, sender),
        words,
        action: scene.address(),
        mark: &scene.mark,
        problem: scene.problem,
        intro: fill(text, &[("sender", sender), ("hint", &hint)]),
        sent,
    }))
}

/// The page of an order for one signer. `lists` has the page images of each document.
pub fn order_page(scene: &Scene<'_>, lists: &[Option<PageList>]) -> String {
    let (visit, words) = (scene.visit, words(scene.language));
    let order = &visit.order;
    let (standing, standing_text) = scene.standing();
    let shown = standing != Standing::Closed;
    let digests = |all: Vec<Sha256>| all.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let page = OrderPage {
        frame: frame(scene.look, scene.language, scene.sender()),
        words,
        action: scene.address(),
        mark: &scene.mark,
        problem: scene.problem,
        title: order.title.as_str(),
        asks: fill(words.asks, &[("sender", scene.sender())]),
        message: order.description.as_str(),
        until: fill(words.until, &[("time", &scene.time(order.signing_deadline()))]),
        standing,
        standing_text,
        documents: if shown { scene.documents(standing, lists) } else { Vec::new() },
        signers: if shown && !order.ceremony.hide_signers && order.signers.len() > 1 { scene.signers() } else { Vec::new() },
        digests: digests(order.digests().unwrap_or_default()),
        images: digests(order.images()),
        back: scene.back(standing),
        log_out: scene.log_out(),
    };
    render(&page)
}

impl Scene<'_> {
    fn sender(&self) -> &str {
        self.look.brand.name_or(self.visit.order.organization.as_str())
    }

    /// Where a code went, for somebody who knows where that is.
    fn destination(&self, person: &Person) -> String {
        match (person.authentication.channel(), &person.mobile, &person.email) {
            (Some(Channel::Sms), Some(mobile), _) => format!("•••{}", last_two(mobile.as_str())),
            (_, _, Some(email)) => masked(email.as_str()),
            _ => String::new(),
        }
    }

    fn address(&self) -> String {
        self.visit.path.clone()
    }

    fn time(&self, at: Timestamp) -> String {
        time(at, &self.zone, self.language)
    }

    /// What the visitor can do, and how things stand.
    fn standing(&self) -> (Standing, String) {
        let (order, words) = (&self.visit.order, words(self.language));
        let closed = |text: &str| (Standing::Closed, text.to_owned());
        match (&order.state, &self.visit.signer().status) {
            (OrderState::Drafting { .. }, _) => closed(words.drafting),
            (OrderState::Pending { .. }, SignerStatus::Signed(signature)) => {
                let signed = fill(words.you_signed, &[("time", &self.time(signature.at))]);
                (Standing::MayRead, format!("{signed} {}", words.others_sign))
            }
            (OrderState::Sealing { .. }, SignerStatus::Signed(signature)) => {
                let signed = fill(words.you_signed, &[("time", &self.time(signature.at))]);
                (Standing::MayRead, format!("{signed} {}", words.being_sealed))
            }
            (OrderState::Pending { .. }, _) if self.now >= order.signing_deadline() => closed(words.time_over),
            (OrderState::Pending { .. }, SignerStatus::Open { .. }) => (Standing::MaySign, String::new()),
            (OrderState::Pending { .. }, SignerStatus::Waiting) => closed(words.not_yet),
            (OrderState::Accepted { .. }, _) => (Standing::Sealed, words.all_signed.to_owned()),
            (_, SignerStatus::Declined { at, .. }) => (Standing::Closed, fill(words.you_declined, &[("time", &self.time(*at))])),
            (OrderState::Rejected { .. }, _) => closed(words.others_declined),
            (OrderState::Cancelled { .. }, _) => closed(words.taken_back),
            (OrderState::Expired { .. }, _) => closed(words.time_over),
            (OrderState::Failed { .. }, _) => closed(words.failed),
            (OrderState::Pending { .. } | OrderState::Sealing { .. }, _) => closed(words.enough_signed),
        }
    }

    fn documents<'a>(&'a self, standing: Standing, lists: &'a [Option<PageList>]) -> Vec<DocumentRow<'a>> {
        let words = words(self.language);
        let order = &self.visit.order;
        let mut rows = Vec::new();
        for ((index, document), list) in order.documents().zip(lists) {
            let Some(facts) = document.facts() else { continue };
            let title = document.title.as_str();
            let href = format!("{}/documents/{index}", self.address());
            let count = if facts.pages == 1 { words.one_page.to_owned() } else { fill(words.pages, &[("n", &facts.pages.to_string())]) };
            let size = match order.sealed_document(index) {
                Ok(sealed) => sealed.size,
                Err(_) => facts.size,
            };
            let list = list.as_ref().filter(|_| standing != Standing::Sealed);
            let drawn = list.map_or(0, |list| list.pages.len());
            let incomplete = match drawn {
                _ if standing == Standing::Sealed => None,
                0 => Some(words.no_images.to_owned()),
                drawn if drawn < facts.pages as usize => {
                    Some(fill(words.some_images, &[("n", &drawn.to_string()), ("total", &facts.pages.to_string())]))
                }
                _ => None,
            };
            let warns = standing == Standing::MaySign;
            let findings = facts.findings.iter().filter(|_| warns);
            rows.push(DocumentRow {
                title,
                facts: format!("PDF, {count}, {}", size_text(size)),
                download: fill(words.download, &[("title", title)]),
                findings: findings.map(|finding| words.finding(&finding.code).unwrap_or(&finding.text)).collect(),
                pages: list.map(|list| self.pages(list, title, &href, facts.pages)).unwrap_or_default(),
                incomplete,
                href,
            });
        }
        rows
    }

    fn pages<'a>(&self, list: &'a PageList, title: &str, href: &str, total: u32) -> Vec<PageRow<'a>> {
        let words = words(self.language);
        let row = |(number, page): (usize, &'a PageEntry)| {
            let n = (number + 1).to_string();
            let values = [("n", n.as_str()), ("total", &total.to_string()), ("title", title)];
            PageRow {
                heading: fill(words.page_of, &values),
                description: fill(words.page_image, &values),
                enlarge: fill(words.enlarge, &values),
                text_label: fill(words.page_text, &values),
                href: format!("{href}/pages/{number}"),
                width: page.width,
                height: page.height,
                text: if page.text.is_empty() { words.no_text } else { &page.text },
            }
        };
        list.pages.iter().enumerate().map(row).collect()
    }

    fn signers(&self) -> Vec<SignerRow<'_>> {
        let words = words(self.language);
        self.visit
            .order
            .signers()
            .map(|(index, signer)| {
                let name = match &signer.party {
                    Party::Person(person) => person.name.as_ref().map_or(words.somebody, |name| name.as_str()),
                    Party::System(system) => system.organization.as_str(),
                    Party::Erased => words.somebody,
                };
                SignerRow { name, is_you: index == self.visit.index, standing: self.standing_of(signer) }
            })
            .collect()
    }

    fn standing_of(&self, signer: &Signer) -> String {
        let words = words(self.language);
        match &signer.status {
            SignerStatus::Waiting => words.is_waiting.to_owned(),
            SignerStatus::Open { .. } => words.is_open.to_owned(),
            SignerStatus::Signed(signature) => fill(words.has_signed, &[("time", &self.time(signature.at))]),
            SignerStatus::Declined { .. } => words.has_declined.to_owned(),
            SignerStatus::NotNeeded => words.not_needed.to_owned(),
        }
    }

    /// What it takes to log out.
    fn log_out(&self) -> Option<(String, String)> {
        let name = self.visit.logged_in.as_ref()?.who.name.as_deref();
        let name = name.map(|name| fill(words(self.language).logged_in_as, &[("name", name)]));
        Some((self.log_out_mark.clone(), name.unwrap_or_default()))
    }

    /// The way back to the portal, or to the sender for one who cannot sign here: address and label.
    fn back(&self, standing: Standing) -> Option<(String, String)> {
        if self.visit.is_in_portal() {
            return Some((PORTAL.to_owned(), words(self.language).to_tasks.to_owned()));
        }
        let direct = self.visit.direct().filter(|_| standing != Standing::MaySign)?;
        let exit = match self.visit.signer().status {
            SignerStatus::Signed(_) => &direct.completion,
            SignerStatus::Declined { .. } => &direct.rejection,
            SignerStatus::Waiting | SignerStatus::Open { .. } | SignerStatus::NotNeeded => &direct.error,
        };
        Some((exit.to_string(), fill(words(self.language).back, &[("sender", self.sender())])))
    }
}

fn frame<'a>(look: &'a Look, language: Language, sender: &'a str) -> Frame<'a> {
    Frame { tag: language.tag(), style: &look.style, logo: look.brand.logo.as_deref(), sender }
}

fn render(page: &impl Template) -> String {
    page.render().expect("the templates write strings and numbers only, and into a string")
}

fn size_text(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

fn last_two(number: &str) -> String {
    number.chars().skip(number.chars().count().saturating_sub(2)).collect()
}

/// `j…@example.org`: enough for its owner to know which mailbox to look into.
fn masked(email: &str) -> String {
    let (local, domain) = email.rsplit_once('@').unwrap_or((email, ""));
    format!("{}…@{domain}", local.chars().next().unwrap_or('…'))
}
