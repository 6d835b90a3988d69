//! Every port in one fake, two organizations with a client each, and a gateway that routes as the template says.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::net::IpAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use ceremony::Desk;
use ingest::draw::{Artist, Drawing};
use jiff::tz::TimeZone;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue};
use notify::Post;
use segl_core::assurance::Assurance;
use segl_core::client::{ApiKey, Client};
use segl_core::document::Level;
use segl_core::event::Event;
use segl_core::id::{OrderId, OrganizationId};
use segl_core::order::{Dialect, Order};
use segl_core::ports::{Answer, Clients, Mailer, Message, Objects, Orders, SignatureAlgorithm, SigningKey, Texter};
use segl_core::seal_terms::SealOffer;
use segl_core::signer::{Email, Mobile};
use segl_core::storage_key::StorageKey;
use segl_lambda::brand::Brand;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;
use segl_lambda::service::{Service, Settings};
use segl_local::certificate::CertificateAuthority;
use segl_local::template::Template;
use segl_openid::relying_party::RelyingParty;
use segl_preview::Page;
use segl_sealing::Certificate;
use segl_testkit::fake::{Fake, TokenKey};
use segl_testkit::identity_provider::IdentityProvider;
use segl_testkit::story;
use serde_json::Value;

use crate::identities::{Identities, IdentitiesOnline};
use crate::identity::Online;

/// The organization whose orders the tests create.
pub const OURS: &str = "DK01234567";
/// The service's public address.
pub const ISSUER: &str = "https://sign.example.org";
/// Another one.
pub const THEIRS: &str = "SE5566778899";

/// The whole service in memory.
pub struct World {
    /// What the functions are handed.
    pub service: Arc<Service<Fake>>,
    /// The client of [`OURS`], with every privilege.
    pub ours: Credential,
    /// The client of [`THEIRS`], with every privilege.
    pub theirs: Credential,
    /// How `ceremony` looks, and sends codes.
    pub desk: Desk<Shared, Shared>,
    /// The service as the signers' providers of identities see it.
    pub party: RelyingParty<IdentitiesOnline, TokenKey>,
    /// Where signers log in: at `Test-ID`, or at a broker that reaches the level low only.
    pub identities: Arc<Identities>,
    /// How the sender's pages look, and who may see them.
    pub sender: sender::Desk<Online, TokenKey>,
    /// Where senders log in.
    pub provider: Online,
    /// How `notify` sends.
    pub post: Post<Shared, Shared>,
}

/// Draws every document as two pages of its own, at once: what takes time and room is tested elsewhere.
pub struct TwoPages;

impl Artist for TwoPages {
    type Drawing = Drawn;

    fn begin(&self, _: &File, _: &[String]) -> std::io::Result<Drawn> {
        let page = |number: u8| Page {
            width: 30,
            height: 40,
            png: [PNG, &[number]].concat(),
            text: format!("This is page {number}."),
            places: Vec::new(),
        };
        Ok(Drawn(vec![page(2), page(1)]))
    }
}

/// Draws what is in the document, in this very process.
pub struct Painter;

impl Artist for Painter {
    type Drawing = Drawn;

    fn begin(&self, mut document: &File, names: &[String]) -> std::io::Result<Drawn> {
        let mut bytes = Vec::new();
        document.rewind()?;
        document.read_to_end(&mut bytes)?;
        let mut drawn = Vec::new();
        segl_preview::pages(bytes, &segl_preview::Limits::default(), names, |page| {
            drawn.insert(0, page);
            true
        })
        .map_err(std::io::Error::other)?;
        Ok(Drawn(drawn))
    }
}

/// Pages that are still to be handed over, the next one last.
pub struct Drawn(Vec<Page>);

impl Drawing for Drawn {
    async fn next(&mut self) -> Option<Page> {
        self.0.pop()
    }
}
/// How every PNG begins.
pub const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A client and its API key.
#[derive(Clone)]
pub struct Credential {
    /// The client.
    pub client: Client,
    /// Its key.
    pub api_key: String,
}

/// The fake where a function wants to own a port.
#[derive(Clone)]
pub struct Shared(pub Arc<Service<Fake>>);

impl World {
    /// Two clients and a certificate for the seal's key. Nobody has been told of anything, and nothing is in the journal.
    pub async fn new() -> Self {
        Self::at(ISSUER).await
    }

