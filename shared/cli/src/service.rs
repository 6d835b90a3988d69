//! Which service is meant, and the way into it.

use clap::Args;
use segl_aws::config::Aws;
use segl_aws::keys::{KmsRootKey, KmsSigningKey};
use segl_aws::register_secrets::SecretsManager;
use segl_aws::store::Store;
use segl_core::ports::RootKeySource as _;
use segl_core::root_key::RootKey;

use crate::error::Error;

/// The service's resources. The functions have them under the same names.
#[derive(Debug, Args)]
#[command(next_help_heading = "Service")]
pub(crate) struct ServiceOptions {
    /// DynamoDB table of the service
    #[arg(long, env = "SEGL_TABLE", global = true)]
    table: Option<String>,
    /// S3 bucket of the service
    #[arg(long, env = "SEGL_BUCKET", global = true)]
    bucket: Option<String>,
    /// Id, ARN or alias of the KMS key from which secrets are derived
    #[arg(long, env = "SEGL_ROOT_KEY_ID", global = true)]
    root_key_id: Option<String>,
    /// Id, ARN or alias of the KMS key of the seal
    #[arg(long, env = "SEGL_SEAL_KEY_ID", global = true)]
    seal_key_id: Option<String>,
    /// Ids of the KMS keys of workflow tokens, separated by commas; the first is the one that signs
    #[arg(long, env = "SEGL_WORKFLOW_TOKEN_KEYS", global = true)]
    workflow_token_keys: Option<String>,
    /// Under which name the secrets of registers are kept in the secret manager
    #[arg(long, env = "SEGL_REGISTER_SECRETS", global = true)]
    register_secrets: Option<String>,
}

impl ServiceOptions {
    /// The table and the bucket. Makes no call.
    pub(crate) async fn store(&self) -> Result<Store, Error> {
        self.open(&Aws::load().await, None)
    }

    /// The same with the root key: one call to the key service.
    pub(crate) async fn store_with_root_key(&self) -> Result<(Store, RootKey), Error> {
        let key_id = required(self.root_key_id.as_ref(), "--root-key-id", "SEGL_ROOT_KEY_ID")?;
        let aws = Aws::load().await;
        let root_key = RootKey::new(KmsRootKey::new(&aws, key_id).root_key().await?);
        Ok((self.open(&aws, Some(root_key.clone()))?, root_key))
    }

    /// The same with the seal key. Makes no call.
    pub(crate) async fn store_with_seal_key(&self) -> Result<(Store, KmsSigningKey), Error> {
        let key_id = required(self.seal_key_id.as_ref(), "--seal-key-id", "SEGL_SEAL_KEY_ID")?;
        let aws = Aws::load().await;
        Ok((self.open(&aws, None)?, KmsSigningKey::new(&aws, key_id)))
    }

    /// The seal key alone. Makes no call.
    pub(crate) async fn seal_key(&self) -> Result<KmsSigningKey, Error> {
        let key_id = required(self.seal_key_id.as_ref(), "--seal-key-id", "SEGL_SEAL_KEY_ID")?;
        Ok(KmsSigningKey::new(&Aws::load().await, key_id))
    }

    /// The table and the bucket with the key that signs workflow tokens. Makes no call.
    pub(crate) async fn store_with_workflow_token_key(&self) -> Result<(Store, KmsSigningKey), Error> {
        let keys = required(self.workflow_token_keys.as_ref(), "--workflow-token-keys", "SEGL_WORKFLOW_TOKEN_KEYS")?;
        let first = keys.split(',').map(str::trim).next().unwrap_or_default();
        let aws = Aws::load().await;
        Ok((self.open(&aws, None)?, KmsSigningKey::new(&aws, first)))
    }

    /// The table and the bucket with the keeper of the registers' secrets. Makes no call.
    pub(crate) async fn store_with_register_secrets(&self) -> Result<(Store, SecretsManager), Error> {
        let prefix = required(self.register_secrets.as_ref(), "--register-secrets", "SEGL_REGISTER_SECRETS")?;
        let aws = Aws::load().await;
        Ok((self.open(&aws, None)?, SecretsManager::new(&aws, prefix)))
    }

    fn open(&self, aws: &Aws, root_key: Option<RootKey>) -> Result<Store, Error> {
        let table = required(self.table.as_ref(), "--table", "SEGL_TABLE")?;
        let bucket = required(self.bucket.as_ref(), "--bucket", "SEGL_BUCKET")?;
        Ok(Store::new(aws, table, bucket, root_key))
    }
}

fn required(value: Option<&String>, option: &str, variable: &str) -> Result<String, Error> {
    let value = value.map(|value| value.trim()).filter(|value| !value.is_empty());
    value.map(str::to_owned).ok_or_else(|| Error::Usage(format!("which service? Give {option}, or set {variable}")))
}
