//! What is configured for seals alone.

use seal::SealFailure;
use segl_core::storage_key::StorageKey;
use segl_lambda::service::Storage;
use segl_lambda::variables::{ConfigurationError, Variables};
use segl_outbound::{PrivateHosts, Target};
use segl_sealing::{Certificate, TimeStampAuthority};

/// Who helps with seals, and how they are made.
#[derive(Debug, Clone)]
pub struct SealSettings {
    /// Where time-stamp authorities answer, in the order in which they are asked.
    urls: Vec<String>,
    /// Hosts that may be called although their addresses are private.
    pub private_hosts: PrivateHosts,
    /// An RSA key signs by RSASSA-PSS.
    pub pss: bool,
}

impl SealSettings {
    /// Reads `SEGL_TIME_STAMP_AUTHORITIES`, `SEGL_PRIVATE_HOSTS` and `SEGL_SEAL_PADDING` (`pkcs1` where left out, or `pss`).
    ///
    /// # Errors
    /// [`ConfigurationError`], which names the variable.
    pub fn read<F: Fn(&str) -> Option<String>>(variables: &Variables<F>) -> Result<Self, ConfigurationError> {
        let words = |name| variables.optional(name).unwrap_or_default();
        let split = |text: String| text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect::<Vec<_>>();
        let urls = split(words("SEGL_TIME_STAMP_AUTHORITIES"));
        for url in &urls {
            if let Err(problem) = url.parse::<Target>() {
                let problem = format!("{url}: {problem}");
                return Err(ConfigurationError::Invalid { name: "SEGL_TIME_STAMP_AUTHORITIES", problem });
            }
        }
        let pss = match words("SEGL_SEAL_PADDING").as_str() {
            "" | "pkcs1" => false,
            "pss" => true,
            other => return Err(ConfigurationError::Invalid { name: "SEGL_SEAL_PADDING", problem: format!("does not know {other}") }),
        };
        Ok(Self { urls, private_hosts: split(words("SEGL_PRIVATE_HOSTS")).into_iter().collect(), pss })
    }

    /// The authorities with the certificates that theirs must lead to, as they lie in storage. Without any, every chain is taken.
    ///
    /// # Errors
    /// What storage answered, or that a certificate cannot be read.
    pub async fn authorities<P: Storage>(&self, ports: &P) -> Result<Vec<TimeStampAuthority>, SealFailure> {
        let pem = ports.read(&StorageKey::TimeStampAnchors, None, 256 * 1024).await?.unwrap_or_default();
        let anchors = Certificate::all_from_pem(&String::from_utf8_lossy(&pem)).map_err(SealFailure::Anchors)?;
        let one = |url: &String| TimeStampAuthority { url: url.clone(), policy: None, anchors: anchors.clone() };
        Ok(self.urls.iter().map(one).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        let read = |name: &'static str, value: &'static str| {
            SealSettings::read(&Variables(move |asked: &str| (asked == name).then(|| value.to_owned())))
        };
        assert!(
            read("SEGL_TIME_STAMP_AUTHORITIES", "http://tsa.example.org, https://other.example.org/tsa")
                .is_ok_and(|read| read.urls.len() == 2)
        );
        for (name, value) in [("SEGL_TIME_STAMP_AUTHORITIES", "tsa.example.org"), ("SEGL_SEAL_PADDING", "oaep")] {
            assert!(read(name, value).unwrap_err().to_string().contains(name), "{name}");
        }
    }
}
