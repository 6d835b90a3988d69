//! `segl client`: API clients.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use segl_core::client::{CertificateName, Client, Privilege, Subject};
use segl_core::id::{ClientId, OrganizationId, Sha256};
use segl_core::jwk::{JwkError, PublicKey};
use segl_core::ports::{Clients, Clock, Entropy};
use segl_core::root_key::RootKey;
use segl_core::text::Name;
use segl_core::use_case::clients;
use segl_sealing::Certificate;
use serde::Serialize;

use crate::error::Error;
use crate::output::Output;
use crate::service::ServiceOptions;

/// `segl client`.
#[derive(Debug, Args)]
pub struct ClientArguments {
    #[command(flatten)]
    service: ServiceOptions,
    #[command(subcommand)]
    command: ClientCommand,
}

/// What can be done with clients.
#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Let a new client in; prints its credentials, this once
    Create(Create),
    /// List every client, without secrets
    List,
    /// Show a client with its keys and certificates, without secrets
    Show {
        /// The client's id
        id: ClientId,
    },
    /// Switch a client off: it is treated as unknown
    Disable {
        /// The client's id
        id: ClientId,
    },
    /// Switch a client on again
    Enable {
        /// The client's id
        id: ClientId,
    },
    /// Give a client a new secret; prints it, this once. The API key stays as it is
    #[command(visible_alias = "rotate")]
    RotateSecret {
        /// The client's id
        id: ClientId,
        /// How long the secret before stays good, at most 720h; 0s ends it at once. Rotating again during that time ends the older of
        /// the two at once
        #[arg(long, default_value = "24h", value_name = "TIME")]
        overlap: SignedDuration,
    },
    /// Give a client a privilege
    Grant {
        /// The client's id
        id: ClientId,
        /// workflow:read, workflow:write, orgsignature:read or orgsignature:sign
        privilege: Privilege,
    },
    /// Take a privilege from a client
    Revoke {
        /// The client's id
        id: ClientId,
        /// workflow:read, workflow:write, orgsignature:read or orgsignature:sign
        privilege: Privilege,
    },
    /// Register public keys, by which the client proves itself at the token endpoint (private_key_jwt)
    AddKey {
        /// The client's id
        id: ClientId,
        /// A JSON Web Key, or a set of them, P-256, RSA or Ed25519
        #[arg(value_name = "JWKS")]
        file: PathBuf,
    },
    /// Take a key from a client; tokens that it got by it end at once
    RemoveKey {
        /// The client's id
        id: ClientId,
        /// The key's thumbprint, as `show` has it
        key: String,
    },
    /// Register a TLS certificate, by which the client is known
    AddCertificate {
        /// The client's id
        id: ClientId,
        /// The certificate
        #[command(flatten)]
        certificate: CertificateArguments,
    },
    /// Take a certificate from a client; tokens that it got by it end at once
    RemoveCertificate {
        /// The client's id
        id: ClientId,
        /// The certificate, as `show` has it: sha256:... or subject:...
        certificate: CertificateName,
    },
}

/// Which certificate.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct CertificateArguments {
    /// The certificate in PEM: this very one
    #[arg(long, value_name = "PEM")]
    file: Option<PathBuf>,
    /// Any certificate of this subject from an authority that the gateway trusts, e.g. CN=case-system,O=Example,C=DK
    #[arg(long, value_parser = Subject::parse)]
    subject: Option<Subject>,
}

/// `segl client create`.
#[derive(Debug, Args)]
pub struct Create {
    /// The organization whose orders the client sees, for example DK01234567
    #[arg(long)]
    organization: OrganizationId,
    /// What people call it; shown on signature pages where it signs as a system
    #[arg(long, value_parser = Name::parse)]
    name: Name,
    /// Its id, 3 to 64 lower-case letters, digits or hyphens; made up where left out
    #[arg(long)]
    id: Option<ClientId>,
    /// What it may do: workflow:read, workflow:write, orgsignature:read or orgsignature:sign. Can be given several times
    #[arg(long = "privilege", required_unless_present = "all", conflicts_with = "all", value_name = "PRIVILEGE")]
    privileges: Vec<Privilege>,
    /// It may do everything
    #[arg(long)]
    all: bool,
    /// Public keys by which it proves itself at the token endpoint: a JSON Web Key, or a set of them
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
}

