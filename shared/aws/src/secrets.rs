//! Secrets of others that we must know as they are: those by which we show registers who we are. They lie in Secrets Manager, and
//! nowhere else.

use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::operation::put_secret_value::PutSecretValueError;
use segl_core::ports::Answer;

use crate::config::Aws;
use crate::error::port_error;

/// The service's name in errors.
const SECRETS: &str = "Secrets Manager";

/// Secrets whose names begin alike.
#[derive(Debug, Clone)]
pub struct SecretStore {
    client: aws_sdk_secretsmanager::Client,
    prefix: String,
}

impl SecretStore {
    /// Makes no call.
    pub fn new(aws: &Aws, prefix: String) -> Self {
        Self { client: aws.secrets.clone(), prefix }
    }

    /// The secret of this name, if there is one.
    ///
    /// # Errors
    /// As every port.
    pub async fn read(&self, name: &str) -> Answer<Option<String>> {
        match self.client.get_secret_value().secret_id(self.id(name)).send().await {
            Ok(secret) => Ok(secret.secret_string),
            Err(error) => match error.as_service_error() {
                Some(GetSecretValueError::ResourceNotFoundException(_)) => Ok(None),
                _ => Err(port_error(SECRETS, error)),
            },
        }
    }

    /// Stores a secret in place of the one of the same name.
    ///
    /// # Errors
    /// As every port.
    pub async fn put(&self, name: &str, secret: &str) -> Answer<()> {
        match self.client.put_secret_value().secret_id(self.id(name)).secret_string(secret).send().await {
            Ok(_) => Ok(()),
            Err(error) => match error.as_service_error() {
                Some(PutSecretValueError::ResourceNotFoundException(_)) => {
                    let created = self.client.create_secret().name(self.id(name)).secret_string(secret).send().await;
                    created.map(drop).map_err(|error| port_error(SECRETS, error))
                }
                _ => Err(port_error(SECRETS, error)),
            },
        }
    }

    fn id(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }
}
