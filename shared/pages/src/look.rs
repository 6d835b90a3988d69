//! How pages look, and what browsers may do with them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::http::{StatusCode, header};
use segl_core::ceremony::Direct;
use segl_core::id::Sha256;
use segl_lambda::brand::Brand;
use segl_lambda::reply::Reply;

/// The style sheet of all pages.
const STYLE: &str = include_str!("../templates/style.css");

/// The style sheet in the organization's colour, and its logo.
pub struct Look {
    /// What stands in each page.
    pub style: String,
    /// How the organization appears.
    pub brand: Brand,
    style_hash: String,
}

/// What one page needs besides itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// Where a signer of the direct flow comes from and goes back to.
    pub direct: Option<&'a Direct>,
    /// Where the page's script may send files; none where the page has no script.
    pub uploads: Option<&'a str>,
}

impl Look {
    /// Prepares the style sheet.
    pub fn new(brand: Brand) -> Self {
        Self::with_style(brand, "")
    }

    /// The same with what some pages have of their own.
    pub fn with_style(brand: Brand, more: &str) -> Self {
        let style = match &brand.colour {
            Some(colour) => format!("{STYLE}{more}@media (prefers-color-scheme: light) {{ :root {{ --accent: {colour}; }} }}"),
            None => format!("{STYLE}{more}"),
        };
        let style_hash = STANDARD.encode(Sha256::of(style.as_bytes()).0);
        Self { style, brand, style_hash }
    }

    /// A page as an answer.
    pub fn html(&self, status: StatusCode, page: String, around: Surroundings<'_>) -> Reply {
        self.guard(Reply::with_body(status, "text/html; charset=utf-8", page.into_bytes()), around)
    }

    /// With what tells a browser to be careful: nothing runs but a script of this service's where the page has one,
    /// nothing is fetched from elsewhere, forms go to this service and, by
    /// redirect, to the sender's exits; no address is told to anybody; no other site frames the page unless the order says so.
    pub fn guard(&self, reply: Reply, around: Surroundings<'_>) -> Reply {
        let framed = around.direct.filter(|direct| direct.framed);
        let reply = reply
            .header(header::CONTENT_SECURITY_POLICY, &self.policy(around))
            .header(header::REFERRER_POLICY, "no-referrer")
            .header(header::STRICT_TRANSPORT_SECURITY, "max-age=63072000");
        if framed.is_some() { reply } else { reply.header(header::X_FRAME_OPTIONS, "DENY") }
    }

    fn policy(&self, around: Surroundings<'_>) -> String {
        let mut exits: Vec<_> = around.direct.iter().flat_map(|direct| direct.exits()).map(|exit| exit.origin()).collect();
        exits.dedup();
        let mut policy = format!("default-src 'none'; style-src 'sha256-{}'; img-src 'self'", self.style_hash);
        if let Some(logo) = &self.brand.logo {
            let _ = write!(policy, " {logo}");
        }
        if let Some(uploads) = around.uploads {
            let _ = write!(policy, "; script-src 'self'; connect-src 'self' {uploads}");
        }
        policy.push_str("; form-action 'self'");
        for exit in &exits {
            let _ = write!(policy, " {exit}");
        }
        policy.push_str("; base-uri 'none'; frame-ancestors ");
        match around.direct {
            Some(direct) if direct.framed => policy.push_str(&exits.join(" ")),
            _ => policy.push_str("'none'"),
        }
        policy
    }
}
