//! The shape of `POST /v1/orders`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::json::Object;

/// A signing order to be created. Exactly one of `signers` and `groups` is given.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewOrder")]
pub struct OrderRequest {
    /// What is to be signed.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// A message to the signers.
    #[schemars(length(max = 4000))]
    pub description: Option<String>,
    /// Until when the order can be signed, with a zone (RFC 3339). 30 days from now where not given.
    #[schemars(extend("format" = "date-time"))]
    pub deadline: Option<String>,
    /// How many days after the end documents and personal data are kept; for ever where not given.
    #[schemars(range(min = 1, max = 36500))]
    pub retention_days: Option<u32>,
    /// What else is wanted.
    pub(crate) options: Option<Object<OptionsRequest>>,
    /// What the seal is to be.
    pub(crate) seal: Option<Object<SealRequest>>,
    /// Labels of your own, returned as they came; at most 8 KiB of JSON.
    pub tags: Option<Map<String, Value>>,
    /// The language of pages and messages: `en`, `nb`, `da`, `sv` or `nl`. Otherwise that of each signer's browser, and English in messages.
    pub language: Option<String>,
    /// For the direct flow: where signers who are logged in at your site go after signing. Nobody is invited then; ask for a redirect
    /// address for each signer.
    pub(crate) direct: Option<Object<DirectRequest>>,
    /// The person on whose behalf the order is created; told how it ends.
    pub(crate) creator: Option<Object<CreatorRequest>>,
    /// What is to be signed, in the sequence in which signers see it.
    #[schemars(length(min = 1, max = 20))]
    pub(crate) documents: Vec<Object<DocumentRequest>>,
    /// The signers, all of whom may sign at the same time and must sign.
    #[schemars(length(min = 1, max = 50))]
    pub(crate) signers: Option<Vec<Object<SignerRequest>>>,
    /// Groups of signers. A group may sign when the one before it is complete. At most 50 signers in all.
    #[schemars(length(min = 1, max = 50))]
    pub(crate) groups: Option<Vec<Object<GroupRequest>>>,
}

/// What else is wanted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewOptions")]
pub struct OptionsRequest {
    /// Send the sealed documents to the signers, too.
    pub tell_signers: Option<bool>,
    /// Do not show signers who else signs, and how far the others are.
    pub hide_signers: Option<bool>,
}

/// Where signers go after signing. Addresses are `https`, or `http` on the signer's own machine, and have at most 500 characters. Each
/// gets `status_query_token` appended to its query.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewDirect")]
pub struct DirectRequest {
    /// After signing.
    #[schemars(length(max = 500), extend("format" = "uri"))]
    pub completion_url: String,
    /// After declining.
    #[schemars(length(max = 500), extend("format" = "uri"))]
    pub rejection_url: String,
    /// When nothing can be signed.
    #[schemars(length(max = 500), extend("format" = "uri"))]
    pub error_url: String,
    /// Whether pages of these sites may show the ceremony in a frame.
    pub framed: Option<bool>,
}

/// What the seal is to be.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewSeal")]
pub struct SealRequest {
    /// The level that the seal is to reach (PAdES, ETSI EN 319 142-1); the service's default where not given. Not every service offers
    /// every level.
    #[schemars(extend("enum" = ["B-B", "B-T", "B-LT", "B-LTA", null]))]
    pub level: Option<String>,
    /// What readers of the document see of the seal; `page` where not given. Where a document was signed before, and that permits
    /// less, the seal is invisible.
    pub appearance: Option<AppearanceRequest>,
    /// Where the stamp stands; only with the appearance `stamp`.
    pub(crate) stamp: Option<Object<StampRequest>>,
}

/// What readers of the document see of the seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "SealAppearance")]
pub enum AppearanceRequest {
    /// Pages behind the document, which tell who signed what, when and how.
    Page,
    /// A frame on a page of the document.
    Stamp,
    /// Nothing.
    None,
}

/// Where a stamp stands.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewStamp")]
pub struct StampRequest {
    /// On which page; the last where not given.
    pub page: Option<StampPageName>,
    /// In which corner, as the reader sees the page; `bottom_right` where not given.
    pub corner: Option<CornerName>,
}

/// A page that every document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "StampPage")]
#[expect(missing_docs, reason = "the names say it")]
pub enum StampPageName {
    First,
    Last,
}

