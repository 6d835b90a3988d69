//! `segl register`: where a client's registers of Dutch case management (ZGW) are, how they know us, and whether they would let us work.

use std::fmt;
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use segl_core::id::ClientId;
use segl_core::ports::{Clients, Clock, Entropy, RegisterBook, RegisterSecrets};
use segl_core::register::RegisterName;
use segl_core::register_settings::{BaseUrl, RegisterAccess, RegisterSettings};
use segl_outbound::{Access, Client, PrivateHosts, RegisterClient};
use segl_registers::check::Check;
use segl_registers::{ApiVersion, NoContents, RegisterTerms};
use serde::Serialize;

use crate::error::{Error, Verdict};
use crate::files;
use crate::output::{Output, Plain};
use crate::service::ServiceOptions;

/// The longest secret that is taken.
const MAX_SECRET: u64 = 4096;
/// What a channel says of itself where nothing else is given.
const DOCUMENTATION: &str = "https://vng-realisatie.github.io/gemma-zaken/themas/achtergronddocumentatie/notificaties";

/// Told below the options of `segl register`.
pub(crate) const ABOUT: &str = "\
Manage the registers of case systems (ZGW)

A client that starts signing by `POST /zgw/ondertekentransacties` has one set of registers: documents (DRC), cases (ZRC) and
notifications (NRC). Their addresses are the allow-list for every URL that the client sends. The settings are in the table; the secret
is in the secret manager and is read from a file or from standard input, never from the command line.

The client by which the registers know us needs documenten.lezen, .aanmaken, .bijwerken, .lock and .geforceerd-unlock; zaken.lezen and
.bijwerken; notificaties.publiceren and .consumeren.

  segl register add housing \\
    --documents https://zgw.example.nl/documenten/api/v1 --documents-version 1.4 \\
    --cases https://zgw.example.nl/zaken/api/v1 \\
    --notifications https://zgw.example.nl/notificaties/api/v1 \\
    --client-id segl --secret-file secret.txt
  segl register check housing";

/// `segl register`.
#[derive(Debug, Args)]
pub struct RegisterArguments {
    #[command(flatten)]
    service: ServiceOptions,
    #[command(subcommand)]
    command: RegisterCommand,
}

#[derive(Debug, Subcommand)]
enum RegisterCommand {
    /// Say where a client's registers are, new or changed; reads the secret from a file or standard input
    Add(Box<Add>),
    /// List the registers of all clients, without secrets
    List,
    /// Try token, rights to read, versions and the channel; registers the channel `documentacties` where it is missing
    ///
    /// Rights to write show with the first document only: no request tells them without writing. Exit code 1 where something is wrong.
    Check {
        /// The client whose registers they are
        client: ClientId,
        /// A page about the channel, told when the channel is registered
        #[arg(long, value_name = "URL", default_value = DOCUMENTATION)]
        documentation: String,
        /// A host that may be called although its address is private; may be given several times
        #[arg(long = "private-host", value_name = "HOST")]
        private_hosts: Vec<String>,
    },
    /// Forget a client's registers and their secret; orders under way cannot be written back any more
    Remove {
        /// The client whose registers they are
        client: ClientId,
    },
}

/// `segl register add`.
#[derive(Debug, Args)]
pub struct Add {
    /// The client of this service whose registers they are
    client: ClientId,
    /// Where the Documenten API is, with its version, such as https://zgw.example.nl/documenten/api/v1
    #[arg(long, value_name = "URL")]
    documents: BaseUrl,
    /// Where the Zaken API is
    #[arg(long, value_name = "URL")]
    cases: BaseUrl,
    /// Where the Notificaties API is
    #[arg(long, value_name = "URL")]
    notifications: BaseUrl,
    /// Version of the Documenten API; from 1.1 on, large documents go in parts
    #[arg(long, value_name = "MAJOR.MINOR", default_value = "1.4")]
    documents_version: ApiVersion,
    /// Write the signed document although the register got a newer version of it meanwhile; refused otherwise
    #[arg(long)]
    overwrite_newer: bool,
    /// By which client id the registers know us
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// What `aud` says in the token, with `exp` and `jti`: OneGround wants it, Open Zaak refuses it
    #[arg(long, value_name = "AUDIENCE", conflicts_with = "token_url")]
    audience: Option<String>,
    /// Get tokens from this endpoint by OAuth 2 client credentials, instead of making them
    #[arg(long, value_name = "URL")]
    token_url: Option<String>,
    /// What is asked for at the token endpoint
    #[arg(long, value_name = "SCOPE", requires = "token_url")]
    scope: Option<String>,
    /// File with the secret; standard input where left out
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
}

