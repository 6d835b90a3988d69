//! One order: how it stands, what happened, and what its sender may do about it.

use lambda_http::http::{StatusCode, header};
use segl_core::assurance::Assurance;
use segl_core::ceremony::Authentication;
use segl_core::id::{OrderId, SignerIndex};
use segl_core::language::Language;
use segl_core::order::{Order, OrderState};
use segl_core::ports::SigningKey;
use segl_core::signer::{NationalId, Party, Person, Signer, ZoneName};
use segl_core::text::Name;
use segl_core::transition::{Command, PeopleCommand};
use segl_core::use_case::evidence::trail;
use segl_core::use_case::read::own_order;
use segl_core::use_case::update::update;
use segl_dialects::native;
use segl_dialects::problem::Problem;
use segl_lambda::call::Call;
use segl_lambda::reply::{Reply, told};
use segl_lambda::service::{Service, Storage};
use segl_openid::exchange::Exchange;
use segl_pages::form::Fields;
use segl_pages::look::Surroundings;
use serde_json::{Value, json};

use crate::create::{Row, end_of_day};
use crate::notice::Notice;
use crate::wrong::{Wrong, wrong};
use crate::{Desk, Visit, page};

/// The page. `problems` are what went wrong just now.
pub async fn show<P: Storage, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<E, K>,
    visit: &Visit,
    id: &str,
    problems: Vec<Wrong>,
) -> Result<Reply, Notice> {
    let order = find(service, visit, id).await?;
    let events = trail(&service.ports, &order).await?;
    let page = page::order(&desk.look, visit, &service.settings.zone, service.ports.now(), &order, &events, &problems);
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let reply = desk.look.html(status, page, Surroundings::default());
    let waits = problems.is_empty() && matches!(order.state, OrderState::Drafting { .. } | OrderState::Sealing { .. });
    Ok(if waits { reply.header(header::REFRESH, "3") } else { reply })
}

/// Does what a form of the page asks for.
pub async fn act<P: Storage, E: Exchange, K: SigningKey>(
    service: &Service<P>,
    desk: &Desk<E, K>,
    call: &Call,
    visit: &Visit,
    id: &str,
) -> Result<Reply, Notice> {
    let fields = Fields::read(call).ok_or(Notice::Malformed)?;
    visit.check(service, fields.text("form"))?;
    let order = find(service, visit, id).await?;
    let ports = &service.ports;
    let decide = |command: Command| {
        move |order: Order| {
            let (order, actor) = visit.acts_on(ports, order)?;
            order.apply(actor, ports.now(), command.clone())
        }
    };
    let done = match command(service, &order, &fields)? {
        Ok(command) => update(ports, order.id, decide(command)).await.map_err(|error| told(&error)),
        Err(problem) => Err(problem),
    };
    match done {
        // The page is fetched anew, so that a reload does not send the form again.
        Ok(_) => Ok(desk.look.guard(Reply::see_other(&format!("/sender/orders/{}", order.id)), Surroundings::default())),
        Err(problem) if problem.status() >= 500 => Err(Notice::from(&problem)),
        Err(problem) => show(service, desk, visit, id, wrong(&problem, None, visit.language)).await,
    }
}

/// What a form asks for, read by the rules of the native API.
fn command<P: Storage>(service: &Service<P>, order: &Order, fields: &Fields) -> Result<Result<Command, Problem>, Notice> {
    let field = |name| fields.text(name);
    let signer = || field("signer").parse().map(SignerIndex).map_err(|_| Notice::Malformed);
    let people = |command| Ok(Ok(Command::People(command)));
    match field("act") {
        "remind" => people(PeopleCommand::Remind { signer: None }),
        "remind-signer" => people(PeopleCommand::Remind { signer: Some(signer()?) }),
        "unblock" => people(PeopleCommand::Unblock { signer: signer()? }),
        "extend" => {
            let day = field("deadline");
            let deadline = end_of_day(day, &service.settings.zone).unwrap_or_else(|| day.to_owned());
            let body = json!({"deadline": deadline}).to_string();
            let read = native::people::extension(body.as_bytes(), service.ports.now());
            Ok(read.map(|deadline| Command::People(PeopleCommand::Extend { deadline })))
        }
        "correct" => {
            let (signer, text) = (signer()?, |name| field(name).trim().to_owned());
            let row = Row { name: text("name"), email: text("email"), mobile: text("mobile"), method: text("method"), ..Row::default() };
            let Ok(Signer { party: Party::Person(before), .. }) = order.signer(signer) else { return Err(Notice::Malformed) };
            let read = native::people::correction(corrected(&row, before).to_string().as_bytes(), service.settings.eid);
            let directory = before.directory.clone();
            Ok(read.map(|person| {
                let person = Box::new(Person { directory, ..person });
                Command::People(PeopleCommand::Correct { signer, person })
            }))
        }
        "cancel" => {
            let body = match field("reason").trim() {
                "" => json!({}),
                reason => json!({"reason": reason}),
            };
            Ok(native::decision::cancellation(body.to_string().as_bytes()).map(|reason| Command::Cancel { reason }))
        }
        _ => Err(Notice::Malformed),
    }
}

/// The person as the form has it; what the form does not show stays as it was.
fn corrected(row: &Row, before: &Person) -> Value {
    let mut person = row.person();
    let Person { title, national_id, assurance, language, zone, .. } = before;
    let kept = [
        ("title", title.as_ref().map(Name::as_str)),
        ("national_id", national_id.as_ref().map(NationalId::as_str)),
        ("assurance", assurance.filter(|_| row.method == Authentication::Eid.as_str()).map(Assurance::as_str)),
        ("language", language.map(Language::tag)),
        ("time_zone", zone.as_ref().map(ZoneName::as_str)),
    ];
    for (name, value) in kept {
        if let Some(value) = value {
            person[name] = value.into();
        }
    }
    person
}

/// An order of the organization's. Of others nobody learns that they exist.
pub async fn find<P: Storage>(service: &Service<P>, visit: &Visit, id: &str) -> Result<Order, Notice> {
    let id: OrderId = id.parse().map_err(|_| Notice::Nothing)?;
    Ok(own_order(&service.ports, &visit.client, id).await?)
}
