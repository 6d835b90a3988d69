//! Deploys the template to the emulator as CloudFormation would, and adds what the emulator leaves
//! out of a SAM `HttpApi`: its integrations and routes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde_json::json;

use crate::error::{Error, Result};
use crate::functions;
use crate::http::{Http, REGION};
use crate::identities::Identities;
use crate::template::{Function, Template};

const STACK: &str = "segl";
/// Holds the functions' archives and the template, as `sam deploy` would.
const CODE_BUCKET: &str = "segl-code";
const ACCOUNT: &str = "000000000000";
const PAUSE: Duration = Duration::from_millis(200);

/// A deployed stack.
#[derive(Debug, Clone)]
pub struct Deployment {
    outputs: BTreeMap<String, String>,
}

impl Deployment {
    /// An output of the template.
    ///
    /// # Errors
    /// [`Error::State`] when the template has no such output.
    pub fn output(&self, name: &str) -> Result<&str> {
        self.outputs.get(name).map(String::as_str).ok_or_else(|| Error::State(format!("template.yaml has no output {name}")))
    }
}

/// Values for the template's parameters.
#[derive(Debug, Clone, Copy)]
pub struct Parameters<'a> {
    /// The address that people use.
    pub public_url: &'a str,
    /// The kind of the seal key.
    pub seal_key_spec: &'a str,
    /// Where time-stamps come from. Its host may be called although its address is private.
    pub time_stamps: &'a str,
    /// Where people log in.
    pub identities: &'a Identities,
    /// Where office files are converted; nothing where they are not.
    pub converter: Option<&'a str>,
}

/// Deploys the functions' binaries with the template.
///
/// # Errors
/// [`Error::Deployment`] with the reasons of the resources that failed, or what a call ended with.
pub async fn deploy(
    http: &Http,
    endpoint: &str,
    template: &Template,
    binaries: &BTreeMap<String, PathBuf>,
    parameters: Parameters<'_>,
) -> Result<Deployment> {
    let place = format!("<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>");
    put(http, endpoint, &format!("/{CODE_BUCKET}"), place.into()).await?;
    let functions = template.functions();
    for function in &functions {
        let path = binaries.get(&function.binary).cloned().unwrap_or_default();
        let archive = tokio::task::spawn_blocking(move || functions::pack(&path))
            .await
            .map_err(|_| Error::State("a function could not be packed".to_owned()))??;
        put(http, endpoint, &format!("/{CODE_BUCKET}/{}.zip", function.binary), archive.into()).await?;
    }
    let local = template.for_emulator(|function| (CODE_BUCKET.to_owned(), format!("{}.zip", function.binary)));
    put(http, endpoint, &format!("/{CODE_BUCKET}/template.json"), local.to_string().into()).await?;
    create_stack(http, endpoint, parameters).await?;
    let deployment = Deployment { outputs: created(http, endpoint).await? };
    let names = physical_names(http, endpoint).await?;
    add_routes(http, endpoint, deployment.output("ApiId")?, &functions, &names).await?;
    Ok(deployment)
}

/// Stores an object, or creates a bucket.
///
/// # Errors
/// What the call ended with.
pub async fn put(http: &Http, endpoint: &str, path: &str, body: Bytes) -> Result<()> {
    http.call("s3", Method::PUT, endpoint, path, &[], body).await.map(drop)
}

/// The public key of a KMS key, as SubjectPublicKeyInfo in DER.
///
/// # Errors
/// What the call ended with.
pub async fn public_key(http: &Http, endpoint: &str, key: &str) -> Result<Vec<u8>> {
    use base64::Engine as _;
    let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", "TrentService.GetPublicKey")];
    let body = json!({"KeyId": key}).to_string().into();
    let answer = http.call("kms", Method::POST, endpoint, "/", &headers, body).await?;
    answer.json()?["PublicKey"]
        .as_str()
        .and_then(|text| base64::engine::general_purpose::STANDARD.decode(text).ok())
        .ok_or_else(|| answer.unexpected())
}

/// Lets SES send from an address or a domain. The emulator asks nobody to confirm it.
///
/// # Errors
/// What the call ended with.
pub async fn verify_sender(http: &Http, endpoint: &str, identity: &str) -> Result<()> {
    let headers = [("content-type", "application/json")];
    let body = json!({"EmailIdentity": identity}).to_string().into();
    http.call("ses", Method::POST, endpoint, "/v2/email/identities", &headers, body).await.map(drop)
}

