//! `cargo local test`: every test of the workspace, against a stack of its own.

use std::process::ExitCode;

use segl_local::environment::Environment;
use segl_local::error::{Error, Result};
use segl_local::layout::Workspace;
use segl_local::process::Group;
use segl_local::{progress, python};
use tokio::process::Command;

/// Runs `cargo test` and passes its verdict on.
///
/// # Errors
/// [`Error::Program`] when a tool that the tests call cannot be installed, [`Error::Io`] when cargo cannot be started.
pub async fn run(workspace: &Workspace, environment: &Environment, arguments: &[String]) -> Result<ExitCode> {
    let mut path = vec![python::prepare(workspace, python::TESTS).await?, workspace.python("emulator").join("bin")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    let path = std::env::join_paths(path).map_err(|error| Error::State(format!("PATH: {error}")))?;
    progress::step("Running the tests");
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace.root()).arg("test").env("PATH", path).envs(environment.iter());
    // No tool that a test calls reports about its use, or looks for a newer version of itself.
    command.env("SAM_CLI_TELEMETRY", "0").env("SAM_CLI_VERSION_CHECK", "0");
    if arguments.is_empty() {
        command.arg("--workspace");
    } else {
        command.args(arguments);
    }
    let mut group = Group::start(command)?;
    let status = group.wait().await?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
