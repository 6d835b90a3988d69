//! The development authority: time-stamps and a revocation list, so that seals reach every level on the laptop.

use std::path::Path;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use crate::error::{Error, Result};
use crate::process::Group;

/// A program that certomancer, a test tool for public key infrastructures, does the work of.
const PROGRAM: &str = include_str!("../python/authority.py");

/// A running authority. It ends when dropped.
#[derive(Debug)]
pub struct Authority {
    group: Group,
    port: u16,
}

impl Authority {
    /// Starts it, below the development root in `folder`. `programs` is where Python and its packages are.
    ///
    /// # Errors
    /// [`Error::State`] when it says no port, after which its own words are on standard error.
    pub async fn start(programs: &Path, folder: &Path) -> Result<Self> {
        let mut command = Command::new(programs.join("python"));
        command.args(["-c", PROGRAM]).arg(folder).stdout(std::process::Stdio::piped());
        let mut group = Group::start(command)?;
        let silent = || Error::State("the development authority did not start".to_owned());
        let mut lines = BufReader::new(group.output().ok_or_else(silent)?).lines();
        let line = lines.next_line().await.map_err(Error::io("read the authority's port"))?;
        let port = line.and_then(|line| line.trim().parse().ok()).ok_or_else(silent)?;
        Ok(Self { group, port })
    }

    /// Where it gives out time-stamps (RFC 3161).
    pub fn time_stamps(&self) -> String {
        format!("http://127.0.0.1:{}/tsa", self.port)
    }

    /// Where the root's revocation list is (RFC 5280, 5).
    pub fn revocation_list(&self) -> String {
        format!("http://127.0.0.1:{}/root.crl", self.port)
    }

    /// Ends it.
    pub async fn stop(&mut self) {
        self.group.stop().await;
    }
}
