//! How the organization appears to people: its name, logo and colour.

use crate::variables::{ConfigurationError, Variables};

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Brand {
    /// The name that people know; the organization's number where there is none.
    pub name: Option<String>,
    /// Where the logo lies: an `https` address.
    pub logo: Option<String>,
    /// The colour of buttons and links on white, as `#rrggbb`. Choose one on which white text can be read.
    pub colour: Option<String>,
}

/// The colour where none is configured.
pub const COLOUR: &str = "#14507f";

impl Brand {
    /// Reads `SEGL_BRAND_NAME`, `SEGL_BRAND_LOGO` and `SEGL_BRAND_COLOUR`.
    pub fn read<F: Fn(&str) -> Option<String>>(variables: &Variables<F>) -> Result<Self, ConfigurationError> {
        let invalid = |name, problem: &str| ConfigurationError::Invalid { name, problem: problem.to_owned() };
        let logo = variables.optional("SEGL_BRAND_LOGO");
        // It stands in a page and in the page's content security policy.
        let harmless = |url: &str| url.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'<' | b'>' | b';' | b','));
        if logo.as_deref().is_some_and(|url| !url.starts_with("https://") || !harmless(url)) {
            return Err(invalid("SEGL_BRAND_LOGO", "must be an https address"));
        }
        let colour = variables.optional("SEGL_BRAND_COLOUR");
        let is_colour = |raw: &str| raw.len() == 7 && raw.starts_with('#') && raw[1..].bytes().all(|b| b.is_ascii_hexdigit());
        if colour.as_deref().is_some_and(|raw| !is_colour(raw)) {
            return Err(invalid("SEGL_BRAND_COLOUR", "must be a colour such as #14507f"));
        }
        Ok(Self { name: variables.optional("SEGL_BRAND_NAME"), logo, colour })
    }

    /// The name, or what stands in for it.
    pub fn name_or<'a>(&'a self, organization: &'a str) -> &'a str {
        self.name.as_deref().unwrap_or(organization)
    }

    /// The colour.
    pub fn colour(&self) -> &str {
        self.colour.as_deref().unwrap_or(COLOUR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_out_of_a_page_is_refused() {
        for (name, value, ok) in [
            ("SEGL_BRAND_COLOUR", "#14507f", true),
            ("SEGL_BRAND_COLOUR", "red;}body{", false),
            ("SEGL_BRAND_COLOUR", "#14507é", false),
            ("SEGL_BRAND_LOGO", "https://example.org/logo.svg", true),
            ("SEGL_BRAND_LOGO", "http://example.org/logo.svg", false),
            ("SEGL_BRAND_LOGO", "https://example.org/;script-src *", false),
            ("SEGL_BRAND_NAME", "<script>", true),
        ] {
            let read = Brand::read(&Variables(|wanted: &str| (wanted == name).then(|| value.to_owned())));
            assert_eq!(read.is_ok(), ok, "{name} {value}");
        }
    }
}
