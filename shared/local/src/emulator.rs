//! The emulator of AWS, ministack: one Python process, and the functions' processes below it.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Method;
use tokio::process::Command;

use crate::error::{Error, Result};
use crate::http::{ACCESS_KEY, Http, REGION, SECRET_KEY};
use crate::process::Group;
use crate::progress;

/// How long the emulator may take to answer for the first time.
const START: Duration = Duration::from_secs(60);

/// A running emulator.
#[derive(Debug)]
pub struct Emulator {
    group: Group,
    port: u16,
    log: PathBuf,
}

impl Emulator {
    /// Starts the emulator with all its state in a folder, and waits until it answers.
    ///
    /// # Errors
    /// [`Error::State`] when it ends or stays silent; its log is named.
    pub async fn start(programs: &Path, folder: &Path, port: u16, http: &Http) -> Result<Self> {
        let temporary = folder.join("tmp");
        std::fs::create_dir_all(&temporary).map_err(Error::io(format!("create {}", temporary.display())))?;
        let log = folder.join("emulator.log");
        let output = File::create(&log).map_err(Error::io(format!("create {}", log.display())))?;
        let errors = output.try_clone().map_err(Error::io(format!("open {}", log.display())))?;
        let endpoint = format!("http://127.0.0.1:{port}");
        let mut command = Command::new(programs.join("ministack"));
        command
            .current_dir(folder)
            .stdout(output)
            .stderr(errors)
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            // Without it, functions get no endpoint and would call the real AWS.
            .env("AWS_ENDPOINT_URL", &endpoint)
            // The functions' roles and the keys' policies are enforced, as on AWS.
            .env("AUTH", "true")
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .env("AWS_DEFAULT_REGION", REGION)
            .env("MINISTACK_REGION", REGION)
            .env("TMPDIR", &temporary)
            .env("STATE_DIR", folder.join("state"))
            .env("S3_DATA_DIR", folder.join("s3"))
            .env("PERSIST_STATE", "0")
            // A listener for devices that nobody here has.
            .env("IOT_MTLS_ENABLED", "0")
            .env_remove("AWS_PROFILE")
            .env_remove("AWS_SESSION_TOKEN");
        let mut emulator = Self { group: Group::start(command)?, port, log };
        std::fs::write(folder.join("emulator.pid"), emulator.group.id().unwrap_or_default().to_string())
            .map_err(Error::io("write emulator.pid"))?;
        emulator.answers(http).await?;
        Ok(emulator)
    }

    /// The address of all its services.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The port of all its services.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the emulator and the functions.
    pub async fn stop(&mut self) {
        self.group.stop().await;
    }

    /// Waits until the emulator ends by itself, which it should not.
    pub async fn ended(&mut self) -> Error {
        match self.group.wait().await {
            Ok(status) => Error::State(format!("the emulator ended with {status}; see {}", self.log.display())),
            Err(error) => error,
        }
    }

    async fn answers(&mut self, http: &Http) -> Result<()> {
        let url = format!("{}/_ministack/health", self.endpoint());
        let start = Instant::now();
        while start.elapsed() < START {
            if let Some(status) = self.group.ended() {
                return Err(Error::State(format!("the emulator ended with {status}; see {}", self.log.display())));
            }
            if http.send(Method::GET, &url, &[], Bytes::new()).await.is_ok_and(|answer| answer.status.is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(Error::State(format!("the emulator does not answer; see {}", self.log.display())))
    }
}

/// A port on the loopback interface: the preferred one, or another with a note when it is taken.
///
/// # Errors
/// [`Error::Io`] when no port is free.
pub fn free_port(preferred: Option<u16>, what: &str) -> Result<TcpListener> {
    let listen = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    if let Some(port) = preferred {
        match listen(port) {
            Ok(listener) => return Ok(listener),
            Err(error) => progress::note(format!("Port {port} for {what} cannot be used ({error}); taking another")),
        }
    }
    listen(0).map_err(Error::io(format!("find a free port for {what}")))
}
