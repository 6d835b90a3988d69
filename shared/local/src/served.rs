//! Servers of the laptop stack that are Python programs: each says on which port it is.

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::error::{Error, Result};
use crate::process::Group;

/// A running server. It ends when dropped.
#[derive(Debug)]
pub struct Served {
    group: Group,
    port: u16,
}

impl Served {
    /// Starts a program that prints its port when it is ready.
    ///
    /// # Errors
    /// [`Error::State`] when it says no port, after which its own words are on standard error.
    pub async fn start(what: &str, mut command: Command) -> Result<Self> {
        command.stdout(std::process::Stdio::piped());
        let mut group = Group::start(command)?;
        let silent = || Error::State(format!("{what} did not start"));
        let mut lines = BufReader::new(group.output().ok_or_else(silent)?).lines();
        let line = lines.next_line().await.map_err(Error::io(format!("read the port of {what}")))?;
        let port = line.and_then(|line| line.trim().parse().ok()).ok_or_else(silent)?;
        Ok(Self { group, port })
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Ends it.
    pub async fn stop(&mut self) {
        self.group.stop().await;
    }
}