impl ClientArguments {
    pub(crate) async fn run(self, output: &mut Output<'_>) -> Result<(), Error> {
        let Self { service, command } = self;
        match command {
            ClientCommand::Create(arguments) => {
                let (store, root) = service.store_with_root_key().await?;
                output.show(&create(&store, &root, arguments).await?)
            }
            ClientCommand::RotateSecret { id, overlap } => {
                let (store, root) = service.store_with_root_key().await?;
                output.show(&rotate_secret(&store, &root, &id, overlap).await?)
            }
            ClientCommand::Show { id } => output.show(&show(&service.store().await?, &id).await?),
            ClientCommand::AddKey { id, file } => {
                let keys = keys(&file)?;
                output.show(&Details::from(clients::add_keys(&service.store().await?, &id, keys).await?))
            }
            ClientCommand::RemoveKey { id, key } => {
                output.show(&Details::from(clients::remove_key(&service.store().await?, &id, &key).await?))
            }
            ClientCommand::AddCertificate { id, certificate } => {
                let name = certificate.name()?;
                output.show(&Details::from(clients::add_certificate(&service.store().await?, &id, name).await?))
            }
            ClientCommand::RemoveCertificate { id, certificate } => {
                output.show(&Details::from(clients::remove_certificate(&service.store().await?, &id, &certificate).await?))
            }
            ClientCommand::List => output.show(&list(&service.store().await?).await?),
            ClientCommand::Disable { id } => output.show(&View::from(clients::set_enabled(&service.store().await?, &id, false).await?)),
            ClientCommand::Enable { id } => output.show(&View::from(clients::set_enabled(&service.store().await?, &id, true).await?)),
            ClientCommand::Grant { id, privilege } => {
                output.show(&View::from(clients::grant(&service.store().await?, &id, privilege).await?))
            }
            ClientCommand::Revoke { id, privilege } => {
                output.show(&View::from(clients::revoke(&service.store().await?, &id, privilege).await?))
            }
        }
    }
}

/// Lets a client in.
///
/// # Errors
/// [`Error::Service`] when the id is taken or the service does not answer.
pub async fn create<P: Clients + Entropy>(ports: &P, root: &RootKey, arguments: Create) -> Result<Created, Error> {
    let Create { organization, name, id, privileges, all, jwks } = arguments;
    // Read first: a file that is no key leaves no client behind.
    let keys = jwks.as_deref().map(keys).transpose()?;
    let id = id.unwrap_or_else(|| made_up(ports.array()));
    let privileges: BTreeSet<_> = if all { Privilege::ALL.into() } else { privileges.into_iter().collect() };
    let scopes = privileges.iter().map(|privilege| privilege.as_str()).collect();
    let credentials = clients::enroll(ports, root, id, organization.clone(), name, privileges).await?;
    if let Some(keys) = keys {
        // A crash before this leaves a client without keys: add them, or enroll another one.
        clients::add_keys(ports, &credentials.client, keys).await?;
    }
    Ok(Created {
        id: credentials.client.to_string(),
        organization: organization.to_string(),
        privileges: scopes,
        secret: credentials.secret,
        api_key: credentials.api_key.reveal().to_owned(),
    })
}

/// Every client.
///
/// # Errors
/// [`Error::Service`] when the service does not answer.
pub async fn list<P: Clients>(ports: &P) -> Result<List, Error> {
    Ok(List { clients: ports.clients().await?.into_iter().map(View::from).collect() })
}

/// One client.
///
/// # Errors
/// [`Error::NotFound`] when there is no such client, [`Error::Service`] when the service does not answer.
pub async fn show<P: Clients>(ports: &P, id: &ClientId) -> Result<Details, Error> {
    ports.client(id).await?.map(Details::from).ok_or(Error::NotFound("there is no such client"))
}

