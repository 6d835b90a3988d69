//! Python environments in `.local/venv`, made from the pinned lists of this crate.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::error::{Error, Result};
use crate::layout::Workspace;
use crate::{process, progress};

/// A set of Python packages. They are apart because their dependencies exclude each other.
#[derive(Debug, Clone, Copy)]
pub struct Packages {
    name: &'static str,
    requirements: &'static str,
}

/// The emulator, and pyHanko as the judge of sealed documents.
pub const EMULATOR: Packages = Packages { name: "emulator", requirements: include_str!("../python/emulator.txt") };

/// Tools that only the tests call: sam, cfn-lint, schemathesis, PyJWT as a judge of tokens, and standardwebhooks of deliveries.
pub const TESTS: Packages = Packages { name: "tests", requirements: include_str!("../python/tests.txt") };

/// Makes the environment if it is not there, or is not of these packages. Returns its folder of programs.
///
/// # Errors
/// [`Error::Program`] when Python or pip fail, [`Error::Io`] when the folder cannot be written.
pub async fn prepare(workspace: &Workspace, packages: Packages) -> Result<PathBuf> {
    let folder = workspace.python(packages.name);
    let programs = folder.join("bin");
    // Written last: an environment without it was cut short and is made anew.
    let stamp = folder.join("segl-requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|made_of| made_of == packages.requirements) {
        return Ok(programs);
    }
    progress::step(format!("Preparing Python packages ({}) in {}", packages.name, folder.display()));
    remove(&folder)?;
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&folder);
    process::run(venv).await?;
    let list = folder.join("requirements.txt");
    std::fs::write(&list, packages.requirements).map_err(Error::io(format!("write {}", list.display())))?;
    let mut pip = Command::new(programs.join("python"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off", "-r"]).arg(&list);
    // Its list of everything that it found is for nobody; errors go to standard error.
    pip.stdout(std::process::Stdio::null());
    process::run(pip).await?;
    std::fs::rename(&list, &stamp).map_err(Error::io(format!("write {}", stamp.display())))?;
    Ok(programs)
}

/// Removes a folder that may not exist.
///
/// # Errors
/// [`Error::Io`] when it cannot be removed.
pub fn remove(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(format!("remove {}", folder.display()))(error)),
        _ => Ok(()),
    }
}
