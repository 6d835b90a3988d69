//! `dueDate`: a local time without a zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

const FORMAT: &str = "%Y-%m-%dT%H:%M:%S";
const SHAPE: &[u8; 19] = b"dddd-dd-ddTdd:dd:dd";

/// Why a due date was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DueDateError {
    /// Not in the one form that the API knows.
    #[error("must be YYYY-MM-DDThh:mm:ss such as 2030-12-24T00:00:00, without a zone")]
    Malformed,
    /// In that form, and no time of the calendar.
    #[error("is no date and time of the calendar")]
    NoSuchTime,
}

/// Reads a due date as local time in `zone`.
///
/// Where the clocks are put back and a local time occurs twice, the later one is meant; where they are put forward and it does not
/// occur, the time as much later as the clocks jump. So the deadline is never earlier than the caller can have meant it.
pub fn parse(raw: &str, zone: &TimeZone) -> Result<Timestamp, DueDateError> {
    let fits = |(byte, shape): (u8, &u8)| if *shape == b'd' { byte.is_ascii_digit() } else { byte == *shape };
    if raw.len() != SHAPE.len() || !raw.bytes().zip(SHAPE).all(fits) {
        return Err(DueDateError::Malformed);
    }
    let local: DateTime = raw.parse().map_err(|_| DueDateError::NoSuchTime)?;
    zone.to_ambiguous_timestamp(local).later().map_err(|_| DueDateError::NoSuchTime)
}

/// Writes a time in the same form, in `zone`.
pub fn format(time: Timestamp, zone: &TimeZone) -> String {
    // The format has neither a zone nor anything else that a time can lack.
    strtime::format(FORMAT, zone.to_datetime(time)).unwrap_or_else(|_| time.to_string())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stockholm() -> TimeZone {
        TimeZone::get("Europe/Stockholm").unwrap()
    }

    #[test]
    fn local_times_are_read_in_the_zone() {
        for (raw, expected) in [
            ("2024-12-24T00:00:00", "2024-12-23T23:00:00Z"),
            ("2024-06-24T12:30:15", "2024-06-24T10:30:15Z"),
            // 02:30 does not occur: the clocks jump from 02:00 to 03:00.
            ("2024-03-31T02:30:00", "2024-03-31T01:30:00Z"),
            // 02:30 occurs at 00:30Z and again at 01:30Z.
            ("2024-10-27T02:30:00", "2024-10-27T01:30:00Z"),
        ] {
            assert_eq!(parse(raw, &stockholm()), Ok(expected.parse().unwrap()), "{raw}");
        }
        assert_eq!(format("2024-12-23T23:00:00Z".parse().unwrap(), &stockholm()), "2024-12-24T00:00:00");
    }

    #[test]
    fn anything_else_is_refused() {
        for raw in [
            "",
            "2024-12-24",
            "2024-12-24T00:00",
            "2024-12-24 00:00:00",
            "2024-12-24t00:00:00",
            "2024-12-24T00:00:00Z",
            "2024-12-24T00:00:00+01:00",
            "24-12-2024T00:00:00",
            "tomorrow",
            "2024-12-24T00:00:0x",
            "-024-12-24T00:00:00",
        ] {
            assert_eq!(parse(raw, &stockholm()), Err(DueDateError::Malformed), "{raw}");
        }
        for raw in ["2023-02-29T00:00:00", "2024-13-01T00:00:00", "2024-12-24T24:00:00", "2024-12-24T00:61:00"] {
            assert_eq!(parse(raw, &stockholm()), Err(DueDateError::NoSuchTime), "{raw}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back_or_is_the_other_of_two(second in 0_i64..4_000_000_000) {
            let time = Timestamp::from_second(second).unwrap();
            let again = parse(&format(time, &stockholm()), &stockholm()).unwrap();
            prop_assert!(again == time || again.as_second() - second == 3600);
        }

        #[test]
        fn arbitrary_text_never_panics(raw in ".{0,30}") {
            let _ = parse(&raw, &stockholm());
        }
    }
}
