//! Where things lie: the workspace and its `.local` folder.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The workspace that holds `template.yaml`.
#[derive(Debug, Clone)]
pub struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The workspace around the current folder.
    ///
    /// # Errors
    /// [`Error::State`] when neither the folder nor one above it holds `template.yaml`.
    pub fn around_current_folder() -> Result<Self> {
        let start = std::env::current_dir().map_err(Error::io("find the current folder"))?;
        start
            .ancestors()
            .find(|folder| folder.join("template.yaml").is_file() && folder.join("Cargo.toml").is_file())
            .map(|root| Self { root: root.to_owned() })
            .ok_or_else(|| Error::State(format!("no template.yaml in {} or above it", start.display())))
    }

    /// The top folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The SAM template.
    pub fn template(&self) -> PathBuf {
        self.root.join("template.yaml")
    }

    /// The folder for everything that this tool makes; it can be deleted at any time.
    pub fn local(&self) -> PathBuf {
        self.root.join(".local")
    }

    /// The development CA, kept so that what it issued stays verifiable.
    pub fn certificate_authority(&self) -> PathBuf {
        self.local().join("ca")
    }

    /// One Python environment, see [`crate::python`].
    pub fn python(&self, name: &str) -> PathBuf {
        self.local().join("venv").join(name)
    }

    /// The folder of one running stack. Stacks share nothing but the CA and the Python environments.
    pub fn stack(&self, name: StackName) -> PathBuf {
        match name {
            StackName::Up => self.local().join("up"),
            StackName::Test => self.local().join(format!("test-{}", std::process::id())),
        }
    }

    /// The file that tells other programs how to reach the stack. The one of `up` lies directly in `.local`.
    pub fn environment(&self, name: StackName) -> PathBuf {
        match name {
            StackName::Up => self.local().join("env"),
            StackName::Test => self.stack(name).join("env"),
        }
    }
}

/// Which stack is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StackName {
    /// The one of `up` and `demo`, one per workspace.
    Up,
    /// The one of this `test` run.
    Test,
}
