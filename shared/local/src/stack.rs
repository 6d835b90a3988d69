//! A running stack: started step by step, ended in reverse, whatever happens in between.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use hyper::header::HeaderValue;
use tokio::task::JoinHandle;

use crate::authority::Authority;
use crate::certificate::CertificateAuthority;
use crate::deployment::{self, Deployment, Parameters};
use crate::emulator::{self, Emulator};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::http::{ACCESS_KEY, Http, REGION, SECRET_KEY};
use crate::identities::Identities;
use crate::layout::{StackName, Workspace};
use crate::proxy::{self, Target};
use crate::served::Served;
use crate::template::Template;
use crate::{clients, converter, functions, prerequisites, process, progress, python};

/// Where the URL is looked for first.
const PORT: u16 = 8040;
/// Where the emulator is looked for first; other tools expect one there.
const EMULATOR_PORT: u16 = 4566;
/// Where the provider of identities is expected first.
const IDENTITY_PORT: u16 = 8041;
/// The domain of the template's default sender of e-mail.
const MAIL_DOMAIN: &str = "example.com";
/// Which certificates the development CA issues: their name, the key, and where the functions read them.
const CERTIFICATES: [(&str, &str, &str); 2] = [
    ("Segl development seal", "SealKeyId", "configuration/seal-certificate.pem"),
    ("Segl development workflow tokens", "WorkflowTokenKeyId", "configuration/workflow-token-certificate.pem"),
];

/// How a stack is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which stack.
    pub name: StackName,
    /// The kind of the seal key, as KMS names it.
    pub seal_key_spec: String,
    /// The port of the URL; any free one when it is not given and this is a test.
    pub port: Option<u16>,
}

/// A stack that answers requests.
#[derive(Debug)]
pub struct Stack {
    environment: Environment,
    emulator: Emulator,
    servers: Servers,
    proxy: JoinHandle<Result<Infallible>>,
    folder: PathBuf,
    name: StackName,
    environment_file: PathBuf,
}

/// What the functions call besides AWS.
#[derive(Debug)]
struct Servers {
    authority: Authority,
    converter: Option<Served>,
}

impl Stack {
    /// Prepares everything and starts the stack.
    ///
    /// # Errors
    /// What a step ended with. Nothing is left running then.
    pub async fn start(workspace: &Workspace, options: &Options) -> Result<Self> {
        prerequisites::check()?;
        let folder = workspace.stack(options.name);
        refuse_second(&folder)?;
        let programs = python::prepare(workspace, python::EMULATOR).await?;
        let template = Template::read(&workspace.template())?;
        let binaries = functions::build(workspace, &template.functions()).await?;

        python::remove(&folder)?;
        std::fs::create_dir_all(&folder).map_err(Error::io(format!("create {}", folder.display())))?;
        let own_id = folder.join("segl-local.pid");
        std::fs::write(&own_id, std::process::id().to_string()).map_err(Error::io(format!("write {}", own_id.display())))?;

        progress::step("Starting the emulator");
        let http = Http::default();
        let mut emulator = start_emulator(&programs, &folder, options.name, &http).await?;
        match Self::complete(workspace, options, &programs, &template, &binaries, &http, &emulator).await {
            Ok((environment, servers, proxy)) => Ok(Self {
                environment,
                emulator,
                servers,
                proxy,
                folder,
                name: options.name,
                environment_file: workspace.environment(options.name),
            }),
            Err(error) => {
                emulator.stop().await;
                Err(error)
            }
        }
    }

    async fn complete(
        workspace: &Workspace,
        options: &Options,
        programs: &Path,
        template: &Template,
        binaries: &BTreeMap<String, PathBuf>,
        http: &Http,
        emulator: &Emulator,
    ) -> Result<(Environment, Servers, JoinHandle<Result<Infallible>>)> {
        let listener = url_listener(options)?;
        let url = format!("http://{}", listener.local_addr().map_err(Error::io("read the proxy's port"))?);
        let endpoint = emulator.endpoint();

        let certificates = CertificateAuthority::open(&workspace.certificate_authority())?;
        let authority = Authority::start(programs, &workspace.certificate_authority()).await?;
        let converter = if converter::is_there() { Some(converter::start().await?) } else { None };
        if converter.is_none() {
            progress::step("Without LibreOffice: office files are refused");
        }

        progress::step("Deploying template.yaml");
        let time_stamps = authority.time_stamps();
        let identities = Identities::at(identity_port(options)?);
        let converter_url = converter.as_ref().map(Served::url);
        let parameters = Parameters {
            public_url: &url,
            seal_key_spec: &options.seal_key_spec,
            time_stamps: &time_stamps,
            identities: &identities,
            converter: converter_url.as_deref(),
        };
        let deployment = deployment::deploy(http, &endpoint, template, binaries, parameters).await?;

        deployment::verify_sender(http, &endpoint, MAIL_DOMAIN).await?;

        progress::step("Issuing the seal certificate");
        certify(http, &endpoint, &deployment, &certificates, &authority).await?;

        let mut environment = describe(&url, &endpoint, &deployment, &certificates)?;
        environment.set("SEGL_IDENTITY_PROVIDER", identities.issuer());
        environment.set("SEGL_TIME_STAMP_AUTHORITY", time_stamps);
        progress::step("Enrolling the example clients");
        clients::create(&mut environment, &endpoint).await?;
        let host = format!("{}.execute-api.localhost:{}", deployment.output("ApiId")?, emulator.port());
        let host = HeaderValue::from_str(&host).map_err(|_| Error::State(format!("{host} is no host name")))?;
        let target = Target { authority: format!("127.0.0.1:{}", emulator.port()), host };
        let proxy = tokio::spawn(proxy::serve(listener, target));
        environment.write(&workspace.environment(options.name))?;
        Ok((environment, Servers { authority, converter }, proxy))
    }