/// A corner of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Corner")]
#[expect(missing_docs, reason = "the names say it")]
pub enum CornerName {
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

/// The person on whose behalf the order is created.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewCreator")]
pub struct CreatorRequest {
    /// The person's name.
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// Where to tell the person how the order ended.
    #[schemars(extend("format" = "email"))]
    pub email: String,
}

/// A document: inline as `content_base64`, or without content and uploaded afterwards to the address in the answer.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewDocument")]
pub struct DocumentRequest {
    /// What signers see it called.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// What the file is called.
    #[schemars(length(min = 1, max = 255))]
    pub file_name: Option<String>,
    /// The PDF, in base64 (RFC 4648, 4: standard alphabet, with padding, no line breaks). 4 MB for all documents together.
    #[schemars(extend("contentEncoding" = "base64", "contentMediaType" = "application/pdf"))]
    pub content_base64: Option<String>,
    /// The size of the PDF in bytes. A file of another size is refused.
    #[schemars(range(min = 1, max = 5368709120_u64))]
    pub size: Option<u64>,
    /// The SHA-256 of the PDF, in hexadecimal. Another file is refused.
    #[schemars(regex(pattern = "^[0-9A-Fa-f]{64}$"))]
    pub sha256: Option<String>,
}

/// Signers who may sign at the same time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewGroup")]
pub struct GroupRequest {
    /// How many of the group must sign; all where not given.
    #[schemars(range(min = 1, max = 50))]
    pub quorum: Option<u16>,
    /// How many hours the group has once its turn has come, where that is less than the order's deadline allows.
    #[schemars(range(min = 1, max = 876000))]
    pub hours_to_sign: Option<u32>,
    /// Who.
    #[schemars(length(min = 1, max = 50))]
    pub(crate) signers: Vec<Object<SignerRequest>>,
}

/// A signer as read: the members of both kinds, so that an error can point at the one that is wrong. What is allowed is in its schema.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerRequest {
    /// A person or a system.
    #[serde(rename = "type")]
    pub kind: SignerKind,
    /// Of a system.
    pub organization: Option<String>,
    /// Of a system.
    pub client: Option<String>,
    /// Of a person.
    pub name: Option<String>,
    /// Of a person.
    pub title: Option<String>,
    /// Of a person.
    pub email: Option<String>,
    /// Of a person.
    pub mobile: Option<String>,
    /// Of a person.
    pub national_id: Option<String>,
    /// Of a person.
    pub authentication: Option<String>,
    /// Of a person.
    pub assurance: Option<String>,
    /// Of a person.
    pub language: Option<String>,
    /// Of a person.
    pub time_zone: Option<String>,
}

/// A person or a system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignerKind {
    /// A natural person.
    Person,
    /// An organization's system.
    System,
}

impl JsonSchema for SignerRequest {
    fn schema_name() -> Cow<'static, str> {
        SignerSchema::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        SignerSchema::json_schema(generator)
    }
}

/// A signer.
#[derive(JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[schemars(rename = "NewSigner")]
#[allow(dead_code, reason = "only its schema is used")]
enum SignerSchema {
    /// A natural person, by at least one of `email`, `mobile` and `national_id`.
    Person {
        /// The person's name.
        #[schemars(length(min = 1, max = 200))]
        name: Option<String>,
        /// In what capacity the person signs, e.g. `Chair of the board`.
        #[schemars(length(min = 1, max = 200))]
        title: Option<String>,
        /// Where to send the invitation.
        #[schemars(extend("format" = "email"))]
        email: Option<String>,
        /// Where to send the invitation as a text message, in E.164 form.
        #[schemars(regex(pattern = r"^\+[0-9 ()-]+$"))]
        mobile: Option<String>,
        /// The national identity number, 6 to 20 letters or digits.
        national_id: Option<String>,
        /// What the person must bring besides the personal link: `none`, `email-code`, `sms-code`, or `eid` for a log-in with an electronic
        /// identity. With `eid` and `national_id` the person finds the document in the portal and needs no link. `none` where not given.
        authentication: Option<String>,
        /// With `eid`: the level of assurance that the log-in must reach, `low`, `substantial` or `high`. `substantial` where not given.
        assurance: Option<String>,
        /// The person's language, where it is another than the order's.
        language: Option<String>,
        /// The person's time zone, e.g. `Europe/Oslo`: times are told in it, and at night there nobody is reminded.
        time_zone: Option<String>,
    },
    /// An organization's system, which signs through this API.
    System {
        /// The organization: country code and registration number.
        #[schemars(regex(pattern = "^[A-Za-z0-9-]{3,40}$"))]
        organization: String,
        /// The API client that must sign for the organization; any of its clients where not given. So that who approved what can be
        /// proved between the services of one organization.
        #[schemars(regex(pattern = "^[a-z0-9-]{3,64}$"))]
        client: Option<String>,
    },
}
