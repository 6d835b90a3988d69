//! Programs that this one starts. Each is the head of a process group of its own, so that the
//! terminal's Ctrl-C reaches this program alone, which then ends the groups in order.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use tokio::process::{Child, Command};

use crate::error::{Error, Result};

/// How long a group may take to end itself before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// A running program and everything that it started.
#[derive(Debug)]
pub struct Group {
    program: String,
    child: Child,
    id: Option<Pid>,
}

impl Group {
    /// Starts a program without standard input.
    ///
    /// # Errors
    /// [`Error::Io`] when it cannot be started.
    pub fn start(mut command: Command) -> Result<Self> {
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let child =
            command.stdin(Stdio::null()).process_group(0).kill_on_drop(true).spawn().map_err(Error::io(format!("start {program}")))?;
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Ok(Self { program, child, id })
    }

    /// The process id of the head, which is also the id of the group.
    pub fn id(&self) -> Option<i32> {
        self.id.map(Pid::as_raw_pid)
    }

    /// The head's standard output, once, if it was piped.
    pub fn output(&mut self) -> Option<tokio::process::ChildStdout> {
        self.child.stdout.take()
    }

    /// Waits until the head ends by itself.
    ///
    /// # Errors
    /// [`Error::Io`] when the system cannot tell.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        self.child.wait().await.map_err(Error::io(format!("wait for {}", self.program)))
    }

    /// Whether the head has ended already.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Ends the group: politely, then by force. Returns when the head is gone.
    pub async fn stop(&mut self) {
        let Some(id) = self.id.take() else { return };
        signal_group(id, Signal::TERM);
        if tokio::time::timeout(GRACE, self.child.wait()).await.is_err() {
            signal_group(id, Signal::KILL);
            let _gone = self.child.wait().await;
        }
        // Members that outlived the head are of no use to anybody.
        signal_group(id, Signal::KILL);
    }
}

impl Drop for Group {
    // A start-up step that failed or was interrupted drops its programs without a chance to wait.
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            signal_group(id, Signal::TERM);
        }
    }
}

/// Runs a program to its end, showing its output.
///
/// # Errors
/// [`Error::Program`] when it fails, [`Error::Io`] when it cannot be started.
pub async fn run(command: Command) -> Result<()> {
    let mut group = Group::start(command)?;
    let status = group.wait().await?;
    let program = std::mem::take(&mut group.program);
    if status.success() { Ok(()) } else { Err(Error::Program { program, status }) }
}

/// Whether a process exists and its command line contains a word, so that a number that has been
/// given to another process since is not mistaken for ours.
pub fn is_running(id: i32, word: &str) -> bool {
    std::process::Command::new("ps")
        .args(["-o", "command=", "-p", &id.to_string()])
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(word))
}

/// Asks one process to end.
pub fn terminate(id: i32) {
    if let Some(id) = Pid::from_raw(id) {
        // Only a process that is gone or not ours can refuse; both need nothing more.
        let _refused = rustix::process::kill_process(id, Signal::TERM);
    }
}

/// Asks a whole group to end.
pub fn terminate_group(id: i32) {
    if let Some(id) = Pid::from_raw(id) {
        signal_group(id, Signal::TERM);
    }
}

fn signal_group(id: Pid, signal: Signal) {
    // A group without members is what we want.
    let _empty = rustix::process::kill_process_group(id, signal);
}
