//! `segl organization`: what is settled for an organization as a whole.

use std::fmt;

use clap::{Args, Subcommand};
use jiff::SignedDuration;
use segl_core::id::OrganizationId;
use segl_core::language::Language;
use segl_core::ports::{Contact, Organizations};
use segl_core::signer::Email;
use serde::Serialize;

use crate::error::Error;
use crate::output::{Output, Plain};
use crate::service::ServiceOptions;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// `segl organization`.
#[derive(Debug, Args)]
pub struct OrganizationArguments {
    #[command(flatten)]
    service: ServiceOptions,
    #[command(subcommand)]
    command: OrganizationCommand,
}

#[derive(Debug, Subcommand)]
enum OrganizationCommand {
    /// Show what is settled for an organization
    Show {
        /// The organization, for example DK01234567
        organization: OrganizationId,
    },
    /// Settle how long documents and personal data of its orders are kept after their end; counts for orders created from now on
    Retention {
        /// The organization, for example DK01234567
        organization: OrganizationId,
        /// How many days; without it, the time of the whole service counts again
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
        days: Option<u32>,
    },
    /// Settle who is told by e-mail what concerns the organization as a whole, such as that a webhook was switched off
    Contact {
        /// The organization, for example DK01234567
        organization: OrganizationId,
        /// The address; without it, nobody is told
        #[arg(long, value_parser = Email::parse, value_name = "ADDRESS")]
        mail: Option<Email>,
        /// The language of the mails: en, nb, da, sv or nl
        #[arg(long, value_parser = language, default_value = "en", requires = "mail", value_name = "TAG")]
        language: Language,
    },
}

fn language(tag: &str) -> Result<Language, &'static str> {
    Language::of_tag(tag).ok_or("must be en, nb, da, sv or nl")
}

impl OrganizationArguments {
    pub(crate) async fn run(self, output: &mut Output<'_>) -> Result<(), Error> {
        let store = self.service.store().await?;
        output.show(&match self.command {
            OrganizationCommand::Show { organization } => show(&store, organization).await?,
            OrganizationCommand::Retention { organization, days } => settle(&store, organization, days).await?,
            OrganizationCommand::Contact { organization, mail, language } => {
                let contact = mail.map(|email| Contact { email, language });
                name_contact(&store, organization, contact).await?
            }
        })
    }
}

/// What is settled.
///
/// # Errors
/// [`Error::Service`] when the service does not answer.
pub async fn show<P: Organizations>(ports: &P, organization: OrganizationId) -> Result<View, Error> {
    let retention = ports.retention(&organization).await?;
    let days = retention.and_then(|retention| u32::try_from(retention.as_hours() / DAY.as_hours()).ok());
    let contact =
        ports.contact(&organization).await?.map(|Contact { email, language }| ContactView { email: email.as_str().to_owned(), language });
    Ok(View { organization, retention_days: days, contact })
}

/// Settles retention.
///
/// # Errors
/// [`Error::Service`] when the service does not answer.
pub async fn settle<P: Organizations>(ports: &P, organization: OrganizationId, days: Option<u32>) -> Result<View, Error> {
    let retention = days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
    ports.set_retention(&organization, retention).await?;
    show(ports, organization).await
}

/// Settles who is told what concerns the organization, or that nobody is.
///
/// # Errors
/// [`Error::Service`] when the service does not answer.
pub async fn name_contact<P: Organizations>(ports: &P, organization: OrganizationId, contact: Option<Contact>) -> Result<View, Error> {
    ports.set_contact(&organization, contact.as_ref()).await?;
    show(ports, organization).await
}

/// What is settled for an organization.
#[derive(Serialize)]
pub struct View {
    organization: OrganizationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    retention_days: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<ContactView>,
}

#[derive(Serialize)]
struct ContactView {
    email: String,
    language: Language,
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "organization  {}", self.organization)?;
        match self.retention_days {
            Some(days) => write!(f, "\nretention     {days} days after the end"),
            None => write!(f, "\nretention     that of the whole service"),
        }?;
        match &self.contact {
            Some(contact) => write!(f, "\ncontact       {} ({})", Plain(&contact.email), contact.language.tag()),
            None => write!(f, "\ncontact       nobody"),
        }
    }
}

#[cfg(test)]
mod tests {
    use segl_testkit::fake::Fake;

    use super::*;

    #[tokio::test]
    async fn retention_is_settled_and_given_up() {
        let fake = Fake::default();
        let organization: OrganizationId = "DK01234567".parse().expect("an organization");
        for (days, expected) in [(Some(90), Some(90)), (None, None)] {
            let view = settle(&fake, organization.clone(), days).await.expect("settles");
            assert_eq!(view.retention_days, expected);
        }
    }

    #[tokio::test]
    async fn a_contact_is_named_and_taken_back() {
        let fake = Fake::default();
        let organization: OrganizationId = "DK01234567".parse().expect("an organization");
        let contact = Contact { email: Email::parse("ops@example.org").expect("an address"), language: Language::Danish };
        for (named, line) in [(Some(contact), "contact       ops@example.org (da)"), (None, "contact       nobody")] {
            let view = name_contact(&fake, organization.clone(), named).await.expect("settles");
            assert!(view.to_string().contains(line), "{view}");
        }
    }
}
