//! One-time codes: sending one, and taking one.

use segl_core::ceremony::{Channel, MAX_WRONG_CODES};
use segl_core::ports::{Answer, Mailer, Message, PortError, Texter};
use segl_core::refusal::Refusal;
use segl_core::use_case::Error;
use segl_core::use_case::ceremony::{draw_code, enter_code};
use segl_lambda::causes::Causes;
use segl_lambda::service::{Service, Storage};
use segl_wording::message::Voice;
use segl_wording::time::time;
use segl_wording::{Words, fill};

use crate::notice::Notice;
use crate::session::{Level, Session};
use crate::visit::Visit;
use crate::{Desk, failed};

/// Draws a code and sends it. Answers what to tell on the page, where it did not go out.
pub async fn send<P: Storage, M: Mailer, T: Texter>(
    service: &Service<P>,
    desk: &Desk<M, T>,
    visit: &Visit,
    voice: &Voice<'_>,
    words: &Words,
) -> Result<Option<String>, Notice> {
    let code = match draw_code(&service.ports, &service.root_key, visit.order.id, visit.index).await {
        Ok(code) => code,
        Err(Error::Refused(Refusal::TooSoon(at))) => {
            return Ok(Some(fill(words.code_too_soon, &[("time", &time(at, &voice.zone, voice.language))])));
        }
        Err(Error::Refused(Refusal::Blocked(_))) => return Err(Notice::Blocked),
        Err(error) => return Err(failed(error)),
    };
    let letter = voice.code(&code);
    let person = visit.person()?;
    let nowhere = || PortError::Rejected { service: "the signer", source: "there is no address for the code".into() };
    let sent: Answer<()> = match person.authentication.channel() {
        Some(Channel::Email) => match &person.email {
            Some(email) => {
                let message = Message { subject: letter.subject, text: letter.text, html: Some(letter.html) };
                desk.mail.send_mail(email, &message).await
            }
            None => Err(nowhere()),
        },
        Some(Channel::Sms) => match &person.mobile {
            Some(mobile) => desk.sms.send_text(mobile, &letter.sms).await,
            None => Err(nowhere()),
        },
        None => Err(nowhere()),
    };
    match sent {
        Ok(()) => Ok(None),
        Err(error) => {
            tracing::warn!(order = %visit.order.id, error = %Causes(&error), "a code was not sent");
            Ok(Some(words.code_not_sent.to_owned()))
        }
    }
}

/// Takes a code. Answers the session of one who brought the right one, or what to tell on the page.
pub async fn enter<P: Storage>(service: &Service<P>, visit: &Visit, code: &str, words: &Words) -> Result<Result<Session, String>, Notice> {
    let Service { ports, root_key, .. } = service;
    match enter_code(ports, root_key, visit.order.id, visit.index, code).await {
        Ok(true) => Ok(Ok(Session::begin(ports, root_key, visit.link()?, Level::Code, ports.now()))),
        Ok(false) => {
            let order = ports.order(visit.order.id).await.map_err(|error| failed(error.into()))?.ok_or(Notice::Unknown)?;
            let access = &order.signer(visit.index).map_err(|_| Notice::Unknown)?.access;
            if access.blocked_at.is_some() {
                return Err(Notice::Blocked);
            }
            let left = MAX_WRONG_CODES.saturating_sub(access.wrong);
            Ok(Err(fill(words.code_wrong, &[("n", &left.to_string())])))
        }
        Err(Error::Refused(Refusal::Blocked(_))) => Err(Notice::Blocked),
        Err(Error::Refused(Refusal::Invalid { .. })) => Ok(Err(words.code_lapsed.to_owned())),
        Err(error) => Err(failed(error)),
    }
}
