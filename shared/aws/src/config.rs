//! The SDK's clients, set up once.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader, Region, SdkConfig};
use aws_sdk_dynamodb::config::Credentials;
use aws_sdk_s3::config::RequestChecksumCalculation;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// A connection to a service in the same Region stands within milliseconds; two seconds mean that something is wrong.
const CONNECT: Duration = Duration::from_secs(2);
/// One try at a call that answers in milliseconds.
const ATTEMPT: Duration = Duration::from_secs(5);
/// One try at moving an object, or at copying a part of one on the side of the store.
const OBJECT_ATTEMPT: Duration = Duration::from_secs(20);
/// Tries of one call. Together they stay below the time-out of every function.
const ATTEMPTS: u32 = 4;

fn loader() -> ConfigLoader {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(ATTEMPT).build();
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
}

/// The SDK's clients. They share one pool of connections.
#[derive(Debug, Clone)]
pub struct Aws {
    pub(crate) dynamo: aws_sdk_dynamodb::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) kms: aws_sdk_kms::Client,
    pub(crate) secrets: aws_sdk_secretsmanager::Client,
    pub(crate) ses: aws_sdk_sesv2::Client,
    pub(crate) sns: aws_sdk_sns::Client,
}

impl Aws {
    /// Reads the environment as every AWS SDK does: `AWS_REGION`, `AWS_ACCESS_KEY_ID` and its companions, and `AWS_ENDPOINT_URL` where
    /// something else is to stand in for AWS. Makes no call.
    pub async fn load() -> Self {
        Self::new(&loader().load().await)
    }

    /// Clients of a stand-in for AWS at `endpoint`, with credentials that it takes, whatever the environment says.
    pub async fn stand_in(endpoint: &str, region: &str, access_key: &str, secret_key: &str) -> Self {
        let credentials = Credentials::new(access_key, secret_key, None, None, "stand-in");
        let config = loader().endpoint_url(endpoint).region(Region::new(region.to_owned())).credentials_provider(credentials);
        Self::new(&config.load().await)
    }

    /// Takes a configuration that somebody else has loaded.
    pub fn new(config: &SdkConfig) -> Self {
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT).operation_attempt_timeout(OBJECT_ATTEMPT).build();
        let s3 = aws_sdk_s3::config::Builder::from(config)
            .timeout_config(timeouts)
            // A stand-in on one address has no host of its own for each bucket.
            .force_path_style(config.endpoint_url().is_some())
            // Uploads ask for SHA-256 themselves. Left to itself the SDK would sign a CRC into upload addresses, whose holder has
            // another body.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .build();
        Self {
            dynamo: aws_sdk_dynamodb::Client::new(config),
            s3: aws_sdk_s3::Client::from_conf(s3),
            kms: aws_sdk_kms::Client::new(config),
            secrets: aws_sdk_secretsmanager::Client::new(config),
            ses: aws_sdk_sesv2::Client::new(config),
            sns: aws_sdk_sns::Client::new(config),
        }
    }
}
