//! `segl person`: the user directory, in which orders look people up by an entry such as `sAMAccountName=cborgstrom`.

use std::fmt;

use clap::{Args, Subcommand};
use segl_core::event::Actor;
use segl_core::id::OrganizationId;
use segl_core::person_key::PersonKey;
use segl_core::ports::{Clock, Directory, Objects, Orders, Tasks};
use segl_core::root_key::RootKey;
use segl_core::signer::{DirectoryKey, Email, Mobile, NationalId, Person};
use segl_core::text::Name;
use segl_core::use_case::anonymise::anonymise;
use serde::Serialize;

use crate::error::Error;
use crate::output::Output;
use crate::service::ServiceOptions;

/// `segl person`.
#[derive(Debug, Args)]
pub struct PersonArguments {
    #[command(flatten)]
    service: ServiceOptions,
    #[command(subcommand)]
    command: PersonCommand,
}

#[derive(Debug, Subcommand)]
enum PersonCommand {
    /// Store a person, in place of what the entry held before
    Put {
        #[command(flatten)]
        entry: Entry,
        #[command(flatten)]
        details: Details,
    },
    /// Show what is stored under an entry
    Show(Entry),
    /// Remove a person's data from all orders of an organization and from its directory. The API does the same within the time that a
    /// request has; this takes the time that it needs
    Anonymize {
        /// The organization, for example DK01234567
        #[arg(long)]
        organization: OrganizationId,
        #[command(flatten)]
        whom: Whom,
    },
}

/// Whom: exactly one of these.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Whom {
    /// The directory entry, for example sAMAccountName=cborgstrom
    #[arg(long, value_parser = DirectoryKey::parse, value_name = "ATTRIBUTE=VALUE")]
    entry: Option<DirectoryKey>,
    /// E-mail address
    #[arg(long, value_parser = Email::parse, value_name = "ADDRESS")]
    mail: Option<Email>,
    /// Mobile number in international form
    #[arg(long, value_parser = Mobile::parse, value_name = "NUMBER")]
    mobile: Option<Mobile>,
    /// National identity number
    #[arg(long, value_parser = NationalId::parse, value_name = "NUMBER")]
    national_id: Option<NationalId>,
}

/// A place in the directory.
#[derive(Debug, Args)]
pub struct Entry {
    /// The organization whose directory is meant, for example DK01234567
    #[arg(long)]
    organization: OrganizationId,
    /// The entry as orders name it, for example sAMAccountName=cborgstrom
    #[arg(long, value_parser = DirectoryKey::parse, value_name = "ATTRIBUTE=VALUE")]
    entry: DirectoryKey,
}

/// What is known of a person.
#[derive(Debug, Default, Args)]
pub struct Details {
    /// The person's name
    #[arg(long, value_parser = Name::parse)]
    name: Option<Name>,
    /// E-mail address
    #[arg(long, value_parser = Email::parse, value_name = "ADDRESS")]
    mail: Option<Email>,
    /// Mobile number in international form, for example +46700000000
    #[arg(long, value_parser = Mobile::parse, value_name = "NUMBER")]
    mobile: Option<Mobile>,
    /// National identity number
    #[arg(long, value_parser = NationalId::parse, value_name = "NUMBER")]
    national_id: Option<NationalId>,
}

impl PersonArguments {
    pub(crate) async fn run(self, output: &mut Output<'_>) -> Result<(), Error> {
        let (store, root_key) = self.service.store_with_root_key().await?;
        match self.command {
            PersonCommand::Put { entry, details } => output.show(&put(&store, entry, details).await?),
            PersonCommand::Show(entry) => output.show(&show(&store, &entry).await?),
            PersonCommand::Anonymize { organization, whom } => output.show(&anonymize(&store, &root_key, organization, whom).await?),
        }
    }
}

/// Stores a person.
///
/// # Errors
/// [`Error::Service`] when the service does not answer.
pub async fn put<P: Directory>(ports: &P, entry: Entry, details: Details) -> Result<View, Error> {
    let Details { name, mail: email, mobile, national_id } = details;
    let person = Person { name, email, mobile, national_id, directory: Some(entry.entry.clone()), ..Person::default() };
    ports.put_person(&entry.organization, &person).await?;
    Ok(View::new(&entry, &person))
}

