//! The development authority: time-stamps and a revocation list, so that seals reach every level on the laptop.

use std::path::Path;

use tokio::process::Command;

use crate::error::Result;
use crate::served::Served;

/// A program that certomancer, a test tool for public key infrastructures, does the work of.
const PROGRAM: &str = include_str!("../python/authority.py");

/// A running authority. It ends when dropped.
#[derive(Debug)]
pub struct Authority(Served);

impl Authority {
    /// Starts it, below the development root in `folder`. `programs` is where Python and its packages are.
    ///
    /// # Errors
    /// As [`Served::start`].
    pub async fn start(programs: &Path, folder: &Path) -> Result<Self> {
        let mut command = Command::new(programs.join("python"));
        command.args(["-c", PROGRAM]).arg(folder);
        Served::start("the development authority", command).await.map(Self)
    }

    /// Where it gives out time-stamps (RFC 3161).
    pub fn time_stamps(&self) -> String {
        format!("{}/tsa", self.0.url())
    }

    /// Where the root's revocation list is (RFC 5280, 5).
    pub fn revocation_list(&self) -> String {
        format!("{}/root.crl", self.0.url())
    }

    /// Ends it.
    pub async fn stop(&mut self) {
        self.0.stop().await;
    }
}
