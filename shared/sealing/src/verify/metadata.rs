//! Metadata that say only what wrote a file last, and when: programs that add validation data leave those behind.

use crate::pdf::object::Id;
use crate::pdf::reader::{Loaded, Reader};
use crate::refusal::Refusal;

/// XMP properties (ISO 16684-1, 8) that do not matter.
const BY_THE_WAY: [&str; 3] = ["xmp:ModifyDate", "xmp:MetadataDate", "pdf:Producer"];

/// True when two versions of a metadata stream say the same but for those properties.
pub(super) fn say_the_same(reader: &mut Reader<'_>, id: Id, before: &Loaded, now: &Loaded) -> Result<bool, Refusal> {
    let (Some(before), Some(now)) = (before.offset, now.offset) else {
        return Ok(false);
    };
    let (before, now) = (reader.stream_object(id, before)?.data, reader.stream_object(id, now)?.data);
    match (std::str::from_utf8(&before), std::str::from_utf8(&now)) {
        (Ok(before), Ok(now)) => Ok(essence(before) == essence(now)),
        _ => Ok(false),
    }
}

/// The text without the values of those properties, which stand as attributes or as elements.
fn essence(xmp: &str) -> String {
    let mut text = xmp.to_owned();
    for property in BY_THE_WAY {
        for (before, end) in [(format!("{property}=\""), '"'), (format!("<{property}>"), '<')] {
            text = without_values(&text, &before, end);
        }
    }
    text
}

fn without_values(text: &str, before: &str, end: char) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(before) {
        let (head, value) = rest.split_at(start + before.len());
        kept.push_str(head);
        rest = value.find(end).map_or("", |end| &value[end..]);
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::essence;

    #[test]
    fn only_the_date_and_the_program_may_differ() {
        let of = |date: &str, title: &str| {
            format!("<x xmp:ModifyDate=\"{date}\" pdf:Producer=\"P {date}\"><xmp:MetadataDate>{date}</xmp:MetadataDate>{title}</x>")
        };
        assert_eq!(essence(&of("2026", "A")), essence(&of("2029", "A")));
        assert_ne!(essence(&of("2026", "A")), essence(&of("2026", "B")));
        // A value without an end takes nothing with it that could be shown: both sides lose the same.
        assert_ne!(essence("<x pdf:Producer=\"a\" title=\"b\""), essence("<x pdf:Producer=\"a\" title=\"c\""));
    }
}
