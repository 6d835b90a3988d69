//! `cargo local demo`: one order from a PDF to the sealed PDF, through HTTP only, and the verdict of
//! tools that share no code with Segl.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::{Method, StatusCode, header};
use segl_local::environment::Environment;
use segl_local::error::{Error, Result};
use segl_local::http::{Answer, Http};
use segl_local::layout::Workspace;
use segl_local::{prerequisites, progress};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::process::Command;

const DOCUMENT: &[u8] = include_bytes!("../demo/agreement.pdf");
const TITLE: &str = "Agreement on a shared cargo bike";
/// How long the service may take for one step.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(200);

/// Runs one order: created by the first organization, signed by both, sealed, and judged.
///
/// # Errors
/// [`Error::Answer`] when the service refuses, [`Error::State`] when it takes too long or a judge
/// finds fault with the result.
pub async fn run(workspace: &Workspace, environment: &Environment) -> Result<()> {
    let systems = ["SEGL", "SEGL_OTHER"].map(|prefix| System::of(prefix, environment));
    let systems = systems.into_iter().collect::<Result<Vec<_>>>()?;
    let Some(creator) = systems.first() else { return Err(missing("SEGL_CLIENT_ID")) };

    progress::step("Creating an order");
    let signers: Vec<_> = systems.iter().map(|system| json!({"type": "system", "organization": system.organization})).collect();
    let request = json!({
        "title": TITLE,
        "documents": [{"title": TITLE, "file_name": "agreement.pdf", "content_base64": STANDARD.encode(DOCUMENT)}],
        "signers": signers,
    });
    let order = creator.call(Method::POST, "/v1/orders", Some(request)).await?.json()?;
    let path = format!("/v1/orders/{}", order["id"].as_str().unwrap_or_default());
    creator.reaches(&path, "pending").await?;

    for system in &systems {
        progress::step(format_args!("{} signs", system.organization));
        system.sign(&path).await?;
    }
    progress::step("Waiting for the seal");
    creator.reaches(&path, "accepted").await?;
    let sealed = creator.document(&format!("{path}/documents/0/sealed")).await?;
    let file = workspace.local().join("demo.pdf");
    std::fs::write(&file, &sealed).map_err(Error::io(format!("write {}", file.display())))?;
    progress::note(format_args!("{} ({} bytes)", file.display(), sealed.len()));
    if !sealed.starts_with(DOCUMENT) {
        return Err(Error::State("the sealed document does not begin with the original".to_owned()));
    }
    judge(workspace, environment, &file).await
}

/// A system that signs for its organization.
struct System {
    http: Http,
    url: String,
    organization: String,
    authorization: String,
}