impl RegisterArguments {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Error`], which tells who must act.
    pub async fn run(self, output: &mut Output<'_>) -> Result<Verdict, Error> {
        let (store, secrets) = self.service.store_with_register_secrets().await?;
        match self.command {
            RegisterCommand::Add(arguments) => {
                let secret = secret(arguments.secret_file.as_deref())?;
                output.show(&add(&store, &secrets, *arguments, &secret).await?)?;
            }
            RegisterCommand::List => output.show(&list(&store).await?)?,
            RegisterCommand::Check { client, documentation, private_hosts } => {
                let outbound = Client::new(PrivateHosts::from_iter(private_hosts));
                let report = check(&store, &secrets, &client, outbound, &documentation).await?;
                output.show(&report)?;
                return Ok(if report.good { Verdict::Good } else { Verdict::NotGood });
            }
            RegisterCommand::Remove { client } => output.show(&remove(&store, &secrets, &client).await?)?,
        }
        Ok(Verdict::Good)
    }
}

/// The secret: one line. It is no argument, for those are seen by everybody on a machine and kept by shells.
fn secret(file: Option<&Path>) -> Result<String, Error> {
    let (raw, place) = match file {
        Some(path) => (files::read(path, MAX_SECRET)?, path),
        None => {
            if io::stdin().is_terminal() {
                // Nobody is left to be told when standard error is gone.
                let _ = writeln!(io::stderr(), "segl: type the secret and then Ctrl-D");
            }
            let (mut raw, place) = (Vec::new(), Path::new("standard input"));
            io::stdin().take(MAX_SECRET + 1).read_to_end(&mut raw).map_err(Error::file("read", place))?;
            (raw, place)
        }
    };
    let text = String::from_utf8(raw).ok().map(|text| text.trim_end_matches(['\r', '\n']).to_owned());
    let is_one_line = |text: &String| !text.is_empty() && text.len() as u64 <= MAX_SECRET && !text.contains(['\r', '\n', '\0']);
    text.filter(is_one_line).ok_or_else(|| Error::file("use the secret in", place)(io::Error::other("it must be one line of text")))
}

/// Stores the settings of a client's registers.
///
/// First the secret, then the settings: a crash between the two leaves a secret that nothing names, which a repeat replaces. The other
/// way round, documents could be fetched with the secret before.
///
/// # Errors
/// [`Error::NotFound`] when there is no such client, [`Error::Service`] when the service does not answer.
pub async fn add<P: Clients + RegisterBook, S: RegisterSecrets>(
    ports: &P,
    secrets: &S,
    arguments: Add,
    secret: &str,
) -> Result<View, Error> {
    let Add { client, documents, cases, notifications, documents_version, overwrite_newer, client_id, audience, token_url, scope, .. } =
        arguments;
    ports.client(&client).await?.ok_or(Error::NotFound("there is no such client"))?;
    let ApiVersion { major, minor } = documents_version;
    let settings = RegisterSettings {
        name: RegisterName::from(&client),
        documents,
        cases,
        notifications,
        documents_version: (major, minor),
        overwrites_newer: overwrite_newer,
        access: match token_url {
            Some(token_url) => RegisterAccess::OAuth { token_url, client_id, scope },
            None => RegisterAccess::OwnToken { client_id, audience },
        },
    };
    secrets.put_register_secret(&settings.name, secret).await?;
    ports.put_register(&settings).await?;
    Ok(View::from(&settings))
}

/// The registers of all clients.
///
/// # Errors
/// [`Error::Service`] when the service does not answer.
pub async fn list<P: RegisterBook>(ports: &P) -> Result<List, Error> {
    Ok(List { registers: ports.registers().await?.iter().map(View::from).collect() })
}

/// Forgets a client's registers: first the settings, without which nobody asks for the secret.
///
/// # Errors
/// [`Error::NotFound`] when the client has none, [`Error::Service`] when the service does not answer.
pub async fn remove<P: RegisterBook, S: RegisterSecrets>(ports: &P, secrets: &S, client: &ClientId) -> Result<Removed, Error> {
    let settings = settings_of(ports, client).await?;
    ports.remove_register(&settings.name).await?;
    secrets.remove_register_secret(&settings.name).await?;
    Ok(Removed { removed: settings.name.as_str().to_owned() })
}

/// Tries a client's registers.
///
/// # Errors
/// [`Error::NotFound`] when the client has none, or there is no secret; [`Error::Service`] when the service does not answer. That a register
/// does not answer is in the report.
pub async fn check<P: RegisterBook + Clock + Entropy, S: RegisterSecrets>(
    ports: &P,
    secrets: &S,
    client: &ClientId,
    outbound: Client,
    documentation: &str,
) -> Result<Report, Error> {
    let settings = settings_of(ports, client).await?;
    let secret = secrets.register_secret(&settings.name).await?;
    let secret = secret.ok_or(Error::NotFound("the secret is missing; run `segl register add` again"))?;
    let registers = RegisterClient::new(outbound, Access::new(&settings, secret));
    let terms = RegisterTerms::from(&settings);
    let mut check = Check::new(&terms, documentation);
    while let Some(request) = check.request() {
        let answer = registers.send(&request, &NoContents, ports.now(), ports.array()).await;
        check.answered(answer.map_err(|failure| failure.no_answer()));
    }
    let line = |finding: &segl_registers::check::Finding| Line { good: finding.is_good(), text: finding.text() };
    let findings: Vec<_> = check.findings().iter().map(line).collect();
    Ok(Report { register: settings.name.as_str().to_owned(), good: findings.iter().all(|line| line.good), findings })
}

async fn settings_of<P: RegisterBook>(ports: &P, client: &ClientId) -> Result<RegisterSettings, Error> {
    ports.register(&RegisterName::from(client)).await?.ok_or(Error::NotFound("this client has no registers"))
}

/// The registers of one client.
#[derive(Debug, Serialize)]
pub struct View {
    register: String,
    documents: String,
    documents_version: String,
    cases: String,
    notifications: String,
    overwrite_newer: bool,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
}

impl From<&RegisterSettings> for View {
    fn from(settings: &RegisterSettings) -> Self {
        let RegisterSettings { name, documents, cases, notifications, documents_version: (major, minor), overwrites_newer, access } =
            settings;
        let (client_id, audience, token_url, scope) = match access.clone() {
            RegisterAccess::OwnToken { client_id, audience } => (client_id, audience, None, None),
            RegisterAccess::OAuth { token_url, client_id, scope } => (client_id, None, Some(token_url), scope),
        };
        Self {
            register: name.as_str().to_owned(),
            documents: documents.to_string(),
            documents_version: format!("{major}.{minor}"),
            cases: cases.to_string(),
            notifications: notifications.to_string(),
            overwrite_newer: *overwrites_newer,
            client_id,
            audience,
            token_url,
            scope,
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "register       {}", self.register)?;
        writeln!(f, "documents      {} version {}", self.documents, self.documents_version)?;
        writeln!(f, "cases          {}", self.cases)?;
        writeln!(f, "notifications  {}", self.notifications)?;
        writeln!(f, "newer version  {}", if self.overwrite_newer { "is written over" } else { "is left alone" })?;
        write!(f, "known there as {}", Plain(&self.client_id))?;
        for (label, value) in [("audience     ", &self.audience), ("tokens from  ", &self.token_url), ("scope        ", &self.scope)] {
            if let Some(value) = value {
                write!(f, "\n{label}  {}", Plain(value))?;
            }
        }
        Ok(())
    }
}

/// All of them.
#[derive(Debug, Serialize)]
pub struct List {
    registers: Vec<View>,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.registers.is_empty() {
            return f.write_str("no client has registers");
        }
        let texts: Vec<_> = self.registers.iter().map(ToString::to_string).collect();
        f.write_str(&texts.join("\n\n"))
    }
}

/// What was removed.
#[derive(Debug, Serialize)]
pub struct Removed {
    removed: String,
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the registers of {} and their secret are forgotten", self.removed)
    }
}

/// What trying them showed.
#[derive(Debug, Serialize)]
pub struct Report {
    register: String,
    good: bool,
    findings: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    good: bool,
    text: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Line { good, text } in &self.findings {
            writeln!(f, "{}  {}", if *good { "good " } else { "WRONG" }, Plain(text))?;
        }
        f.write_str(if self.good { "Good: documents can be fetched, and cases be told." } else { "Not good: see above." })
    }
}

#[cfg(test)]
mod tests;
