//! How long a server asks to be left alone.

use hyper::header::{HeaderMap, RETRY_AFTER};
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

/// When an answer asks for the next call (`Retry-After`, RFC 9110, 10.2.3): seconds, or a date. What is neither is as if it were not there.
pub fn retry_at(fields: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    let raw = fields.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match raw.parse::<u32>() {
        Ok(seconds) => now.checked_add(SignedDuration::from_secs(seconds.into())).ok(),
        Err(_) => rfc2822::DateTimeParser::new().parse_timestamp(raw).ok(),
    }
}

/// The same as how long that is from now.
pub(crate) fn retry_after(fields: &HeaderMap, now: Timestamp) -> Option<SignedDuration> {
    retry_at(fields, now).map(|at| at.duration_since(now))
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let read = |raw: &'static str| retry_at(&HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(raw))]), at(1000));
        assert_eq!(read("120"), Some(at(1120)));
        assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(at(784_111_777)));
        for raw in ["", "-1", "soon", "99999999999999"] {
            assert_eq!(read(raw), None, "{raw}");
        }
    }
}
