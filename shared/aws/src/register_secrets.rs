//! The secrets by which registers know us, in Secrets Manager: one secret for each register.

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use segl_core::ports::{Answer, RegisterSecrets};
use segl_core::register::RegisterName;

use crate::config::Aws;
use crate::error::{code, port_error};

const SECRETS_MANAGER: &str = "Secrets Manager";

/// Keeps secrets under `<prefix>/<name of the register>`.
pub struct SecretsManager {
    client: aws_sdk_secretsmanager::Client,
    prefix: String,
}

impl SecretsManager {
    /// Makes no call. `prefix` sets the secrets of one deployment apart.
    pub fn new(aws: &Aws, prefix: impl Into<String>) -> Self {
        Self { client: aws.secrets.clone(), prefix: prefix.into() }
    }

    fn id(&self, name: &RegisterName) -> String {
        format!("{}/{}", self.prefix, name.as_str())
    }
}

impl RegisterSecrets for SecretsManager {
    async fn register_secret(&self, name: &RegisterName) -> Answer<Option<String>> {
        match self.client.get_secret_value().secret_id(self.id(name)).send().await {
            Ok(found) => Ok(found.secret_string),
            Err(error) if is_missing(&error) => Ok(None),
            Err(error) => Err(port_error(SECRETS_MANAGER, error)),
        }
    }

    /// A crash between the two leaves nothing behind: a repeat finds the secret or not.
    async fn put_register_secret(&self, name: &RegisterName, secret: &str) -> Answer<()> {
        match self.client.put_secret_value().secret_id(self.id(name)).secret_string(secret).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) => {
                let create = self.client.create_secret().name(self.id(name)).secret_string(secret);
                create.send().await.map(drop).map_err(|error| port_error(SECRETS_MANAGER, error))
            }
            Err(error) => Err(port_error(SECRETS_MANAGER, error)),
        }
    }

    async fn remove_register_secret(&self, name: &RegisterName) -> Answer<()> {
        match self.client.delete_secret().secret_id(self.id(name)).force_delete_without_recovery(true).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_missing(&error) => Ok(()),
            Err(error) => Err(port_error(SECRETS_MANAGER, error)),
        }
    }
}

fn is_missing<E: ProvideErrorMetadata>(error: &SdkError<E, aws_sdk_secretsmanager::config::http::HttpResponse>) -> bool {
    code(error) == Some("ResourceNotFoundException")
}