    /// How to reach the stack.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// The plain URL of the API.
    pub fn url(&self) -> &str {
        self.environment.value("SEGL_URL").unwrap_or_default()
    }

    /// Waits until the stack ends by itself, which it should not.
    pub async fn ended(&mut self) -> Error {
        tokio::select! {
            error = self.emulator.ended() => error,
            end = &mut self.proxy => match end {
                Ok(Err(error)) => error,
                Ok(Ok(never)) => match never {},
                Err(_) => Error::State("the proxy ended".to_owned()),
            },
        }
    }

    /// Ends everything that was started.
    pub async fn stop(mut self) {
        self.proxy.abort();
        self.emulator.stop().await;
        self.servers.authority.stop().await;
        if let Some(converter) = &mut self.servers.converter {
            converter.stop().await;
        }
        // The file describes a stack that is gone. It may have been removed already.
        let _gone = std::fs::remove_file(&self.environment_file);
        let _gone = std::fs::remove_file(self.folder.join("segl-local.pid"));
        if self.name == StackName::Test {
            // What remains would be removed by hand; nothing depends on it.
            let _remains = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Ends the stack of `up`, also when the program that started it was killed. Says whether there was one.
pub async fn down(workspace: &Workspace) -> bool {
    let folder = workspace.stack(StackName::Up);
    let owner = running(&folder, "segl-local");
    if let Some(id) = owner {
        process::terminate(id);
    } else if let Some(id) = running(&folder, "ministack") {
        process::terminate_group(id);
    } else {
        return false;
    }
    while running(&folder, "segl-local").is_some() || emulator_running(&folder) {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    true
}

fn refuse_second(folder: &Path) -> Result<()> {
    if let Some(id) = running(folder, "segl-local").filter(|id| u32::try_from(*id) != Ok(std::process::id())) {
        return Err(Error::State(format!("a stack is up already (process {id}); end it with: cargo local down")));
    }
    if emulator_running(folder) {
        return Err(Error::State("an emulator was left behind; end it with: cargo local down".to_owned()));
    }
    Ok(())
}

fn emulator_running(folder: &Path) -> bool {
    running(folder, "ministack").is_some()
}

fn running(folder: &Path, program: &str) -> Option<i32> {
    let file = folder.join(if program == "ministack" { "emulator.pid" } else { "segl-local.pid" });
    let id = std::fs::read_to_string(file).ok()?.trim().parse().ok()?;
    process::is_running(id, program).then_some(id)
}

async fn start_emulator(programs: &Path, folder: &Path, name: StackName, http: &Http) -> Result<Emulator> {
    let preferred = (name == StackName::Up).then_some(EMULATOR_PORT);
    let listener = emulator::free_port(preferred, "the emulator")?;
    let port = listener.local_addr().map_err(Error::io("read the emulator's port"))?.port();
    // The emulator opens the port itself; between here and there somebody else could take it, and
    // the emulator then says so.
    drop(listener);
    Emulator::start(programs, folder, port, http).await
}

fn url_listener(options: &Options) -> Result<TcpListener> {
    let preferred = options.port.or((options.name == StackName::Up).then_some(PORT));
    emulator::free_port(preferred, "the URL")
}

/// Where the provider of identities is to listen. It is started later, if at all, and says so where somebody else took the port by then.
fn identity_port(options: &Options) -> Result<u16> {
    let preferred = (options.name == StackName::Up).then_some(IDENTITY_PORT);
    let listener = emulator::free_port(preferred, "the provider of identities")?;
    Ok(listener.local_addr().map_err(Error::io("read the port of the provider of identities"))?.port())
}

async fn certify(
    http: &Http,
    endpoint: &str,
    deployment: &Deployment,
    certificates: &CertificateAuthority,
    authority: &Authority,
) -> Result<()> {
    for (name, key, object) in CERTIFICATES {
        let public_key = deployment::public_key(http, endpoint, deployment.output(key)?).await?;
        let chain = certificates.issue(name, &public_key, &authority.revocation_list())?;
        let path = format!("/{}/{object}", deployment.output("Bucket")?);
        deployment::put(http, endpoint, &path, chain.into()).await?;
    }
    Ok(())
}

fn describe(url: &str, endpoint: &str, deployment: &Deployment, authority: &CertificateAuthority) -> Result<Environment> {
    let mut environment = Environment::default();
    environment.set("SEGL_URL", url);
    environment.set("SEGL_TABLE", deployment.output("Table")?);
    environment.set("SEGL_BUCKET", deployment.output("Bucket")?);
    environment.set("SEGL_SEAL_KEY_ID", deployment.output("SealKeyId")?);
    environment.set("SEGL_ROOT_KEY_ID", deployment.output("RootKeyId")?);
    environment.set("SEGL_ACCESS_TOKEN_KEYS", deployment.output("AccessTokenKeyId")?);
    environment.set("SEGL_WORKFLOW_TOKEN_KEYS", deployment.output("WorkflowTokenKeyId")?);
    environment.set("SEGL_REGISTER_SECRETS", deployment.output("RegisterSecrets")?);
    environment.set("SEGL_ROOT_CERTIFICATE", authority.root().display().to_string());
    // The defaults of the template.
    environment.set("SEGL_MAIL_FROM", format!("signing@{MAIL_DOMAIN}"));
    environment.set("SEGL_SMS_SENDER", "Segl");
    environment.set("AWS_ENDPOINT_URL", endpoint);
    environment.set("AWS_REGION", REGION);
    environment.set("AWS_DEFAULT_REGION", REGION);
    environment.set("AWS_ACCESS_KEY_ID", ACCESS_KEY);
    environment.set("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
    Ok(environment)
}
