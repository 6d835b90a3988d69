//! A browser without scripts: it keeps cookies, and sends a page's forms with what stands in them.

use std::collections::BTreeMap;

use lambda_http::http::header;
use segl_lambda::call::Call;
use segl_lambda::reply::Reply;

use crate::world::{World, call, header as with_header, with_body};

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    cookies: BTreeMap<String, String>,
    /// The hidden fields of the page that was taken last.
    pub hidden: BTreeMap<String, String>,
}

impl Browser {
    /// The cookies that it has.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }

    /// A call for a page.
    pub fn get(&self, target: &str) -> Call {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() { call("GET", target) } else { with_header(call("GET", target), "cookie", &cookies.join("; ")) }
    }

    /// A form with the hidden fields of the page and these.
    pub fn post(&self, target: &str, fields: &[(&str, &str)]) -> Call {
        let mut all = self.hidden.clone();
        all.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let encode = |text: &str| {
            text.bytes()
                .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
                .collect::<String>()
        };
        let body: Vec<_> = all.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let get = self.get(target);
        with_body(Call { method: lambda_http::http::Method::POST, ..get }, "application/x-www-form-urlencoded", body.join("&").into_bytes())
    }

    /// Takes cookies and hidden fields of an answer.
    pub fn take(&mut self, reply: &Reply) {
        for value in reply.headers.get_all(header::SET_COOKIE) {
            let pair = value.to_str().expect("a cookie is ASCII").split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie has a name");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let page = text(reply);
        let hidden = page.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"")?;
            Some((name.to_owned(), rest.split_once('"')?.0.to_owned()))
        });
        let hidden: Vec<_> = hidden.collect();
        if !hidden.is_empty() {
            // Of several forms, the first one's.
            self.hidden = hidden.into_iter().rev().collect();
        }
    }

    /// Loads a page and takes it.
    pub async fn load(&mut self, world: &World, target: &str) -> Reply {
        let reply = world.answer(self.get(target)).await;
        self.take(&reply);
        reply
    }

    /// Sends a form, and takes what comes.
    pub async fn send(&mut self, world: &World, target: &str, fields: &[(&str, &str)]) -> Reply {
        let reply = world.answer(self.post(target, fields)).await;
        self.take(&reply);
        reply
    }
}

/// The page of an answer.
pub fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}
