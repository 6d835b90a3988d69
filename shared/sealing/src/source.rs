//! Where a document's bytes come from.

use std::fs::File;
use std::io;

/// A document that can be read at any place, without a cursor.
///
/// Reading starts at `offset` and fills as much of `buf` as it can; fewer bytes than asked for is allowed, `0` means
/// that `offset` is at or behind the end.
pub trait ReadAt {
    /// The document's length in bytes.
    fn len(&self) -> u64;

    /// True when the document has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads bytes from `offset` into `buf` and tells how many.
    ///
    /// # Errors
    /// The error of the medium. A short read is not an error.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;
}

impl ReadAt for [u8] {
    fn len(&self) -> u64 {
        <[u8]>::len(self) as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|start| self.get(start..)).unwrap_or(&[]);
        let count = rest.len().min(buf.len());
        buf[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }
}

impl ReadAt for &[u8] {
    fn len(&self) -> u64 {
        ReadAt::len(*self)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        ReadAt::read_at(*self, offset, buf)
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> u64 {
        ReadAt::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        ReadAt::read_at(self.as_slice(), offset, buf)
    }
}

impl ReadAt for File {
    /// The length that the file system tells; `0` when it cannot tell, which every reader refuses as empty.
    fn len(&self) -> u64 {
        self.metadata().map(|metadata| metadata.len()).unwrap_or(0)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buf, offset)
    }
}

/// A document with more behind it.
pub(crate) struct Followed<'a> {
    pub(crate) source: &'a dyn ReadAt,
    pub(crate) suffix: &'a [u8],
}

impl ReadAt for Followed<'_> {
    fn len(&self) -> u64 {
        self.source.len() + self.suffix.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        match offset.checked_sub(self.source.len()) {
            Some(behind) => ReadAt::read_at(self.suffix, behind, buf),
            None => self.source.read_at(offset, buf),
        }
    }
}

/// The beginning of a document.
pub(crate) struct First<'a> {
    pub(crate) source: &'a dyn ReadAt,
    pub(crate) len: u64,
}

impl ReadAt for First<'_> {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = buf.len().min(left);
        self.source.read_at(offset, &mut buf[..count])
    }
}
