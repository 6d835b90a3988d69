//! Dates of PDF.

use jiff::Timestamp;

/// A date (ISO 32000-1, 7.9.4). Parts that are missing at the end are the least ones; without an offset it is UTC.
pub(super) fn time_of(date: &str) -> Option<Timestamp> {
    let date = date.strip_prefix("D:").unwrap_or(date);
    let digits = date.bytes().take_while(u8::is_ascii_digit).count();
    let (numbers, zone) = date.split_at(digits);
    let part = |range: std::ops::Range<usize>, least: i8| match numbers.get(range) {
        Some(text) => text.parse::<i8>().ok(),
        None => Some(least),
    };
    let year: i16 = numbers.get(0..4)?.parse().ok()?;
    let (month, day) = (part(4..6, 1)?, part(6..8, 1)?);
    let (hour, minute, second) = (part(8..10, 0)?, part(10..12, 0)?, part(12..14, 0)?);
    let local = jiff::civil::DateTime::new(year, month, day, hour, minute, second, 0).ok()?;
    let offset = match zone.as_bytes().first() {
        Some(sign @ (b'+' | b'-')) => {
            let mut parts = zone[1..].split('\'').filter(|part| !part.is_empty());
            let hours: i32 = parts.next()?.parse().ok()?;
            let minutes: i32 = parts.next().map_or(Some(0), |part| part.parse().ok())?;
            let seconds = hours * 3600 + minutes * 60;
            jiff::tz::Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()?
        }
        _ => jiff::tz::Offset::UTC,
    };
    offset.to_timestamp(local).ok()
}

#[cfg(test)]
mod tests {
    use super::time_of;

    #[test]
    fn dates_of_pdf() {
        let cases = [
            ("D:20260301120000Z", Some("2026-03-01T12:00:00Z")),
            ("D:20260301120000+01'00'", Some("2026-03-01T11:00:00Z")),
            ("D:20260301120000-03'30", Some("2026-03-01T15:30:00Z")),
            ("D:2026", Some("2026-01-01T00:00:00Z")),
            ("D:20261301120000Z", None),
            ("D:", None),
            ("yesterday", None),
            ("D:20260301120000+99999999999'00'", None),
        ];
        for (text, expected) in cases {
            assert_eq!(time_of(text), expected.map(|time| time.parse().expect("a timestamp")), "{text}");
        }
    }
}
