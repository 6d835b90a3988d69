//! What the pages' forms send.

use segl_core::id::Sha256;
use segl_core::text::Reason;
use segl_lambda::call::Call;
use segl_pages::form::Fields;

/// What somebody wants.
pub enum Act {
    /// A code.
    SendCode,
    /// To be let in with a code.
    EnterCode(String),
    /// To sign what was shown.
    Sign {
        /// Whether the box was ticked.
        consent: bool,
        /// The digests of the documents, as the page had them.
        digests: Vec<Sha256>,
        /// Those of their page images.
        images: Vec<Sha256>,
    },
    /// Not to sign.
    Decline(Option<Reason>),
}

/// A form as sent.
pub struct Form {
    /// What shows that it is one of our pages'.
    pub mark: String,
    /// What is wanted.
    pub act: Act,
}

impl Form {
    /// Reads a form; none where it is not one of ours.
    pub fn read(call: &Call) -> Option<Self> {
        let fields = Fields::read(call)?;
        let field = |name: &str| fields.get(name);
        let digests = |name: &str| field(name)?.split_whitespace().map(|digest| digest.parse().ok()).collect::<Option<Vec<Sha256>>>();
        let act = match field("act")? {
            "send-code" => Act::SendCode,
            "enter-code" => Act::EnterCode(digits(field("code")?)),
            "sign" => Act::Sign { consent: field("consent") == Some("yes"), digests: digests("digests")?, images: digests("images")? },
            "decline" => match field("reason").map(str::trim) {
                None | Some("") => Act::Decline(None),
                Some(reason) => Act::Decline(Some(Reason::parse(reason).ok()?)),
            },
            _ => return None,
        };
        Some(Self { mark: field("form")?.to_owned(), act })
    }
}

/// People type codes as they read them, with blanks. What is no digit counts for nothing.
fn digits(raw: &str) -> String {
    raw.chars().filter(char::is_ascii_digit).take(16).collect()
}
