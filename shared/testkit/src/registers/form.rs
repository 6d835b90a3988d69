//! Forms (RFC 7578), read simply.

/// The parts of a form by name.
pub(super) fn parts(media_type: &str, body: &[u8]) -> Option<Vec<(String, Vec<u8>)>> {
    let boundary = media_type.strip_prefix("multipart/form-data; boundary=")?;
    let mark = format!("--{boundary}").into_bytes();
    let mut rest = body.strip_prefix(mark.as_slice())?;
    let mut parts = Vec::new();
    loop {
        if rest == b"--\r\n" {
            return Some(parts);
        }
        rest = rest.strip_prefix(b"\r\n")?;
        let end = position(rest, &[b"\r\n", mark.as_slice()].concat())?;
        let part = rest.get(..end)?;
        let head = position(part, b"\r\n\r\n")?;
        let fields = std::str::from_utf8(part.get(..head)?).ok()?;
        let name = fields.split("name=\"").nth(1)?.split('"').next()?;
        parts.push((name.to_owned(), part.get(head + 4..)?.to_vec()));
        rest = rest.get(end + 2 + mark.len()..)?;
    }
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}
