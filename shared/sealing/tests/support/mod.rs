//! Documents, certificates and judges for the tests.
#![allow(dead_code, reason = "each test program uses a part")]

pub mod authorities;
pub mod bombs;
pub mod documents;
pub mod golden;
pub mod judges;
pub mod large;
pub mod pki;

use jiff::Timestamp;
use segl_sealing::*;

/// When the tests seal: inside the validity of certificates that were just made.
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A request for an invisible seal.
pub fn request(identity: &pki::Identity, algorithm: SignatureAlgorithm) -> SealRequest {
    SealRequest {
        time: now(),
        reason: Some("All signers have signed".to_owned()),
        name: Some("Ødegård & Sønner AS".to_owned()),
        appearance: Appearance::Invisible,
        marks: Vec::new(),
        attachments: Vec::new(),
        certificate: identity.certificate(),
        algorithm,
    }
}

/// A request for a seal with a page.
pub fn request_with_page(identity: &pki::Identity, algorithm: SignatureAlgorithm, signers: usize) -> SealRequest {
    let page = page(signers);
    SealRequest { appearance: Appearance::Page(Box::new(page)), ..request(identity, algorithm) }
}

/// Seals a document the way the product does: the plan goes through its stored form.
pub fn seal(document: &[u8], request: impl Fn(&Plan) -> SealRequest, identity: &pki::Identity) -> Vec<u8> {
    let inspection = inspect(&document, PrefixDigest::of(document), &Limits::default()).expect("can be sealed");
    let stored = serde_json::to_string(&inspection.plan).expect("serializes");
    let plan: Plan = serde_json::from_str(&stored).expect("deserializes");
    let sealed = seal_plan(&plan, request(&plan), identity);
    let file = [document, &sealed.increment].concat();
    assert_eq!(sealed.total_len, file.len() as u64);
    assert_eq!(sealed.sha256, PrefixDigest::of(&file).sha256);
    file
}

/// Seals from a plan alone.
pub fn seal_plan(plan: &Plan, request: SealRequest, identity: &pki::Identity) -> Sealed {
    let prepared = plan.prepare(request).expect("prepares");
    let signature = identity.key().sign(&prepared.to_be_signed()).expect("signs");
    prepared.complete(&signature).unwrap_or_else(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        panic!("{error}: {cause:?}")
    })
}

/// A signature page with names from many places.
pub fn page(signers: usize) -> SignaturePage {
    let people = [
        ("Kari Nordmann", "Styreleder", "BankID", "Europe/Oslo"),
        ("Łukasz Śliwiński-Brzęczyszczykiewicz", "Przewodniczący Rady Nadzorczej", "mObywatel", "Europe/Warsaw"),
        ("Ολυμπία Παπαδημητρακοπούλου", "Διευθύνουσα Σύμβουλος", "eIDAS", "Europe/Athens"),
        ("Ганна Щербаківська", "Директорка з юридичних питань", "Дія.Підпис", "Europe/Kyiv"),
        ("יעל בן-דוד (Yael Ben-David)", "מנכ״לית", "e-mail and SMS code", "Asia/Jerusalem"),
        ("محمد عبد الرحمن الخطيب", "المدير المالي", "e-mail and SMS code", "Africa/Cairo"),
        (
            "Maximiliane-Friederike Gräfin von und zu Wolfeschlegelsteinhausenbergerdorff-Schwarzenfels",
            "Stellvertretende Vorsitzende des Aufsichtsrates und Leiterin des Prüfungsausschusses",
            "Freja eID+",
            "Europe/Berlin",
        ),
        ("Sigríður Þórðardóttir", "Framkvæmdastjóri", "Auðkenni", "Atlantic/Reykjavik"),
        ("Jānis Ķēniņš", "Valdes loceklis", "eParaksts", "Europe/Riga"),
        ("Åse Ødegård", "Daglig leder", "BankID", "Europe/Oslo"),
    ];
    let signer = |index: usize| {
        let (name, role, method, zone) = people[index % people.len()];
        SignerEntry {
            name: name.to_owned(),
            roles: vec![role.to_owned()],
            organization: (index.is_multiple_of(2))
                .then(|| SignerOrganization { name: "Ødegård & Sønner AS".to_owned(), number: Some("NO 987 654 321".to_owned()) }),
            method: method.to_owned(),
            time: now() - jiff::SignedDuration::from_hours(3 + index as i64),
            time_zone: zone.to_owned(),
            claims: vec![IdentityClaim { label: "Date of birth".to_owned(), value: "1980-02-29".to_owned() }],
        }
    };
    SignaturePage {
        title: "Aksjeeieravtale og fullmakt for Ødegård & Sønner AS".to_owned(),
        order: "2026-0012-A7F3".to_owned(),
        organization: Some("Ødegård & Sønner AS".to_owned()),
        documents: vec![
            SignedDocument { title: "Aksjeeieravtale 2026.pdf".to_owned(), sha256: [0x5a; 32] },
            SignedDocument { title: "Vedlegg 1 – Fullmakt.pdf".to_owned(), sha256: [0xc3; 32] },
        ],
        signers: (0..signers).map(signer).collect(),
        decisions: vec!["Approved: Kari Nordmann, with the remark “subject to the audit of 2025”".to_owned()],
        link: Some("https://sign.example.org/check/2026-0012-A7F3".to_owned()),
        language: "en".to_owned(),
        labels: PageLabels::default(),
    }
}
