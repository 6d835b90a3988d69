//! How somebody names a person whose data is to go.

use std::fmt;

use uuid::Uuid;

use crate::id::OrganizationId;
use crate::root_key::RootKey;
use crate::signer::{DirectoryKey, Email, Mobile, NationalId, Person};

/// What a person is found by. It stays out of logs like every personal identifier.
#[derive(Clone, PartialEq, Eq)]
pub enum PersonKey {
    /// The id that the service itself gave ([`RootKey::person_id`]).
    Internal(Uuid),
    /// The entry of the organization's directory.
    Directory(DirectoryKey),
    /// The value of a directory entry, whatever its attribute.
    DirectoryValue(String),
    /// The national identity number.
    NationalId(NationalId),
    /// The e-mail address.
    Email(Email),
    /// The mobile number.
    Mobile(Mobile),
}

impl PersonKey {
    /// Whether this names that person of an organization's orders.
    pub fn names(&self, root: &RootKey, organization: &OrganizationId, person: &Person) -> bool {
        match self {
            Self::Internal(id) => root.person_id(organization, person) == Some(*id),
            Self::Directory(key) => person.directory.as_ref() == Some(key),
            Self::DirectoryValue(value) => person.directory.as_ref().is_some_and(|key| key.parts().1 == value),
            Self::NationalId(number) => person.national_id.as_ref() == Some(number),
            // Addresses are written this way and that; two people do not differ by it.
            Self::Email(email) => person.email.as_ref().is_some_and(|one| one.as_str().to_lowercase() == email.as_str().to_lowercase()),
            Self::Mobile(mobile) => person.mobile.as_ref() == Some(mobile),
        }
    }
}

impl fmt::Debug for PersonKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_found_by_each_of_its_names_and_by_no_others() {
        let root = RootKey::new([7; 32]);
        let ours: OrganizationId = "DK01234567".parse().unwrap();
        let theirs: OrganizationId = "SE5566778899".parse().unwrap();
        let person = Person {
            email: Email::parse("Jane.Doe@example.org").ok(),
            mobile: Mobile::parse("+4670000000").ok(),
            national_id: NationalId::parse("200001011907").ok(),
            directory: DirectoryKey::parse("sAMAccountName=jane.doe").ok(),
            ..Person::default()
        };
        let id = root.person_id(&ours, &person).unwrap();
        let named = |key: PersonKey| key.names(&root, &ours, &person);
        assert!(named(PersonKey::Internal(id)));
        assert!(named(PersonKey::Directory(DirectoryKey::parse("sAMAccountName=jane.doe").unwrap())));
        assert!(named(PersonKey::DirectoryValue("jane.doe".to_owned())));
        assert!(named(PersonKey::NationalId(NationalId::parse("20000101-1907").unwrap())));
        assert!(named(PersonKey::Email(Email::parse("jane.doe@EXAMPLE.org").unwrap())));
        assert!(named(PersonKey::Mobile(Mobile::parse("+46 7000 0000").unwrap())));
        assert!(!named(PersonKey::Internal(root.person_id(&theirs, &person).unwrap())), "ids are of one organization");
        assert!(!named(PersonKey::DirectoryValue("jane".to_owned())));
        assert!(!named(PersonKey::NationalId(NationalId::parse("200001011908").unwrap())));
        assert_eq!(root.person_id(&ours, &Person::default()), None, "who has no name has no id");
    }
}
