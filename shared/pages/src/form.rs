//! Forms that pages send.

use segl_lambda::call::Call;

/// The greatest form: twenty documents have two digests each, and a reason has a thousand letters.
const MAX_FORM: usize = 16 * 1024;

/// The fields of a form.
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form; none where a call has none, or one that is greater than any of ours.
    pub fn read(call: &Call) -> Option<Self> {
        if call.media_type().as_deref() != Some("application/x-www-form-urlencoded") || call.body.len() > MAX_FORM {
            return None;
        }
        serde_urlencoded::from_bytes(&call.body).ok().map(Self)
    }

    /// A field, if it is there.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// A field; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }
}
