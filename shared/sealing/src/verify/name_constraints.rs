//! Name constraints (RFC 5280, 4.2.1.10): which names an issuer may certify.

use der::Encode;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{NameConstraints, SubjectAltName};
use x509_cert::name::Name;

use crate::certificate::Certificate;

/// True when `issuer` permits the names of every certificate below it. Certificates of an issuer for itself are exempt, but for the
/// first, which is the end of the path (RFC 5280, 6.1.3).
pub(super) fn permit(issuer: &Certificate, below: &[Certificate]) -> bool {
    let constraints = match issuer.parsed.tbs_certificate.get::<NameConstraints>() {
        Ok(Some((_, constraints))) => constraints,
        Ok(None) => return true,
        Err(_) => return false,
    };
    let permitted = constraints.permitted_subtrees.unwrap_or_default();
    let excluded = constraints.excluded_subtrees.unwrap_or_default();
    let bound = below.iter().enumerate().filter(|(index, certificate)| *index == 0 || !certificate.is_self_issued());
    bound
        .map(|(_, certificate)| names_of(certificate))
        .all(|names| names.is_some_and(|names| names.iter().all(|name| is_permitted(name, &permitted, &excluded))))
}

/// The subject and the alternative names; `None` when they cannot be read.
fn names_of(certificate: &Certificate) -> Option<Vec<GeneralName>> {
    let tbs = &certificate.parsed.tbs_certificate;
    let mut names = match tbs.get::<SubjectAltName>() {
        Ok(found) => found.map(|(_, names)| names.0).unwrap_or_default(),
        Err(_) => return None,
    };
    if !tbs.subject.0.is_empty() {
        names.push(GeneralName::DirectoryName(tbs.subject.clone()));
    }
    Some(names)
}

fn is_permitted(name: &GeneralName, permitted: &[GeneralSubtree], excluded: &[GeneralSubtree]) -> bool {
    if excluded.iter().any(|tree| is_within(name, &tree.base) != Some(false) && same_kind(name, &tree.base)) {
        return false;
    }
    let mut of_kind = permitted.iter().filter(|tree| same_kind(name, &tree.base)).peekable();
    // Kinds of names that no subtree is of are free.
    of_kind.peek().is_none() || of_kind.any(|tree| is_within(name, &tree.base) == Some(true))
}

fn same_kind(one: &GeneralName, other: &GeneralName) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// Whether a name lies in a subtree; `None` for kinds that are not compared, which then are neither permitted nor safe from an
/// exclusion.
fn is_within(name: &GeneralName, base: &GeneralName) -> Option<bool> {
    match (name, base) {
        (GeneralName::DirectoryName(name), GeneralName::DirectoryName(base)) => Some(starts_with(name, base)),
        (GeneralName::DnsName(name), GeneralName::DnsName(base)) => Some(is_domain_within(name.as_str(), base.as_str())),
        (GeneralName::Rfc822Name(name), GeneralName::Rfc822Name(base)) => Some(is_mailbox_within(name.as_str(), base.as_str())),
        _ => None,
    }
}

/// Directory names are compared as they are encoded, part by part from the root.
fn starts_with(name: &Name, base: &Name) -> bool {
    name.0.len() >= base.0.len() && name.0.iter().zip(&base.0).all(|(one, other)| one == other || same_text(one, other))
}

/// The same text in another kind of string, or in other case, is the same name (RFC 5280, 7.1).
fn same_text(one: &x509_cert::name::RelativeDistinguishedName, other: &x509_cert::name::RelativeDistinguishedName) -> bool {
    let same_size = one.to_der().is_ok() && one.0.len() == other.0.len();
    same_size && one.to_string().eq_ignore_ascii_case(&other.to_string())
}

fn is_domain_within(name: &str, base: &str) -> bool {
    let (name, base) = (name.to_ascii_lowercase(), base.trim_start_matches('.').to_ascii_lowercase());
    base.is_empty() || name == base || name.strip_suffix(&base).is_some_and(|rest| rest.ends_with('.'))
}

/// A base is one mailbox, the mailboxes of one host, or with a dot in front those of a domain.
fn is_mailbox_within(name: &str, base: &str) -> bool {
    let Some((_, host)) = name.rsplit_once('@') else {
        return false;
    };
    match base.strip_prefix('.') {
        _ if base.contains('@') => name.eq_ignore_ascii_case(base),
        Some(domain) => !host.eq_ignore_ascii_case(domain) && is_domain_within(host, domain),
        None => host.eq_ignore_ascii_case(base),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_and_mailboxes() {
        let domains = [
            ("sign.example.org", "example.org", true),
            ("example.org", "example.org", true),
            ("badexample.org", "example.org", false),
            ("sign.EXAMPLE.org", ".example.ORG", true),
            ("example.com", "example.org", false),
        ];
        for (name, base, expected) in domains {
            assert_eq!(is_domain_within(name, base), expected, "{name} in {base}");
        }
        let mailboxes = [
            ("jane@example.org", "jane@example.org", true),
            ("john@example.org", "jane@example.org", false),
            ("jane@example.org", "example.org", true),
            ("jane@mail.example.org", "example.org", false),
            ("jane@mail.example.org", ".example.org", true),
            ("jane@example.org", ".example.org", false),
            ("jane", "example.org", false),
        ];
        for (name, base, expected) in mailboxes {
            assert_eq!(is_mailbox_within(name, base), expected, "{name} in {base}");
        }
    }
}