/// The public keys in a file.
fn keys(path: &Path) -> Result<Vec<PublicKey>, Error> {
    let text = std::fs::read(path).map_err(Error::file("read", path))?;
    let jwks = serde_json::from_slice(&text).map_err(|_| JwkError::NotAKey);
    let keys = jwks.and_then(|jwks| PublicKey::from_jwks(&jwks));
    keys.map_err(|source| Error::PublicKey { path: path.to_owned(), source })
}

impl CertificateArguments {
    fn name(self) -> Result<CertificateName, Error> {
        match (self.file, self.subject) {
            (Some(path), _) => {
                let pem = std::fs::read_to_string(&path).map_err(Error::file("read", &path))?;
                let certificate = Certificate::from_pem(&pem).map_err(|source| Error::Certificate { path, source })?;
                Ok(CertificateName::Thumbprint(Sha256::of(certificate.der())))
            }
            (None, Some(subject)) => Ok(CertificateName::Subject(subject)),
            (None, None) => Err(Error::Usage("which certificate? Give --file or --subject".to_owned())),
        }
    }
}

/// Gives a client a new secret.
///
/// # Errors
/// [`Error::Service`] when there is no such client, the overlap is too long, or the service does not answer.
pub async fn rotate_secret<P: Clients + Clock>(
    ports: &P,
    root: &RootKey,
    id: &ClientId,
    overlap: SignedDuration,
) -> Result<Rotated, Error> {
    let new = clients::rotate_secret(ports, root, id, overlap).await?;
    Ok(Rotated { id: new.client.to_string(), secret: new.secret, previous_until: new.previous_until })
}

fn made_up(random: [u8; 6]) -> ClientId {
    let hex: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("client-{hex}").parse().expect("lower-case letters, a hyphen and 12 hexadecimal digits are an id")
}

/// The credentials of a new client. They are shown once and cannot be had again.
#[derive(Serialize)]
pub struct Created {
    id: String,
    organization: String,
    privileges: Vec<&'static str>,
    secret: String,
    api_key: String,
}

impl fmt::Display for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "client        {}", self.id)?;
        writeln!(f, "organization  {}", self.organization)?;
        writeln!(f, "privileges    {}", self.privileges.join(" "))?;
        writeln!(f, "secret        {}", self.secret)?;
        writeln!(f, "API key       {}", self.api_key)?;
        write!(f, "Keep them now: neither is shown again.")
    }
}

/// A client's new secret. It is shown once.
#[derive(Serialize)]
pub struct Rotated {
    id: String,
    secret: String,
    previous_until: Option<Timestamp>,
}

impl fmt::Display for Rotated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "client  {}", self.id)?;
        writeln!(f, "secret  {}", self.secret)?;
        writeln!(f, "Keep it now: it is not shown again.")?;
        match self.previous_until {
            Some(until) => write!(f, "The secret before it stays good until {until}."),
            None => write!(f, "The secret before it has ended."),
        }
    }
}

/// A client without its credentials.
#[derive(Serialize)]
struct View {
    id: String,
    organization: String,
    name: String,
    privileges: Vec<&'static str>,
    enabled: bool,
    secret_generation: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<Timestamp>,
}

impl From<Client> for View {
    fn from(client: Client) -> Self {
        Self {
            id: client.id.to_string(),
            organization: client.organization.to_string(),
            name: client.name.to_string(),
            privileges: client.privileges.iter().map(|privilege| privilege.as_str()).collect(),
            enabled: client.enabled,
            secret_generation: client.secret_generation,
            previous_secret_until: client.previous_secret_until,
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.enabled { "enabled" } else { "disabled" };
        let privileges = if self.privileges.is_empty() { "no privileges".to_owned() } else { self.privileges.join(" ") };
        write!(f, "{}  {}  {state}  {}  {privileges}", self.id, self.organization, self.name)
    }
}

/// A client with what it is known by, without secrets.
#[derive(Serialize)]
pub struct Details {
    #[serde(flatten)]
    client: View,
    /// JSON Web Keys.
    keys: Vec<serde_json::Value>,
    certificates: Vec<String>,
    #[serde(skip)]
    named_keys: Vec<String>,
}

impl From<Client> for Details {
    fn from(client: Client) -> Self {
        Self {
            keys: client.keys.iter().map(PublicKey::to_jwk).collect(),
            certificates: client.certificates.iter().map(ToString::to_string).collect(),
            named_keys: client.keys.iter().map(ToString::to_string).collect(),
            client: View::from(client),
        }
    }
}

impl fmt::Display for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.client.fmt(f)?;
        self.named_keys.iter().try_for_each(|key| write!(f, "\n  key          {key}"))?;
        self.certificates.iter().try_for_each(|certificate| write!(f, "\n  certificate  {certificate}"))
    }
}