async fn create_stack(http: &Http, endpoint: &str, parameters: Parameters<'_>) -> Result<()> {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    let Parameters { identities, .. } = parameters;
    let (signers, senders, members) = (identities.of_signers(), identities.of_senders(), identities.members());
    let values = [
        ("Architecture", architecture),
        ("EnabledDialects", "native,automation,workflow,zgw"),
        ("PublicUrl", parameters.public_url),
        ("SealKeySpec", parameters.seal_key_spec),
        ("TimeStampAuthorities", parameters.time_stamps),
        ("PrivateHosts", "127.0.0.1"),
        ("EidLevel", "high"),
        ("LogInProviders", &signers),
        ("SenderProviders", &senders),
        ("SenderMembers", &members),
        ("SenderPrivateHosts", "127.0.0.1"),
        ("ConverterUrl", parameters.converter.unwrap_or_default()),
        ("WebhookPrivateHosts", "127.0.0.1"),
        ("LogLevel", "debug"),
    ];
    let url = format!("{endpoint}/{CODE_BUCKET}/template.json");
    let mut form = vec![("TemplateURL".to_owned(), url), ("Capabilities.member.1".to_owned(), "CAPABILITY_IAM".to_owned())];
    form.push(("Capabilities.member.2".to_owned(), "CAPABILITY_AUTO_EXPAND".to_owned()));
    for (index, (name, value)) in values.iter().enumerate() {
        form.push((format!("Parameters.member.{}.ParameterKey", index + 1), (*name).to_owned()));
        form.push((format!("Parameters.member.{}.ParameterValue", index + 1), (*value).to_owned()));
    }
    cloudformation(http, endpoint, "CreateStack", form).await.map(drop)
}

async fn created(http: &Http, endpoint: &str) -> Result<BTreeMap<String, String>> {
    loop {
        let answer = cloudformation(http, endpoint, "DescribeStacks", vec![]).await?;
        let status = element(&answer, "StackStatus").unwrap_or_default();
        match status {
            "CREATE_COMPLETE" => {
                return Ok(elements(&answer, "member")
                    .filter_map(|member| Some((element(member, "OutputKey")?.into(), element(member, "OutputValue")?.into())))
                    .collect());
            }
            "CREATE_IN_PROGRESS" | "REVIEW_IN_PROGRESS" => tokio::time::sleep(PAUSE).await,
            _ => {
                let events = cloudformation(http, endpoint, "DescribeStackEvents", vec![]).await?;
                let reason = elements(&events, "member")
                    .filter(|event| element(event, "ResourceStatus").is_some_and(|status| status.ends_with("FAILED")))
                    .filter_map(|event| {
                        Some(format!("{}: {}", element(event, "LogicalResourceId")?, element(event, "ResourceStatusReason")?))
                    })
                    .collect::<Vec<_>>()
                    .join("; ");
                let reason = if reason.is_empty() { element(&answer, "StackStatusReason").unwrap_or_default().into() } else { reason };
                return Err(Error::Deployment { status: status.to_owned(), reason });
            }
        }
    }
}

async fn physical_names(http: &Http, endpoint: &str) -> Result<BTreeMap<String, String>> {
    let answer = cloudformation(http, endpoint, "DescribeStackResources", vec![]).await?;
    Ok(elements(&answer, "member")
        .filter_map(|member| Some((element(member, "LogicalResourceId")?.into(), element(member, "PhysicalResourceId")?.into())))
        .collect())
}

async fn add_routes(http: &Http, endpoint: &str, api: &str, functions: &[Function], names: &BTreeMap<String, String>) -> Result<()> {
    let headers = [("content-type", "application/json")];
    let create = async |kind: &str, body: serde_json::Value| {
        let path = format!("/v2/apis/{api}/{kind}");
        http.call("apigateway", Method::POST, endpoint, &path, &headers, body.to_string().into()).await?.json()
    };
    for function in functions.iter().filter(|function| !function.routes.is_empty()) {
        let name = names.get(&function.logical_id).ok_or_else(|| Error::State(format!("{} was not deployed", function.logical_id)))?;
        let integration = create(
            "integrations",
            json!({
                "integrationType": "AWS_PROXY",
                "integrationUri": format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"),
                "payloadFormatVersion": "2.0",
            }),
        )
        .await?;
        let target = format!("integrations/{}", integration["integrationId"].as_str().unwrap_or_default());
        for route in &function.routes {
            create("routes", json!({"routeKey": route, "target": target})).await?;
        }
    }
    Ok(())
}

async fn cloudformation(http: &Http, endpoint: &str, action: &str, mut form: Vec<(String, String)>) -> Result<String> {
    form.push(("Action".to_owned(), action.to_owned()));
    form.push(("Version".to_owned(), "2010-05-15".to_owned()));
    form.push(("StackName".to_owned(), STACK.to_owned()));
    let body = form.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&");
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let answer = http.call("cloudformation", Method::POST, endpoint, "/", &headers, body.into()).await?;
    Ok(answer.text().into_owned())
}

// RFC 3986 section 2.3: all but the unreserved characters.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

// CloudFormation answers flat XML without attributes in what is read here, and the values that
// matter (names, states, addresses) hold no markup; that needs no parser.
fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    elements(xml, name).next()
}

fn elements<'x>(xml: &'x str, name: &str) -> impl Iterator<Item = &'x str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let (_, behind) = rest.split_once(&open)?;
        let (text, behind) = behind.split_once(&close)?;
        rest = behind;
        Some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_in_order() {
        let xml = "<a><member><k>1</k></member><member><k>2</k></member></a>";
        let found: Vec<_> = elements(xml, "member").filter_map(|member| element(member, "k")).collect();
        assert_eq!(found, ["1", "2"]);
        assert_eq!(element("<k>open", "k"), None);
    }

    #[test]
    fn reserved_characters_are_encoded() {
        assert_eq!(encoded("http://a_b/ü"), "http%3A%2F%2Fa_b%2F%C3%BC");
    }
}
