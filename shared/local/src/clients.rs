//! The example clients: two organizations, so that one can be shown not to see the other's orders, a client that may only read, and
//! a directory with one person in it.

use std::collections::BTreeSet;

use segl_aws::config::Aws;
use segl_aws::keys::KmsRootKey;
use segl_aws::store::Store;
use segl_core::client::Privilege;
use segl_core::ports::{Directory as _, RootKeySource as _};
use segl_core::root_key::RootKey;
use segl_core::signer::{DirectoryKey, Email, Person};
use segl_core::text::Name;
use segl_core::use_case::clients::enroll;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::http::{ACCESS_KEY, REGION, SECRET_KEY};

/// An example client.
#[derive(Debug, Clone, Copy)]
struct Example {
    /// The prefix of its variables in the environment file.
    prefix: &'static str,
    /// The client's id.
    id: &'static str,
    /// Its organization.
    organization: &'static str,
    /// Its name.
    name: &'static str,
    /// What it may do.
    privileges: &'static [Privilege],
}

/// The clients that every stack starts with.
const EXAMPLES: [Example; 3] = [
    Example {
        prefix: "SEGL",
        id: "municipality",
        organization: "DK01234567",
        name: "Example Municipality, case system",
        privileges: &Privilege::ALL,
    },
    Example {
        prefix: "SEGL_OTHER",
        id: "supplier",
        organization: "DK76543210",
        name: "Example Supplier, ERP",
        privileges: &Privilege::ALL,
    },
    Example {
        prefix: "SEGL_READER",
        id: "municipality-reader",
        organization: "DK01234567",
        name: "Example Municipality, archive",
        privileges: &[Privilege::WorkflowRead],
    },
];

/// Enrolls the example clients, writes their credentials to the environment, and puts one person into the first one's directory.
///
/// # Errors
/// When the emulator refuses.
pub async fn create(environment: &mut Environment, endpoint: &str) -> Result<()> {
    let value = |name: &str| environment.value(name).map(str::to_owned).ok_or_else(|| Error::State(format!("{name} is not known yet")));
    let aws = Aws::stand_in(endpoint, REGION, ACCESS_KEY, SECRET_KEY).await;
    let failed = |error: &dyn std::error::Error| Error::State(format!("the example clients cannot be stored: {}", causes(error)));
    let root = KmsRootKey::new(&aws, value("SEGL_ROOT_KEY_ID")?).root_key().await.map_err(|error| failed(&error))?;
    let root = RootKey::new(root);
    let store = Store::new(&aws, value("SEGL_TABLE")?, value("SEGL_BUCKET")?, Some(root.clone()));
    for example in EXAMPLES {
        let id = example.id.parse().map_err(|error| failed(&error))?;
        let organization = example.organization.parse().map_err(|error| failed(&error))?;
        let name = Name::parse(example.name).map_err(|error| failed(&error))?;
        let privileges: BTreeSet<_> = example.privileges.iter().copied().collect();
        let credentials = enroll(&store, &root, id, organization, name, privileges).await.map_err(|error| failed(&error))?;
        environment.set(format!("{}_CLIENT_ID", example.prefix), credentials.client.as_str());
        environment.set(format!("{}_CLIENT_SECRET", example.prefix), credentials.secret);
        environment.set(format!("{}_API_KEY", example.prefix), credentials.api_key.reveal());
        environment.set(format!("{}_ORGANIZATION", example.prefix), example.organization);
    }
    let person = Person {
        name: Some(Name::parse("Carin Borgström").map_err(|error| failed(&error))?),
        email: Some(Email::parse("carin.borgstrom@example.org").map_err(|error| failed(&error))?),
        directory: Some(DirectoryKey::parse("sAMAccountName=cborgstrom").map_err(|error| failed(&error))?),
        ..Person::default()
    };
    let organization = EXAMPLES[0].organization.parse().map_err(|error| failed(&error))?;
    store.put_person(&organization, &person).await.map_err(|error| failed(&error))
}

/// An error with its causes, in one line.
fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