/// Every client.
#[derive(Serialize)]
pub struct List {
    clients: Vec<View>,
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.clients.is_empty() {
            return f.write_str("There is no client.");
        }
        let lines: Vec<String> = self.clients.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use segl_testkit::fake::{Fake, START};

    use super::*;

    fn arguments(id: Option<&str>) -> Create {
        Create {
            organization: "DK01234567".parse().expect("an organization"),
            name: Name::parse("Case system").expect("a name"),
            id: id.map(|id| id.parse().expect("an id")),
            privileges: vec![Privilege::WorkflowRead],
            all: false,
            jwks: None,
        }
    }

    #[tokio::test]
    async fn credentials_are_shown_once_and_lists_have_none() {
        let (fake, root) = (Fake::default(), RootKey::new([7; 32]));
        let created = create(&fake, &root, arguments(Some("case-system"))).await.expect("creates");
        let shown = created.to_string();
        assert!(shown.contains(&created.secret) && shown.contains(&created.api_key), "{shown}");
        let rotated = rotate_secret(&fake, &root, &"case-system".parse().expect("an id"), SignedDuration::from_hours(24)).await;
        let rotated = rotated.expect("rotates");
        assert_ne!(rotated.secret, created.secret);
        assert_eq!(rotated.previous_until, Some(START + SignedDuration::from_hours(24)));
        let list = list(&fake).await.expect("lists");
        let json = serde_json::to_string(&list).expect("serializes");
        for text in [list.to_string(), json] {
            assert!(text.contains("case-system") && text.contains("workflow:read"), "{text}");
            for secret in [&created.secret, &created.api_key, &rotated.secret] {
                assert!(!text.contains(secret.as_str()), "{text}");
            }
        }
    }

    #[tokio::test]
    async fn public_keys_come_from_files_and_private_ones_are_refused() {
        let (fake, root) = (Fake::default(), RootKey::new([7; 32]));
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = |name: &str, content: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).expect("the scratch folder takes files");
            path
        };
        let jwk = serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        let public = file("public.json", &serde_json::json!({"keys": [jwk]}).to_string());
        let created = create(&fake, &root, Create { jwks: Some(public), ..arguments(Some("case-system")) }).await.expect("creates");
        let shown = show(&fake, &created.id.parse().expect("an id")).await.expect("shows").to_string();
        assert!(shown.contains("key          kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k (Ed25519)"), "{shown}");
        let mut private = jwk.clone();
        private["d"] = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A".into();
        for (name, content) in [("private.json", private.to_string()), ("text.json", "x".to_owned())] {
            let refused = create(&fake, &root, Create { jwks: Some(file(name, &content)), ..arguments(Some("other")) }).await;
            assert_eq!(refused.err().expect("is refused").code(), "key", "{name}");
        }
        assert!(show(&fake, &"other".parse().expect("an id")).await.is_err(), "and nothing is left behind");
    }

    #[tokio::test]
    async fn ids_are_made_up_apart() {
        let (fake, root) = (Fake::default(), RootKey::new([7; 32]));
        let one = create(&fake, &root, arguments(None)).await.expect("creates");
        let other = create(&fake, &root, Create { all: true, privileges: Vec::new(), ..arguments(None) }).await.expect("creates");
        assert_ne!(one.id, other.id);
        assert_eq!((one.privileges.len(), other.privileges.len()), (1, 4));
        let taken = create(&fake, &root, arguments(Some(&one.id))).await.err().expect("is refused");
        assert_eq!(taken.code(), "invalid-request");
    }
}
