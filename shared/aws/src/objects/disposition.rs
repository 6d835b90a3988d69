//! `Content-Disposition` (RFC 6266) for downloads.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but `attr-char` of RFC 8187, 3.2.1.
const OUTSIDE_ATTR_CHAR: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'!')
    .remove(b'#')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b'-')
    .remove(b'.')
    .remove(b'^')
    .remove(b'_')
    .remove(b'`')
    .remove(b'|')
    .remove(b'~');

/// To be saved under this name: in UTF-8 for those who understand `filename*`, and in ASCII for the rest.
pub(super) fn attachment(file_name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '(' | ')') { c } else { '_' };
    let ascii: String = file_name.chars().map(plain).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{}", utf8_percent_encode(file_name, OUTSIDE_ATTR_CHAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_out_of_the_header() {
        for (name, expected) in [
            ("contract.pdf", r#"attachment; filename="contract.pdf"; filename*=UTF-8''contract.pdf"#),
            ("Købs aftale.pdf", r#"attachment; filename="K_bs aftale.pdf"; filename*=UTF-8''K%C3%B8bs%20aftale.pdf"#),
            ("a\"; x=\r\n%.pdf", r#"attachment; filename="a__ x____.pdf"; filename*=UTF-8''a%22%3B%20x%3D%0D%0A%25.pdf"#),
            ("../etc/passwd", r#"attachment; filename=".._etc_passwd"; filename*=UTF-8''..%2Fetc%2Fpasswd"#),
        ] {
            assert_eq!(attachment(name), expected);
        }
    }
}
