//! The values of a request for an order.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use segl_core::assurance::Assurance;
use segl_core::ceremony::{Ceremony, Direct, ExitUrl};
use segl_core::document::Announced;
use segl_core::id::{ClientId, OrganizationId, Sha256};
use segl_core::new_order::{NewDocument, NewGroup, NewOrder};
use segl_core::offer::Offer;
use segl_core::order::{Dialect, LinkTarget, MAX_DOCUMENTS, MAX_SIGNERS, Options, Roster};
use segl_core::signer::{Email, Party, Person, System};
use segl_core::text::{Description, FileName, Name, Title};
use serde_json::Value;

use crate::content::{self, MAX_DOCUMENT};
use crate::json::Object;
use crate::native::people::{PersonRequest, language};
use crate::native::request::wire::{CreatorRequest, DirectRequest, DocumentRequest, GroupRequest, OrderRequest, SignerKind, SignerRequest};
use crate::native::request::{DEFAULT_DAYS, MAX_DAYS, Parsed};
use crate::problem::{FieldError, FieldErrors, Kind, Problem};

/// Turns the shape into an order, or tells everything that is wrong with it.
pub(super) fn order(request: OrderRequest, now: Timestamp, max_inline: usize, offer: Offer) -> Result<Parsed, Problem> {
    let mut errors = FieldErrors::default();
    let title = errors.take("/title", Title::parse(&request.title));
    let description = errors.take("/description", Description::parse(request.description.as_deref().unwrap_or("")));
    let deadline = errors.take("/deadline", deadline(request.deadline.as_deref(), now));
    let retention = errors.take("/retention_days", request.retention_days.map(retention).transpose());
    let language = request.language.and_then(|raw| errors.take("/language", language(&raw)));
    let direct = request.direct.and_then(|Object(request)| direct(request, &mut errors));
    let creator = request.creator.map(|Object(creator)| person_told(creator, &mut errors));
    let (documents, contents) = documents(request.documents, max_inline, &mut errors)?;
    let groups = groups(request.signers, request.groups, offer.eid, &mut errors);
    let (tell_signers, hide_signers) = request.options.map_or((None, None), |Object(options)| (options.tell_signers, options.hide_signers));
    let options = Options {
        tell_signers: tell_signers.unwrap_or(false),
        link: LinkTarget::Order,
        seal: super::seal::terms(request.seal.map(|Object(seal)| seal), offer.seal, &mut errors),
    };
    let ceremony = Ceremony { language, hide_signers: hide_signers.unwrap_or(false), direct };
    match (title, description, deadline, retention) {
        (Some(title), Some(description), Some(deadline), Some(retention)) if errors.is_empty() => Ok(Parsed {
            order: NewOrder {
                dialect: Dialect::Native,
                title,
                description,
                creator,
                clerk: None,
                deadline,
                retention,
                options,
                ceremony,
                tags: request.tags.map_or(Value::Null, Value::Object),
                documents,
                groups,
                roster: Roster::Closed,
                ahead: None,
                warnings: Vec::new(),
            },
            contents,
        }),
        _ => Err(Problem::invalid(errors.into_vec())),
    }
}

/// A deadline must lie in the future, and not so far off that adding to it leaves the calendar. It is cut to whole milliseconds, as
/// all times of the domain are.
pub(crate) fn in_the_future(deadline: Timestamp, now: Timestamp) -> Result<Timestamp, String> {
    if deadline <= now {
        Err("must be in the future".to_owned())
    } else if deadline.duration_since(now) > SignedDuration::from_hours(24 * MAX_DAYS) {
        Err(format!("must be at most {MAX_DAYS} days from now"))
    } else {
        Timestamp::from_millisecond(deadline.as_millisecond()).map_err(|error| error.to_string())
    }
}

/// A deadline as it is written (RFC 3339).
pub(crate) fn read_deadline(raw: &str, now: Timestamp) -> Result<Timestamp, String> {
    in_the_future(raw.parse().map_err(|_| "must be a time with a zone such as 2030-06-30T12:00:00Z (RFC 3339)")?, now)
}

fn deadline(raw: Option<&str>, now: Timestamp) -> Result<Timestamp, String> {
    match raw {
        Some(raw) => read_deadline(raw, now),
        None => now.checked_add(SignedDuration::from_hours(24 * DEFAULT_DAYS)).map_err(|error| error.to_string()),
    }
}

