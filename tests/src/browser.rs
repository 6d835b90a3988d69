//! The scripts of `tests/browser`, which drive Debian's Chromium, and the provider of identities. What they need, `.ci/run` installs.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, Once};

use crate::judge;

/// A script of `tests/browser`, with its modules installed, and told which Chromium to start.
pub fn script(name: &str) -> Command {
    static INSTALLED: Once = Once::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    INSTALLED.call_once(|| judge::install_node_modules(&folder));
    let chromium = ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(found).expect("apt-get install chromium");
    let mut script = Command::new("node");
    script.arg(name).current_dir(folder).env("SEGL_CHROMIUM", chromium);
    script
}

/// Starts the provider of identities for which the stack is configured, where the test has not done so before. It ends with the test: then
/// its standard input does.
pub fn start_identity_provider() {
    static PROVIDER: LazyLock<Child> = LazyLock::new(|| {
        let mut script = script("identity-provider.mjs");
        let mut provider = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("apt-get install nodejs npm");
        let said = BufReader::new(provider.stdout.take().expect("piped")).lines();
        let is_ready = said.map_while(Result::ok).any(|line| line == "ready");
        assert!(is_ready, "the provider of identities did not start");
        provider
    });
    LazyLock::force(&PROVIDER);
}

fn found(program: &str) -> Option<String> {
    let output = Command::new("sh").args(["-c", &format!("command -v {program}")]).output().ok()?;
    let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!path.is_empty()).then_some(path)
}
