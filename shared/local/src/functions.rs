//! The functions' binaries: built by cargo, packed as Lambda wants them.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::error::{Error, Result};
use crate::layout::Workspace;
use crate::process::Group;
use crate::progress;
use crate::template::Function;

/// Builds the functions of a template, and nothing else of the workspace. Cargo shows its progress.
///
/// # Errors
/// [`Error::Program`] when the build fails, [`Error::State`] when it makes no binary for a function.
pub async fn build(workspace: &Workspace, functions: &[Function]) -> Result<BTreeMap<String, PathBuf>> {
    progress::step(format!("Building {} functions", functions.len()));
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(workspace.root()).args(["build", "--message-format=json-render-diagnostics"]);
    for function in functions {
        // By binary and not by package: see the alias in .cargo/config.toml.
        command.args(["--bin", &function.binary]);
    }
    command.stdout(Stdio::piped());
    let mut group = Group::start(command)?;
    let mut binaries = BTreeMap::new();
    if let Some(output) = group.output() {
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await.map_err(Error::io("read cargo's output"))? {
            binaries.extend(binary(&line));
        }
    }
    let status = group.wait().await?;
    if !status.success() {
        return Err(Error::Program { program: "cargo build".to_owned(), status });
    }
    match functions.iter().find(|function| !binaries.contains_key(&function.binary)) {
        Some(function) => Err(Error::State(format!("{} makes no binary of that name", function.folder.display()))),
        None => Ok(binaries),
    }
}

// Cargo's "external tools" messages, one JSON object per line.
fn binary(line: &str) -> Option<(String, PathBuf)> {
    let message: serde_json::Value = serde_json::from_str(line).ok()?;
    let executable = message["executable"].as_str()?;
    Some((message["target"]["name"].as_str()?.to_owned(), PathBuf::from(executable)))
}

/// Packs a binary as `bootstrap`, the name that Lambda's own runtimes start.
///
/// # Errors
/// [`Error::Io`] when the binary cannot be read, [`Error::Archive`] when it cannot be packed.
pub fn pack(binary: &Path) -> Result<Vec<u8>> {
    // Stored: a compressed archive is smaller, but this one only crosses the loopback interface.
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored).unix_permissions(0o755);
    let content = std::fs::read(binary).map_err(Error::io(format!("read {}", binary.display())))?;
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::with_capacity(content.len() + 1024)));
    archive.start_file("bootstrap", options)?;
    archive.write_all(&content).map_err(Error::io("pack a function"))?;
    Ok(archive.finish()?.into_inner())
}