    /// The same under another address.
    pub async fn at(base_url: &str) -> Self {
        let fake = Fake::default();
        let public_key = fake.public_key().await.expect("the fake has a key");
        fake.put(&StorageKey::SealCertificate, authority().certificate(&public_key, "http://127.0.0.1:9/root.crl"))
            .await
            .expect("the fake stores");
        let ours = enrol(&fake, OURS).await;
        let theirs = enrol(&fake, THEIRS).await;
        fake.take_arrivals();
        fake.clear_journal();
        let settings = Settings {
            dialects: Dialect::ALL.into(),
            zone: TimeZone::UTC,
            retention: None,
            seal: SealOffer::new(Level::BB, Level::BLta).expect("offered"),
            eid: Some(Assurance::High),
            webhook_private_hosts: BTreeSet::from(["127.0.0.1".to_owned(), "localhost".to_owned()]),
            public_url: Some(base_url.to_owned()),
        };
        let service = Arc::new(Service { root_key: fake.root(), ports: fake, settings });
        let post = Post {
            mail: Shared(service.clone()),
            sms: Shared(service.clone()),
            base_url: base_url.to_owned(),
            zone: TimeZone::UTC,
            brand: Brand::default(),
        };
        let identities = Arc::new(Identities::new());
        let desk = Desk::new(Shared(service.clone()), Shared(service.clone()), Brand::default(), identities.settings());
        let party = RelyingParty::new(identities.settings(), IdentitiesOnline(identities.clone()), |_| TokenKey::new(77));
        let provider = Online(Arc::new(IdentityProvider::new("https://id.example.org")));
        let sender = crate::identity::desk(&provider, [&ours, &theirs]);
        Self { service, ours, theirs, desk, party, identities, sender, provider, post }
    }

    /// Who signs workflow tokens.
    pub fn tokens(&self) -> seal::TokenSigner<TokenKey> {
        seal::TokenSigner { key: workflow_token_key(), issuer: "https://sign.example.org".to_owned() }
    }

    /// What signature pages lead to.
    pub fn proof(&self) -> seal::ProofLinks {
        seal::ProofLinks { root_key: self.service.root_key.clone(), base_url: self.service.settings.public_url.clone().unwrap_or_default() }
    }

    /// The ports.
    pub fn fake(&self) -> &Fake {
        &self.service.ports
    }

    /// Answers a call by the function to which the template's routes lead.
    pub async fn answer(&self, call: Call) -> Reply {
        let service = &*self.service;
        match function(call.method.as_str(), &call.raw_path) {
            "create-order" => Box::pin(create_order::handle(service, call)).await,
            "status" => Box::pin(status::handle(service, &workflow_token_key(), call)).await,
            "system-sign" => Box::pin(system_sign::handle(service, call)).await,
            "ceremony" => Box::pin(ceremony::handle(service, &self.desk, &self.party, call)).await,
            "sender" => Box::pin(sender::handle(service, &self.sender, call)).await,
            "manage" => Box::pin(manage::handle(service, &workflow_token_key(), call)).await,
            "token" => Box::pin(token::handle(service, &TokenKey::new(1), call)).await,
            other => panic!("{other} answers no calls"),
        }
    }

    /// The order as it is stored.
    pub async fn order(&self, id: OrderId) -> Order {
        self.fake().order(id).await.expect("no fault is left").expect("the order exists")
    }

    /// The order's whole audit trail.
    pub async fn events(&self, id: OrderId) -> Vec<Event> {
        self.fake().events(id, 0, usize::MAX).await.expect("no fault is left")
    }

    /// The names of all objects but the seal's certificate.
    pub fn objects(&self) -> Vec<String> {
        self.fake().object_names().into_iter().filter(|name| *name != StorageKey::SealCertificate.to_string()).collect()
    }

    /// Asserts that a refused request left nothing: no order, no object, nobody woken.
    pub fn assert_nothing_stored(&self, what: &str) {
        assert_eq!(self.fake().order_ids(), [], "{what}: an order");
        assert_eq!(self.objects(), [""; 0], "{what}: an object");
        assert_eq!(self.fake().take_wake_ups(), [], "{what}: a task");
    }
}

/// The key that signs workflow tokens; it is published as such.
pub fn workflow_token_key() -> TokenKey {
    TokenKey::new(1000)
}

