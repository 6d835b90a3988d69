//! The development converter: LibreOffice behind the HTTP interface of Gotenberg, so that office files can be signed on the laptop.

use tokio::process::Command;

use crate::error::Result;
use crate::prerequisites;
use crate::served::Served;

/// A program of Python's own library.
const PROGRAM: &str = include_str!("../python/converter.py");

/// Starts it.
///
/// # Errors
/// [`crate::error::Error::Missing`] without LibreOffice; as [`Served::start`].
pub async fn start() -> Result<Served> {
    if !is_there() {
        return Err(prerequisites::missing(
            "LibreOffice, which makes PDFs of office files,",
            "libreoffice-writer-nogui libreoffice-draw-nogui",
            "--cask libreoffice",
        ));
    }
    let mut command = Command::new("python3");
    command.args(["-c", PROGRAM]);
    Served::start("the development converter", command).await
}

/// Whether there is LibreOffice on this machine.
pub fn is_there() -> bool {
    // Asking it for its version takes as long as a conversion.
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join("soffice").is_file())
}
