//! Values wrapped in quotes.
//!
//! The reference writes form values as `title="A title"` and JSON as `"{\"source\":\"INTERNAL\"}"`. Some clients take these quotes
//! off before sending, as curl does; others send them as they are. Both must mean the same.

use std::borrow::Cow;

/// Takes the wrapping off: a quote at both ends, and no quote between them that is not escaped by a backslash. `\"` and `\\` become
/// `"` and `\`. Anything else stays as it is, also `"A" and "B"`, which only looks wrapped.
pub fn unwrap(raw: &str) -> Cow<'_, str> {
    let Some(inner) = raw.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Cow::Borrowed(raw);
    };
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        match c {
            '"' => return Cow::Borrowed(raw),
            '\\' => match rest.next() {
                Some(escaped @ ('"' | '\\')) => text.push(escaped),
                Some(other) => text.extend(['\\', other]),
                // The last quote was itself escaped, so that nothing closes the value.
                None => return Cow::Borrowed(raw),
            },
            c => text.push(c),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wrapped_values_are_unwrapped_and_others_stay() {
        for (raw, expected) in [
            (r#""A new signing order""#, "A new signing order"),
            (r#""{\"source\":\"INTERNAL\",\"attributes\":{}}""#, r#"{"source":"INTERNAL","attributes":{}}"#),
            (r#""\"A\"""#, r#""A""#),
            (r#""C:\\files""#, r"C:\files"),
            (r#""a\nb""#, r"a\nb"),
            (r#""""#, ""),
            ("plain", "plain"),
            (r#""A" and "B""#, r#""A" and "B""#),
            (r#"""#, r#"""#),
            (r#""open"#, r#""open"#),
            (r#""open\""#, r#""open\""#),
            (r#"{"a": "b"}"#, r#"{"a": "b"}"#),
            ("", ""),
        ] {
            assert_eq!(unwrap(raw), expected, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_wrapped_comes_back(text in any::<String>()) {
            let wrapped = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            prop_assert_eq!(unwrap(&wrapped), text);
        }

        #[test]
        fn arbitrary_text_never_panics(raw in any::<String>()) {
            let _ = unwrap(&raw);
        }
    }
}
