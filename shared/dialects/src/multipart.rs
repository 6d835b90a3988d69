//! Forms: `multipart/form-data` (RFC 7578) that is already here as bytes.

use bytes::Bytes;
use futures_util::{FutureExt as _, stream};
use segl_core::id::Sha256;

use crate::problem::{Kind, Problem};

/// The most parts that a form may have: more than any order of the most signers needs.
pub const MAX_PARTS: usize = 128;

/// One part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The name of the field.
    pub name: String,
    /// The name of the file, as sent.
    pub file_name: Option<String>,
    /// The media type, as sent, with its parameters.
    pub content_type: Option<String>,
    /// What the part holds.
    pub content: Bytes,
}

/// Takes a form apart.
///
/// # Errors
/// [`Kind::UnsupportedMediaType`] where `content_type` is no form or names no boundary; [`Kind::MalformedForm`] where the body does
/// not keep to it, is cut off, has a part without a name, or more than [`MAX_PARTS`] parts.
pub fn parts(content_type: Option<&str>, body: Bytes) -> Result<Vec<Part>, Problem> {
    let boundary = content_type
        .and_then(|raw| multer::parse_boundary(raw).ok())
        .filter(|boundary| (1..=70).contains(&boundary.len()))
        .ok_or_else(|| Problem::unsupported_media_type("multipart/form-data with a boundary of 1 to 70 characters"))?;
    let mut form = multer::Multipart::new(stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(body))), boundary);
    let mut parts = Vec::new();
    while let Some(field) = ready(form.next_field())? {
        if parts.len() == MAX_PARTS {
            return Err(malformed(format!("there are more than {MAX_PARTS} parts")));
        }
        let Some(name) = field.name().map(str::to_owned) else {
            return Err(malformed("there is a part without a name".to_owned()));
        };
        let file_name = field.file_name().map(str::to_owned);
        let content_type = field.content_type().map(ToString::to_string);
        let content = ready(field.bytes())?;
        parts.push(Part { name, file_name, content_type, content });
    }
    Ok(parts)
}

/// SHA-256 over what a form says. Another boundary, and another sequence of fields of different names, say the same.
pub fn fingerprint(parts: &[Part]) -> Sha256 {
    let mut said: Vec<_> =
        parts.iter().map(|part| (&part.name, &part.file_name, &part.content_type, Sha256::of(&part.content).to_string())).collect();
    // Stable: of several parts of one name the sequence counts.
    said.sort_by_key(|(name, ..)| *name);
    Sha256::of(serde_json::json!(said).to_string().as_bytes())
}

/// The answer of a future over bytes that are all here. It waits only for bytes that will never come: the body is cut off.
fn ready<T>(future: impl Future<Output = multer::Result<T>>) -> Result<T, Problem> {
    match future.now_or_never() {
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) => Err(malformed(error.to_string())),
        None => Err(malformed("it is cut off".to_owned())),
    }
}

fn malformed(detail: String) -> Problem {
    Problem::new(Kind::MalformedForm, format!("the form cannot be read: {detail}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPE: Option<&str> = Some("multipart/form-data; boundary=X");

    #[test]
    fn parts_are_taken_apart() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA \"title\"\r\n\
                    --X\r\nContent-Disposition: form-data; name=\"upload\"; filename=\"a.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-\r\n\r\n--X--\r\n";
        let parts = parts(TYPE, Bytes::from(body)).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].name.as_str(), &parts[0].content[..], &parts[0].file_name), ("title", &b"A \"title\""[..], &None));
        assert_eq!((parts[1].file_name.as_deref(), parts[1].content_type.as_deref()), (Some("a.pdf"), Some("application/pdf")));
        assert_eq!(&parts[1].content[..], b"%PDF-\r\n");
    }

    #[test]
    fn the_same_form_has_the_same_fingerprint_however_it_is_written_down() {
        let form = |boundary: &str, fields: &[(&str, &str)]| {
            let part = |(name, value): &(&str, &str)| {
                format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
            };
            let body = fields.iter().map(part).collect::<String>() + &format!("--{boundary}--\r\n");
            fingerprint(&parts(Some(&format!("multipart/form-data; boundary={boundary}")), Bytes::from(body)).unwrap())
        };
        let first = form("X", &[("title", "T"), ("signers", "a"), ("signers", "b")]);
        assert_eq!(first, form("YYYY", &[("title", "T"), ("signers", "a"), ("signers", "b")]), "another boundary");
        assert_eq!(first, form("X", &[("signers", "a"), ("title", "T"), ("signers", "b")]), "fields of other names in between");
        for other in [
            &[("title", "T"), ("signers", "b"), ("signers", "a")][..],
            &[("title", "T"), ("signers", "ab")],
            &[("title", "Tsigners"), ("signers", "a"), ("signers", "b")],
            &[("titles", "T"), ("signers", "a"), ("signers", "b")],
        ] {
            assert_ne!(first, form("X", other), "{other:?}");
        }
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let one = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
        for (content_type, body, kind) in [
            (None, String::new(), Kind::UnsupportedMediaType),
            (Some("application/json"), String::new(), Kind::UnsupportedMediaType),
            (Some("multipart/form-data"), String::new(), Kind::UnsupportedMediaType),
            (Some("multipart/mixed; boundary=X"), String::new(), Kind::UnsupportedMediaType),
            (TYPE, String::new(), Kind::MalformedForm),
            (TYPE, one.to_owned(), Kind::MalformedForm),
            (TYPE, "--X\r\nContent-Disposition: form-data\r\n\r\n1\r\n--X--".to_owned(), Kind::MalformedForm),
            (TYPE, format!("{}--X--", one.repeat(MAX_PARTS + 1)), Kind::MalformedForm),
        ] {
            let problem = parts(content_type, Bytes::from(body.clone())).unwrap_err();
            assert_eq!(problem.kind, kind, "{content_type:?} {body}");
        }
        assert!(parts(TYPE, Bytes::from(format!("{}--X--", one.repeat(MAX_PARTS)))).is_ok());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(content_type in ".{0,80}", body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = parts(Some(&content_type), Bytes::from(body.clone()));
            let _ = parts(TYPE, Bytes::from(body));
        }

        #[test]
        fn almost_forms_never_panic(pieces in proptest::collection::vec(prop_oneof![
            Just("--X"), Just("\r\n"), Just("--"), Just("Content-Disposition: form-data; name="), Just("\"a\""), Just("filename=\"\\"),
            Just("\""), Just("\\"), Just(";"), Just(" "), Just("Content-Type: "), Just("\r\n\r\n"), Just("%PDF-"), Just("é"),
        ], 0..40)) {
            let _ = parts(TYPE, Bytes::from(pieces.concat()));
        }
    }
}