/// What is stored under an entry.
///
/// # Errors
/// [`Error::NotFound`] when there is nothing.
pub async fn show<P: Directory>(ports: &P, entry: &Entry) -> Result<View, Error> {
    let person = ports.look_up(&entry.organization, &entry.entry).await?;
    let person = person.ok_or(Error::NotFound("the directory of this organization has no such entry"))?;
    Ok(View::new(entry, &person))
}

/// Removes a person's data.
///
/// # Errors
/// [`Error::Service`] while the person has orders that are not over, or that are held; then nothing changes.
pub async fn anonymize<P: Orders + Objects + Tasks + Directory + Clock>(
    ports: &P,
    root_key: &RootKey,
    organization: OrganizationId,
    whom: Whom,
) -> Result<Anonymized, Error> {
    let Whom { entry, mail, mobile, national_id } = whom;
    let keys = [
        entry.map(PersonKey::Directory),
        mail.map(PersonKey::Email),
        mobile.map(PersonKey::Mobile),
        national_id.map(PersonKey::NationalId),
    ];
    let key = keys.into_iter().flatten().next().ok_or_else(|| Error::Usage("whom? Give one of the names of the person".to_owned()))?;
    Ok(Anonymized { orders: anonymise(ports, root_key, &organization, &key, Actor::Service).await? })
}

/// What was done.
#[derive(Serialize)]
pub struct Anonymized {
    orders: usize,
}

impl fmt::Display for Anonymized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "removed from {} orders", self.orders)
    }
}

/// A person in the directory.
#[derive(Serialize)]
pub struct View {
    organization: String,
    entry: String,
    #[serde(flatten)]
    person: Person,
}

impl View {
    fn new(entry: &Entry, person: &Person) -> Self {
        let person = Person { directory: None, ..person.clone() };
        Self { organization: entry.organization.to_string(), entry: entry.entry.as_str().to_owned(), person }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Person { name, email, mobile, national_id, .. } = &self.person;
        write!(f, "entry         {} of {}", self.entry, self.organization)?;
        let lines = [
            ("name", name.as_ref().map(Name::as_str)),
            ("e-mail", email.as_ref().map(Email::as_str)),
            ("mobile", mobile.as_ref().map(Mobile::as_str)),
            ("national id", national_id.as_ref().map(NationalId::as_str)),
        ];
        lines.into_iter().try_for_each(|(label, value)| value.map_or(Ok(()), |value| write!(f, "\n{label:<14}{value}")))
    }
}

#[cfg(test)]
mod tests {
    use segl_testkit::fake::Fake;

    use super::*;

    fn entry(organization: &str, entry: &str) -> Entry {
        Entry { organization: organization.parse().expect("an organization"), entry: DirectoryKey::parse(entry).expect("an entry") }
    }

    #[tokio::test]
    async fn a_person_is_found_in_the_own_directory_only() {
        let fake = Fake::default();
        let details = Details {
            name: Name::parse("Carin Borgström").ok(),
            mail: Email::parse("carin@example.org").ok(),
            national_id: NationalId::parse("19860305-2385").ok(),
            ..Details::default()
        };
        put(&fake, entry("DK01234567", "sAMAccountName=cborgstrom"), details).await.expect("stores");
        let found = show(&fake, &entry("DK01234567", "sAMAccountName=cborgstrom")).await.expect("is there");
        let text = found.to_string();
        assert!(text.contains("Carin Borgström") && text.contains("198603052385") && !text.contains("mobile"), "{text}");
        let json = serde_json::to_value(&found).expect("serializes");
        assert_eq!(json["email"], "carin@example.org");
        for (organization, name) in [("DK76543210", "sAMAccountName=cborgstrom"), ("DK01234567", "sAMAccountName=other")] {
            let missing = show(&fake, &entry(organization, name)).await.err().expect("is not there");
            assert_eq!(missing.code(), "not-found");
        }
    }
}
