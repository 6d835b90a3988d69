//! Cookies of pages (RFC 6265).

use jiff::SignedDuration;
use lambda_http::http::header;
use segl_lambda::call::Call;

/// The value of a cookie that [`set`] set, or one with the name of [`full_name`].
pub fn read<'a>(call: &'a Call, name: &str, secure: bool) -> Option<&'a str> {
    let name = full_name(name, secure);
    let cookies = call.headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|header| header.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find_map(|(found, value)| (found == name).then_some(value))
}

/// `Set-Cookie` for pages that no other site frames. Lax, so that the cookie comes along when another site leads here, as providers of
/// identities do.
pub fn set(name: &str, value: &str, valid: SignedDuration, secure: bool) -> String {
    let (name, secure) = (full_name(name, secure), if secure { "; Secure" } else { "" });
    format!("{name}={value}; Path=/; HttpOnly; Max-Age={}{secure}; SameSite=Lax", valid.as_secs())
}

/// The name as browsers have it. Where the service is reached by https (`secure`), it begins with `__Host-`: no other host and no plain
/// connection can set such a cookie.
pub fn full_name(name: &str, secure: bool) -> String {
    if secure { format!("__Host-{name}") } else { name.to_owned() }
}
