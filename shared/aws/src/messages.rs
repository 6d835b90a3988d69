//! E-mail by SES and text messages by SNS.
//!
//! Rejected is only what the addressee causes. What the operator must mend (a sandbox, an unverified sender, a missing permission)
//! counts as no answer: the message is tried again for days, and goes out when that is mended.

use aws_sdk_sesv2::config::http::HttpResponse;
use aws_sdk_sesv2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent};
use aws_sdk_sns::types::MessageAttributeValue;
use segl_core::ports::{Answer, Mailer, Message, PortError, Texter};
use segl_core::signer::{Email, Mobile};

use crate::config::Aws;
use crate::error::{code, rejected, unavailable};

/// The services' names in errors.
const SES: &str = "SES";
const SNS: &str = "SNS";

/// Sends e-mail. Its role needs `ses:SendEmail`.
#[derive(Debug, Clone)]
pub struct SesMailer {
    ses: aws_sdk_sesv2::Client,
    from: String,
}

impl SesMailer {
    /// `from` is a verified sender, e.g. `Segl <segl@example.org>`.
    pub fn new(aws: &Aws, from: impl Into<String>) -> Self {
        Self { ses: aws.ses.clone(), from: from.into() }
    }
}

impl Mailer for SesMailer {
    async fn send_mail(&self, to: &Email, message: &Message) -> Answer<()> {
        let content = |text: &str| Content::builder().data(text).charset("UTF-8").build();
        let built = content(&message.subject)
            .and_then(|subject| Ok((subject, content(&message.text)?, message.html.as_deref().map(content).transpose()?)));
        let (subject, text, html) = built.map_err(|error| rejected(SES, error))?;
        let simple =
            aws_sdk_sesv2::types::Message::builder().subject(subject).body(Body::builder().text(text).set_html(html).build()).build();
        self.ses
            .send_email()
            .from_email_address(&self.from)
            .destination(Destination::builder().to_addresses(to.as_str()).build())
            .content(EmailContent::builder().simple(simple).build())
            .send()
            .await
            .map(drop)
            .map_err(|error| addressee_or(SES, &["MessageRejected", "BadRequestException"], error))
    }
}

/// Sends text messages. Its role needs `sns:Publish`.
#[derive(Debug, Clone)]
pub struct SnsTexter {
    sns: aws_sdk_sns::Client,
    sender: String,
}

impl SnsTexter {
    /// `sender` is shown as the sender where the country allows it: 1 to 11 letters or digits, at least one of them a letter.
    pub fn new(aws: &Aws, sender: impl Into<String>) -> Self {
        Self { sns: aws.sns.clone(), sender: sender.into() }
    }
}

impl Texter for SnsTexter {
    async fn send_text(&self, to: &Mobile, text: &str) -> Answer<()> {
        let attribute = |value: &str| MessageAttributeValue::builder().data_type("String").string_value(value).build();
        let built = attribute(&self.sender).and_then(|sender| Ok((sender, attribute("Transactional")?)));
        let (sender, kind) = built.map_err(|error| rejected(SNS, error))?;
        self.sns
            .publish()
            .phone_number(to.as_str())
            .message(text)
            .message_attributes("AWS.SNS.SMS.SenderID", sender)
            .message_attributes("AWS.SNS.SMS.SMSType", kind)
            .send()
            .await
            .map(drop)
            .map_err(|error| addressee_or(SNS, &["InvalidParameter", "InvalidParameterException", "InvalidParameterValue"], error))
    }
}

fn addressee_or<E>(service: &'static str, addressee: &[&str], error: SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    if code(&error).is_some_and(|code| addressee.contains(&code)) { rejected(service, error) } else { unavailable(service, error) }
}