fn hours_to_sign(hours: u32) -> Result<SignedDuration, String> {
    let most = 24 * MAX_DAYS;
    let hours = i64::from(hours);
    if (1..=most).contains(&hours) { Ok(SignedDuration::from_hours(hours)) } else { Err(format!("must be 1 to {most} hours")) }
}

fn direct(request: DirectRequest, errors: &mut FieldErrors) -> Option<Direct> {
    let mut exit = |member: &str, raw: &str| errors.take(format!("/direct/{member}"), ExitUrl::parse(raw));
    let completion = exit("completion_url", &request.completion_url);
    let rejection = exit("rejection_url", &request.rejection_url);
    let error = exit("error_url", &request.error_url);
    Some(Direct { completion: completion?, rejection: rejection?, error: error?, framed: request.framed.unwrap_or(false) })
}

fn retention(days: u32) -> Result<SignedDuration, String> {
    let days = i64::from(days);
    if (1..=MAX_DAYS).contains(&days) { Ok(SignedDuration::from_hours(24 * days)) } else { Err(format!("must be 1 to {MAX_DAYS} days")) }
}

fn person_told(creator: CreatorRequest, errors: &mut FieldErrors) -> Person {
    Person {
        name: creator.name.and_then(|raw| errors.take("/creator/name", Name::parse(&raw))),
        email: errors.take("/creator/email", Email::parse(&creator.email)),
        ..Person::default()
    }
}

/// The content of each document, where it came with the request.
type Contents = Vec<Option<Vec<u8>>>;

/// The documents with their contents. Stops at once where they are too large together: decoding on would only use memory.
fn documents(
    requests: Vec<Object<DocumentRequest>>,
    max_inline: usize,
    errors: &mut FieldErrors,
) -> Result<(Vec<NewDocument>, Contents), Problem> {
    if requests.is_empty() || requests.len() > MAX_DOCUMENTS {
        errors.push(FieldError::pointer("/documents", format!("must be 1 to {MAX_DOCUMENTS} documents")));
    }
    let mut room = max_inline;
    let mut documents = Vec::new();
    let mut contents = Vec::new();
    for (number, Object(request)) in requests.into_iter().enumerate() {
        let place = |member: &str| format!("/documents/{number}/{member}");
        let title = errors.take(place("title"), Title::parse(&request.title));
        let file_name = request.file_name.and_then(|raw| errors.take(place("file_name"), FileName::parse(&raw)));
        let mut announced = Announced {
            sha256: request.sha256.and_then(|raw| errors.take(place("sha256"), raw.parse())),
            size: request.size.and_then(|size| errors.take(place("size"), announced_size(size))),
        };
        let content = match request.content_base64 {
            // Padding is at most two characters, so that this refuses nothing that would fit.
            Some(raw) if raw.len() / 4 * 3 > room + 2 => return Err(too_large(max_inline)),
            Some(raw) => errors.take(place("content_base64"), decode(&raw)),
            None => None,
        };
        if let Some(content) = &content {
            room = room.checked_sub(content.len()).ok_or_else(|| too_large(max_inline))?;
            announced = same(announced, content, place, errors);
        }
        if let Some(title) = title {
            documents.push(NewDocument { title, file_name, announced });
        }
        contents.push(content);
    }
    Ok((documents, contents))
}

fn too_large(max_inline: usize) -> Problem {
    let detail = format!("the documents in a request may have {max_inline} bytes together; {}", content::UPLOAD_INSTEAD);
    Problem::new(Kind::BodyTooLarge, detail)
}

fn announced_size(size: u64) -> Result<u64, String> {
    if (1..=MAX_DOCUMENT).contains(&size) { Ok(size) } else { Err(format!("must be 1 to {MAX_DOCUMENT} bytes")) }
}

/// Standard alphabet with padding and nothing else (RFC 4648, 3.3 and 4), so that one content has one encoding.
pub(crate) fn decode(raw: &str) -> Result<Vec<u8>, String> {
    let content = STANDARD.decode(raw).map_err(|error| format!("must be base64 (RFC 4648, 4): {error}"))?;
    content::check(&content).map_err(|error| error.to_string())?;
    Ok(content)
}

