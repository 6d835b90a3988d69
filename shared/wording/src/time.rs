//! Times as people write them, in their zone, with the zone named.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use segl_core::language::Language;

use crate::words::words;

/// A time to the minute, e.g. `24 November 2026, 23:05 (CET, Europe/Stockholm)`.
pub fn time(at: Timestamp, zone: &TimeZone, language: Language) -> String {
    let local = at.to_zoned(zone.clone());
    let month = words(language).months[usize::try_from(local.month() - 1).unwrap_or(0).min(11)];
    let day = if matches!(language, Language::Norwegian | Language::Danish) { "." } else { "" };
    let abbreviation = local.strftime("%Z").to_string();
    let zone = match zone.iana_name() {
        Some(name) if name != abbreviation => format!("{abbreviation}, {name}"),
        _ => abbreviation,
    };
    format!("{}{day} {month} {}, {:02}:{:02} ({zone})", local.day(), local.year(), local.hour(), local.minute())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_readers_zone_and_language() {
        let at: Timestamp = "2026-03-28T23:05:00Z".parse().unwrap();
        for (zone, language, told) in [
            ("Europe/Oslo", Language::Norwegian, "29. mars 2026, 00:05 (CET, Europe/Oslo)"),
            ("Europe/Amsterdam", Language::Dutch, "29 maart 2026, 00:05 (CET, Europe/Amsterdam)"),
            ("America/New_York", Language::English, "28 March 2026, 19:05 (EDT, America/New_York)"),
            ("UTC", Language::Swedish, "28 mars 2026, 23:05 (UTC)"),
        ] {
            assert_eq!(time(at, &TimeZone::get(zone).unwrap(), language), told);
        }
    }
}
