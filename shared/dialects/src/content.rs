//! Documents that come inside a request.

/// The most bytes that the documents in one request may have together, decoded. The platform takes requests of 6 MB, of which
/// base64 uses a third.
pub const MAX_INLINE: usize = 4 * 1024 * 1024;

/// The most bytes that one document may have: what one presigned upload takes.
pub const MAX_DOCUMENT: u64 = 5 * 1024 * 1024 * 1024;

/// What to do with a document that is too large for a request.
pub const UPLOAD_INSTEAD: &str =
    "for larger documents, leave content_base64 out of POST /v1/orders and PUT each file to the upload address in the answer";

/// Why content cannot be a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// No PDF header where readers look for it.
    #[error("is not a PDF: there is no %PDF- among its first 1024 bytes")]
    NotPdf,
}

/// The look at content that needs no parser; ingest looks closer. Finds the header of ISO 32000-2, 7.5.2 among the first 1,024 bytes,
/// where readers have always looked for it.
pub fn check(content: &[u8]) -> Result<(), ContentError> {
    let start = &content[..content.len().min(1024)];
    if content.is_empty() {
        Err(ContentError::Empty)
    } else if start.windows(5).any(|window| window == b"%PDF-") {
        Ok(())
    } else {
        Err(ContentError::NotPdf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pdf_says_so_at_its_start() {
        for (content, expected) in [
            (b"".to_vec(), Err(ContentError::Empty)),
            (b"%PD".to_vec(), Err(ContentError::NotPdf)),
            (b"<html>".to_vec(), Err(ContentError::NotPdf)),
            (b"%PDF-1.7\n".to_vec(), Ok(())),
            ([vec![b' '; 1000], b"%PDF-1.4".to_vec()].concat(), Ok(())),
            ([vec![b' '; 1024], b"%PDF-1.4".to_vec()].concat(), Err(ContentError::NotPdf)),
        ] {
            assert_eq!(check(&content), expected);
        }
    }
}