/// The function that the template's routes name, for a call; `$default` where there is none.
pub fn function(method: &str, path: &str) -> &'static str {
    static ROUTES: OnceLock<Vec<(String, String)>> = OnceLock::new();
    let routes = ROUTES.get_or_init(|| {
        let template = Template::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../template.yaml")).expect("a template");
        let functions = template.functions().into_iter();
        functions.flat_map(|function| function.routes.into_iter().map(move |route| (route, function.binary.clone()))).collect()
    });
    let wanted: Vec<_> = path.split('/').collect();
    let leads_here = |route: &str| {
        let Some((allowed, pattern)) = route.split_once(' ') else { return false };
        let pattern: Vec<_> = pattern.split('/').collect();
        let same = |(part, wanted): (&&str, &&str)| part == wanted || (part.starts_with('{') && !wanted.is_empty());
        allowed == method && pattern.len() == wanted.len() && pattern.iter().zip(&wanted).all(same)
    };
    let found = routes.iter().find(|(route, _)| leads_here(route)).or_else(|| routes.iter().find(|(route, _)| route == "$default"));
    &found.expect("the template has a default route").1
}

async fn enrol(fake: &Fake, organization: &str) -> Credential {
    let organization: OrganizationId = organization.parse().expect("an organization");
    let mut client = story::client(fake, &organization, "");
    let key = ApiKey::new(&client.id, [7; 32]);
    client.api_key_hash = key.digest();
    fake.put_client(&client).await.expect("the fake stores");
    Credential { client, api_key: key.reveal().to_owned() }
}

impl Credential {
    /// A call with this client's API key.
    pub fn call(&self, method: &str, target: &str) -> Call {
        header(call(method, target), "x-api-key", &self.api_key)
    }

    /// The same with JSON.
    pub fn json(&self, method: &str, target: &str, body: &Value) -> Call {
        with_body(self.call(method, target), "application/json", body.to_string().into_bytes())
    }
}

/// A call without any credential.
pub fn call(method: &str, target: &str) -> Call {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let query = query.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (name.to_owned(), value.to_owned()));
    Call {
        id: "6c1a0bd5-6d3c-4f5e-9f1c-1d3f0a7e2b44".to_owned(),
        method: method.parse().expect("a method"),
        raw_path: path.to_owned(),
        path: path.split('/').skip(1).map(str::to_owned).collect(),
        query: query.collect(),
        headers: HeaderMap::new(),
        body: Vec::new(),
        travelled: 0,
        address: Some(fresh_address()),
        domain: Some("a1b2c3d4e5.execute-api.eu-north-1.amazonaws.com".to_owned()),
        certificate: None,
    }
}

/// An address from which nobody has called yet, so that failures of one case do not slow the next one down.
fn fresh_address() -> IpAddr {
    static CALLS: AtomicU32 = AtomicU32::new(0);
    let [_, a, b, c] = CALLS.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    [10, a, b, c].into()
}

/// With a header field.
pub fn header(mut call: Call, name: &'static str, value: &str) -> Call {
    call.headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"));
    call
}

/// With a body, which travels as text.
pub fn with_body(call: Call, media_type: &str, body: Vec<u8>) -> Call {
    let mut call = header(call, "content-type", media_type);
    call.travelled = body.len();
    call.body = body;
    call
}

/// The body of an answer as JSON.
pub fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or_else(|error| panic!("{error}: {} {}", reply.status, String::from_utf8_lossy(&reply.body)))
}

/// The development CA, made once for the whole program.
pub struct Authority {
    authority: CertificateAuthority,
    folder: tempfile::TempDir,
}

/// See [`Authority`].
pub fn authority() -> &'static Authority {
    static AUTHORITY: OnceLock<Authority> = OnceLock::new();
    AUTHORITY.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a scratch folder");
        Authority { authority: CertificateAuthority::open(folder.path()).expect("a new authority"), folder }
    })
}

impl Authority {
    /// The root.
    pub fn root(&self) -> Certificate {
        let pem = std::fs::read_to_string(self.authority.root()).expect("the root's file");
        Certificate::from_pem(&pem).expect("a certificate")
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The chain of a certificate for a key, revoked on that list if ever.
    pub fn certificate(&self, public_key: &[u8], list: &str) -> Vec<u8> {
        self.authority.issue("Segl development seal", public_key, list).expect("a certificate for the fake's key").into_bytes()
    }
}

impl SigningKey for Shared {
    async fn public_key(&self) -> Answer<Vec<u8>> {
        self.0.ports.public_key().await
    }

    async fn sign(&self, digest: &[u8], algorithm: SignatureAlgorithm) -> Answer<Vec<u8>> {
        self.0.ports.sign(digest, algorithm).await
    }
}

impl Mailer for Shared {
    async fn send_mail(&self, to: &Email, message: &Message) -> Answer<()> {
        self.0.ports.send_mail(to, message).await
    }
}

impl Texter for Shared {
    async fn send_text(&self, to: &Mobile, text: &str) -> Answer<()> {
        self.0.ports.send_text(to, text).await
    }
}