impl System {
    fn of(prefix: &str, environment: &Environment) -> Result<Self> {
        let value = |name: String| environment.value(&name).map(str::to_owned).ok_or_else(|| missing(&name));
        let credentials = format!("{}:{}", value(format!("{prefix}_CLIENT_ID"))?, value(format!("{prefix}_CLIENT_SECRET"))?);
        let authorization = format!("Basic {}", STANDARD.encode(credentials));
        let organization = value(format!("{prefix}_ORGANIZATION"))?;
        Ok(Self { http: Http::default(), url: value("SEGL_URL".to_owned())?, organization, authorization })
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Answer> {
        self.send(method, path, body).await?.success()
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Result<Answer> {
        let headers = [("authorization", self.authorization.as_str()), ("content-type", "application/json")];
        let headers = if body.is_some() { &headers[..] } else { &headers[..1] };
        let body = body.map_or_else(Bytes::new, |body| body.to_string().into());
        self.http.send(method, &format!("{}{path}", self.url), headers, body).await
    }

    /// Waits for a state of the order.
    async fn reaches(&self, path: &str, state: &str) -> Result<()> {
        let start = Instant::now();
        loop {
            let order = self.call(Method::GET, path, None).await?.json()?;
            match order["state"].as_str().unwrap_or_default() {
                reached if reached == state => return Ok(()),
                ended @ ("rejected" | "cancelled" | "expired" | "failed") => {
                    return Err(Error::State(format!("the order is {ended}: {}", order["reason"])));
                }
                _ if start.elapsed() > PATIENCE => {
                    let (next, blocked) = (&order["next_action"], &order["blocked_by"]);
                    return Err(Error::State(format!("the order is not {state} yet; next is {next}, blocked by {blocked}")));
                }
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    /// Reads what is to be signed, compares it with the digests, and signs those.
    async fn sign(&self, order: &str) -> Result<()> {
        let request = self.call(Method::GET, &format!("{order}/signature-request"), None).await?.json()?;
        let Some(digests) = request["digests"].as_array() else {
            return Err(Error::State(format!("{} is not asked to sign: {request}", self.organization)));
        };
        for (index, digest) in digests.iter().enumerate() {
            let document = self.document(&format!("{order}/signature-request/documents/{index}")).await?;
            let read: String = Sha256::digest(&document).iter().map(|byte| format!("{byte:02x}")).collect();
            if digest.as_str() != Some(&read) {
                return Err(Error::State(format!("document {index} is not the one with digest {digest}")));
            }
        }
        let decision = json!({"decision": "sign", "digests": digests});
        self.call(Method::POST, &format!("{order}/signatures"), Some(decision)).await.map(drop)
    }

    /// Reads a document, which comes directly or from the address that the service names.
    async fn document(&self, path: &str) -> Result<Bytes> {
        let answer = self.send(Method::GET, path, None).await?;
        if answer.status != StatusCode::SEE_OTHER {
            return Ok(answer.success()?.body);
        }
        let target = answer.headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
        let target = target.ok_or_else(|| answer.unexpected())?;
        Ok(self.http.send(Method::GET, target, &[], Bytes::new()).await?.success()?.body)
    }
}

fn missing(name: &str) -> Error {
    Error::State(format!("the stack's environment has no {name}"))
}

// pdfsig belongs to poppler and may be missing; pyHanko comes with the emulator's packages.
async fn judge(workspace: &Workspace, environment: &Environment, file: &Path) -> Result<()> {
    if prerequisites::runs("pdfsig", &["-v"]) {
        progress::step("pdfsig judges");
        let (_, verdict) = ask("pdfsig".into(), &["-nocert".as_ref(), file.as_os_str()]).await?;
        for expected in ["Signature is Valid", "Total document signed"] {
            if !verdict.contains(expected) {
                return Err(Error::State(format!("pdfsig does not say \"{expected}\":\n{verdict}")));
            }
            progress::note(expected);
        }
    } else {
        progress::note("pdfsig is not installed (sudo apt-get install -y poppler-utils); only pyHanko judges");
    }
    progress::step("pyHanko judges");
    let root = environment.value("SEGL_ROOT_CERTIFICATE").ok_or_else(|| missing("SEGL_ROOT_CERTIFICATE"))?;
    let program = workspace.python("emulator").join("bin").join("pyhanko");
    let arguments = ["sign", "validate", "--trust-replace", "--no-revocation-check", "--trust", root];
    let arguments: Vec<_> = arguments.iter().map(AsRef::as_ref).chain([file.as_os_str()]).collect();
    let (valid, verdict) = ask(program, &arguments).await?;
    if !valid {
        return Err(Error::State(format!("pyHanko finds fault with the seal:\n{verdict}")));
    }
    verdict.lines().filter(|line| !line.is_empty()).for_each(progress::note);
    Ok(())
}

async fn ask(program: PathBuf, arguments: &[&std::ffi::OsStr]) -> Result<(bool, String)> {
    let what = format!("run {}", program.display());
    let output = Command::new(&program).args(arguments).kill_on_drop(true).output().await.map_err(Error::io(what))?;
    let text = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}
