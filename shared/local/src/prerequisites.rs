//! What has to be on the machine before anything else can be prepared.

use std::process::{Command, Stdio};

use crate::error::{Error, Result};

/// Oldest Python that the pinned packages run on.
const PYTHON: &str = "3.11";

/// Checks for Python with `venv` and for a C compiler; cargo has started this program already.
///
/// # Errors
/// [`Error::Missing`] names what is missing and the command that installs it.
pub fn check() -> Result<()> {
    if !runs("python3", &["--version"]) {
        return Err(missing("Python 3, which runs the emulator,", "python3 python3-venv", "python"));
    }
    let version = format!("import sys; sys.exit(sys.version_info < ({}))", PYTHON.replace('.', ","));
    if !runs("python3", &["-c", &version]) {
        return Err(missing(&format!("Python {PYTHON} or newer"), "python3.12 python3.12-venv", "python"));
    }
    // Debian ships `venv` without `ensurepip`, which only fails once an environment is made.
    if !runs("python3", &["-c", "import venv, ensurepip"]) {
        return Err(missing("Python's venv module", "python3-venv", "python"));
    }
    if !runs("cc", &["--version"]) {
        return Err(missing("A C compiler, which cryptographic crates need,", "build-essential", "gcc"));
    }
    Ok(())
}

/// The error for a program that Debian and Homebrew package under these names.
pub fn missing(what: &str, debian: &str, homebrew: &str) -> Error {
    let install = if cfg!(target_os = "macos") { format!("brew install {homebrew}") } else { format!("sudo apt-get install -y {debian}") };
    Error::Missing { what: what.to_owned(), install }
}

/// Whether a program can be started and says yes.
pub fn runs(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
