//! What the fuzz targets share.

use std::sync::OnceLock;

use segl_sealing::{
    Appearance, Certificate, Limits, LocalKey, Mark, PageLabels, Permits, Plan, Policy, SealCertificate, SealRequest, SignatureAlgorithm,
    SignaturePage, TextPlace,
};

/// Small limits, so that an input which uses them up is tried in a moment.
pub const LIMITS: Limits = Limits { bytes: 4 << 20, work: 200_000, depth: 50 };

/// A key for this purpose alone, and its certificate.
pub fn identity() -> &'static (SealCertificate, LocalKey) {
    static IDENTITY: OnceLock<(SealCertificate, LocalKey)> = OnceLock::new();
    IDENTITY.get_or_init(|| {
        let certificate = SealCertificate::from_pem(include_str!("seal.crt")).expect("the certificate is usable");
        (certificate, LocalKey::from_pem(include_str!("seal.key")).expect("the key is usable"))
    })
}

/// A moment when the certificate is valid.
pub fn moment() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_798_761_600).expect("within the range of times")
}

/// Judges at that moment, within the limits.
pub fn policy(anchors: &[Certificate]) -> Policy<'_> {
    Policy { limits: LIMITS, ..Policy::new(moment(), anchors) }
}

/// The name that marks are put at.
const SPOT: &str = "signer1";

/// Adds the spot of the mark in [`request`]: a signature field of its name, else a place on the first page.
pub fn add_spot(plan: &mut Plan, data: &[u8]) {
    let place = TextPlace { name: SPOT.to_owned(), page: 0, x: 100.0, y: 200.0 };
    // What cannot be read so far leaves the plan as it was.
    let _ = plan.add_spots(&data, &LIMITS, &[SPOT.to_owned()], &[place]);
}

/// A request for a seal with all that the document permits, at a time when the certificate is valid.
pub fn request(certificate: &SealCertificate, permits: Permits) -> SealRequest {
    let page = SignaturePage {
        title: "Fuzzed".to_owned(),
        order: "1".to_owned(),
        organization: None,
        documents: Vec::new(),
        signers: Vec::new(),
        decisions: Vec::new(),
        link: None,
        language: "en".to_owned(),
        labels: PageLabels::default(),
    };
    SealRequest {
        time: moment(),
        reason: None,
        name: None,
        appearance: if permits == Permits::Everything { Appearance::Page(Box::new(page)) } else { Appearance::Invisible },
        marks: vec![Mark {
            spot: SPOT.to_owned(),
            label: "Signed".to_owned(),
            name: "Fuzzed".to_owned(),
            time: moment(),
            time_zone: "UTC".to_owned(),
            language: "en".to_owned(),
        }],
        attachments: Vec::new(),
        certificate: certificate.clone(),
        algorithm: SignatureAlgorithm::EcdsaP256Sha256,
    }
}
