//! Files in and out.

use std::fs::{self, File, Permissions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use segl_sealing::{KeyKind, PrefixHasher};
use tempfile::NamedTempFile;

use crate::error::Error;

/// The greatest text that is read whole: keys and certificates are some thousands of bytes.
const MAX_TEXT: u64 = 1024 * 1024;
/// How much is hashed at a time.
const PIECE: usize = 256 * 1024;

/// A small text file, such as a key.
pub(crate) fn read_text(path: &Path) -> Result<String, Error> {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_TEXT + 1).read_to_end(&mut text));
    read.map_err(Error::file("read", path))?;
    if text.len() as u64 > MAX_TEXT {
        return Err(Error::file("read", path)(io::Error::other("it is too large for a key or certificate")));
    }
    // A certificate may come with notes in any encoding; PEM itself is ASCII.
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// A file that is read whole, of at most `limit` bytes.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(limit + 1).read_to_end(&mut bytes)).map_err(Error::file("read", path))?;
    if bytes.len() as u64 > limit {
        return Err(Error::file("read", path)(io::Error::other("it is too large")));
    }
    Ok(bytes)
}

/// Opens a document.
pub(crate) fn open(path: &Path) -> Result<File, Error> {
    let file = File::open(path).map_err(Error::file("read", path))?;
    let is_file = file.metadata().map_err(Error::file("read", path))?.is_file();
    if is_file { Ok(file) } else { Err(Error::file("read", path)(io::Error::other("it is not a regular file"))) }
}

/// Hashes a file from its start, for a seal by a key of this kind.
pub(crate) fn hash(file: &mut File, key: KeyKind) -> io::Result<PrefixHasher> {
    file.rewind()?;
    let mut hasher = PrefixHasher::for_key(key);
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(hasher),
            Ok(count) => hasher.update(&piece[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A file that is complete or not there. A crash before [`Unfinished::finish`] leaves what was there before, and beside it a file whose
/// name begins with `.segl-`.
pub(crate) struct Unfinished {
    file: NamedTempFile,
    path: PathBuf,
}

impl Unfinished {
    /// A new file beside `path`.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let failed = |source| Error::File { action: "write", path: path.to_owned(), source };
        // Through a link to what it leads to. Devices and pipes must not be replaced by files.
        let path = match fs::metadata(path) {
            Ok(known) if known.is_file() => fs::canonicalize(path).map_err(failed)?,
            Ok(_) => return Err(failed(io::Error::other("it is there and not a regular file"))),
            Err(_) => path.to_owned(),
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new()
            .prefix(".segl-")
            // As for any new file; the process's mask takes away from that.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder)
            .map_err(failed)?;
        Ok(Self { file, path })
    }

    /// The file, to be read and written.
    pub(crate) fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Appends the last bytes, and gives the file its name.
    pub(crate) fn finish(mut self, last: &[u8]) -> Result<(), Error> {
        let write = |file: &mut File| {
            file.seek(io::SeekFrom::End(0))?;
            file.write_all(last)?;
            file.sync_all()
        };
        write(self.file.as_file_mut())
            .and_then(|()| self.file.persist(&self.path).map_err(|error| error.error))
            .map(drop)
            .map_err(Error::file("write", &self.path))
    }
}
