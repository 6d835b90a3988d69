//! People sign by a personal link; their mail is read from the emulator.

use std::time::{Duration, Instant};

use segl_tests::stack::{Answer, Caller, caller, variable};
use segl_tests::{judge, pdf};
use serde_json::{Value, json};

/// The personal link in the newest mail to an address.
pub fn link_of(address: &str) -> String {
    let start = Instant::now();
    loop {
        let text = mails(address).pop().unwrap_or_default();
        if let Some(at) = text.find("/sign/") {
            let link: String = text[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_')).collect();
            return link;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "no mail to {address} with a link");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// The texts of all mails to an address, oldest first.
pub fn mails(address: &str) -> Vec<String> {
    let nobody = Caller::new(vec![]);
    let box_ = nobody.get(&format!("{}/_ministack/ses/messages", variable("AWS_ENDPOINT_URL"))).json();
    // By account; the stack has one.
    let accounts = box_["messages"].as_object().cloned().unwrap_or_default();
    let messages = accounts.values().filter_map(Value::as_array).flatten();
    messages.map(Value::to_string).filter(|message| message.contains(address)).collect()
}

/// An address that no earlier run has used: the emulator keeps mails.
pub fn fresh(name: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_nanos();
    format!("{name}-{now}@people.example.org")
}

/// Ticks the box and signs, as a browser would.
pub fn sign(link: &str) -> Answer {
    Page::load(link).sign()
}

/// A page as a browser without scripts has it: with the cookie that came along, and the hidden fields of its forms.
pub struct Page {
    link: String,
    answer: Answer,
    cookie: String,
    hidden: Vec<(String, String)>,
}

impl Page {
    /// Opens a link.
    pub fn load(link: &str) -> Self {
        let answer = Caller::new(vec![]).get(link);
        let cookie = answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        let text = answer.text();
        let hidden = text.split("<input type=\"hidden\" name=\"").skip(1).filter_map(|rest| {
            let (name, rest) = rest.split_once("\" value=\"")?;
            Some((name.to_owned(), rest.split_once('"')?.0.to_owned()))
        });
        Self { link: link.to_owned(), cookie, hidden: hidden.collect(), answer }
    }

    /// Ticks the box and signs.
    pub fn sign(&self) -> Answer {
        self.post(&[("act", "sign"), ("consent", "yes")])
    }

    /// Sends a form with the page's hidden fields; a field that is named here takes the place of one of the page's.
    fn post(&self, fields: &[(&str, &str)]) -> Answer {
        let given = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let kept = self.hidden.iter().filter(|(name, _)| !fields.iter().any(|(given, _)| given == name)).cloned();
        let encode = |text: &str| text.replace('%', "%25").replace('&', "%26").replace('+', "%2B").replace(' ', "+");
        let form: Vec<_> = given.chain(kept).map(|(name, value)| format!("{name}={}", encode(&value))).collect();
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("cookie", self.cookie.as_str())];
        Caller::new(vec![]).send("POST", &self.link, &headers, form.join("&").as_bytes())
    }
}

fn order(title: &str, address: &str, tell_signers: bool) -> String {
    use base64::Engine as _;
    let content = base64::engine::general_purpose::STANDARD.encode(pdf::one_page(title, 0));
    let created = caller().post(
        "/v1/orders",
        &json!({
            "title": title,
            "options": {"tell_signers": tell_signers},
            "documents": [{"title": title, "content_base64": content}],
            "signers": [{"type": "person", "name": "Ærlig Ødegård", "email": address}],
        }),
    );
    assert_eq!(created.status, 201, "{}", created.text());
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    caller().wait_for(&id, "pending");
    id
}

#[test]
fn a_person_reads_signs_and_gets_the_sealed_document() {
    let address = &fresh("signs");
    let id = order("Rental", address, true);
    let link = link_of(address);
    let nobody = Caller::new(vec![]);
    let loaded = Page::load(&link);
    let page = &loaded.answer;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Page 1 of 1"), "the page has images: {}", page.text());
    let image = nobody.get(&format!("{link}/documents/0/pages/0"));
    assert!(image.body.starts_with(b"\x89PNG"), "{}", image.status);
    assert!(page.text().contains("Rental") && page.text().contains("name=\"consent\""), "{}", page.text());
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(nobody.get(&format!("{link}/documents/0")).body, pdf::one_page("Rental", 0));

    let unticked = loaded.post(&[("act", "sign")]);
    assert_eq!(unticked.status, 422, "{}", unticked.text());
    let forged = loaded.post(&[("act", "sign"), ("consent", "yes"), ("digests", &"0".repeat(64))]);
    assert_eq!(forged.status, 400, "{}", forged.text());
    assert_eq!(sign(&link).status, 303);
    caller().wait_for(&id, "accepted");
    let sealed = nobody.get(&format!("{link}/documents/0")).body;
    judge::assert_sealed(&pdf::one_page("Rental", 0), &sealed);
    assert!(judge::text(&sealed).contains("Ærlig Ødegård"), "{}", judge::text(&sealed));

    let start = Instant::now();
    while mails(address).len() < 2 {
        assert!(start.elapsed() < Duration::from_secs(60), "the signer is told, too");
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_person_declines_with_a_reason() {
    let address = &fresh("declines");
    let id = order("Offer", address, false);
    let link = link_of(address);
    assert_eq!(Page::load(&link).post(&[("act", "decline"), ("reason", "Too expensive")]).status, 303);
    let order = caller().wait_for(&id, "rejected");
    assert!(order.to_string().contains("Too expensive"), "{order}");
    let after = Caller::new(vec![]).get(&link);
    assert!(after.text().contains("You declined"), "{}", after.text());
}

#[test]
fn a_link_that_is_none_shows_nothing() {
    let nobody = Caller::new(vec![]);
    for path in ["/sign/", "/sign/x", "/sign/%00", "/sign/../v1/orders", &format!("/sign/{}", "A".repeat(43))] {
        let answer = nobody.get(path);
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
    let answer = nobody.get(&format!("/sign/{}", "A".repeat(43)));
    assert!(answer.text().contains("This link leads nowhere"), "{}", answer.text());
}