/// What content that is already here will be. Where the request says something else, one of the two is wrong.
fn same(announced: Announced, content: &[u8], place: impl Fn(&str) -> String, errors: &mut FieldErrors) -> Announced {
    let size = content.len() as u64;
    let sha256 = Sha256::of(content);
    if announced.size.is_some_and(|said| said != size) {
        errors.push(FieldError::pointer(place("size"), format!("is not the size of the content, which has {size} bytes")));
    }
    if announced.sha256.is_some_and(|said| said != sha256) {
        errors.push(FieldError::pointer(place("sha256"), format!("is not the digest of the content, which is {sha256}")));
    }
    Announced { sha256: Some(sha256), size: Some(size) }
}

pub(crate) fn groups(
    signers: Option<Vec<Object<SignerRequest>>>,
    groups: Option<Vec<Object<GroupRequest>>>,
    eid: Option<Assurance>,
    errors: &mut FieldErrors,
) -> Vec<NewGroup> {
    let mut places = Vec::new();
    let (list, groups) = match (signers, groups) {
        (Some(signers), None) => {
            places.push(String::new());
            ("/signers", vec![GroupRequest { quorum: None, hours_to_sign: None, signers }])
        }
        (None, Some(groups)) => {
            places.extend((0..groups.len()).map(|number| format!("/groups/{number}")));
            ("/groups", groups.into_iter().map(|Object(group)| group).collect())
        }
        (Some(_), Some(_)) => {
            errors.push(FieldError::pointer("/groups", "give signers or groups, not both"));
            return Vec::new();
        }
        (None, None) => {
            errors.push(FieldError::pointer("/signers", "is missing: give signers or groups"));
            return Vec::new();
        }
    };
    let in_all: usize = groups.iter().map(|group| group.signers.len()).sum();
    if groups.is_empty() || in_all > MAX_SIGNERS {
        errors.push(FieldError::pointer(list, format!("must be 1 to {MAX_SIGNERS} signers in all")));
    }
    groups.into_iter().zip(&places).map(|(one, place)| group(one, place, eid, errors)).collect()
}

fn group(request: GroupRequest, place: &str, eid: Option<Assurance>, errors: &mut FieldErrors) -> NewGroup {
    let all = request.signers.len();
    if all == 0 {
        errors.push(FieldError::pointer(format!("{place}/signers"), "must have a signer"));
    } else if request.quorum.is_some_and(|quorum| !(1..=all).contains(&usize::from(quorum))) {
        errors.push(FieldError::pointer(format!("{place}/quorum"), format!("must be 1 to {all}, the number of signers")));
    }
    let mut signers: Vec<Party> = Vec::new();
    for (number, Object(request)) in request.signers.into_iter().enumerate() {
        let place = format!("{place}/signers/{number}");
        let Some(party) = party(request, &place, eid, errors) else { continue };
        if matches!(party, Party::System(_)) && signers.contains(&party) {
            errors.push(FieldError::pointer(format!("{place}/organization"), "appears twice in the same group"));
        }
        signers.push(party);
    }
    let time = request.hours_to_sign.and_then(|hours| errors.take(format!("{place}/hours_to_sign"), hours_to_sign(hours)));
    NewGroup { quorum: request.quorum, time, signers }
}

fn party(request: SignerRequest, place: &str, eid: Option<Assurance>, errors: &mut FieldErrors) -> Option<Party> {
    let SignerRequest {
        kind,
        organization,
        client,
        name,
        title,
        email,
        mobile,
        national_id,
        authentication,
        assurance,
        language,
        time_zone,
    } = request;
    let person = PersonRequest { name, title, email, mobile, national_id, authentication, assurance, language, time_zone };
    match kind {
        SignerKind::System => {
            for (member, given) in person.given() {
                if given {
                    errors.push(FieldError::pointer(format!("{place}/{member}"), "belongs to a person, not to a system"));
                }
            }
            let Some(organization) = organization else {
                errors.push(FieldError::pointer(format!("{place}/organization"), "is missing"));
                return None;
            };
            let client = client.map(|raw| errors.take(format!("{place}/client"), raw.parse::<ClientId>()));
            let organization = errors.take(format!("{place}/organization"), organization.parse::<OrganizationId>())?;
            Some(Party::System(System { organization, client: client.flatten() }))
        }
        SignerKind::Person => {
            for (member, value) in [("organization", &organization), ("client", &client)] {
                if value.is_some() {
                    errors.push(FieldError::pointer(format!("{place}/{member}"), "belongs to a system, not to a person"));
                }
            }
            Some(Party::Person(person.read(place, eid, errors)))
        }
    }
}
