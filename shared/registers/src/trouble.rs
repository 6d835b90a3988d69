//! What stands in the way, in words that tell an official what to do.
//!
//! These texts end up in the case system and on the status address, so they are Dutch and plain.

use jiff::SignedDuration;
use segl_core::id::DocumentIndex;
use serde::{Deserialize, Serialize};

use crate::http::Register;
use crate::plan::Plan;

/// Why it does not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trouble {
    /// No answer, or one that says that the register is out of order.
    Silent(Register),
    /// The register asks for patience.
    Busy(Register),
    /// Our token was refused.
    Token {
        /// By whom.
        register: Register,
        /// With which code.
        code: String,
    },
    /// Our token is good, but we may not do this.
    Forbidden(Register),
    /// Somebody else has locked the document.
    Locked(DocumentIndex),
    /// Somebody took our lock away.
    LockLost(DocumentIndex),
    /// A document was changed while it was signed.
    NewerVersion {
        /// Which.
        document: DocumentIndex,
        /// Its newest version.
        newest: u32,
    },
    /// A document is not there any more.
    DocumentGone(DocumentIndex),
    /// The case is not there any more.
    CaseGone,
    /// The case is closed.
    CaseClosed,
    /// The case's type does not permit the evidence document's type, or that type does not exist.
    TypeNotAllowed,
    /// The file of evidence is not made yet.
    NoEvidence,
    /// What lies in the register is not what we sent.
    WrongContent(DocumentIndex),
    /// The register named an address that is not its own.
    ForeignAddress,
    /// The register understood us and refuses.
    Refused {
        /// Which.
        register: Register,
        /// The status code.
        status: u16,
        /// The register's own code.
        code: String,
    },
    /// The register's answer makes no sense.
    Unreadable(Register),
}

/// It goes on later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// Why.
    pub trouble: Trouble,
    /// How long the register asks to be left alone.
    pub after: Option<SignedDuration>,
}

impl Trouble {
    /// Whether it can pass without a new order: by itself, by an official who closes a document, or by an administrator who grants a
    /// right. Everything else is told at once.
    pub fn can_pass(&self) -> bool {
        match self {
            Self::Silent(_) | Self::Busy(_) | Self::Token { .. } | Self::Forbidden(_) | Self::Locked(_) | Self::LockLost(_) => true,
            // The seal's certificate, or an authority that it needs.
            Self::NoEvidence => true,
            // A proxy's page of apology, more often than not.
            Self::Unreadable(_) => true,
            Self::NewerVersion { .. }
            | Self::DocumentGone(_)
            | Self::CaseGone
            | Self::CaseClosed
            | Self::TypeNotAllowed
            | Self::WrongContent(_)
            | Self::ForeignAddress
            | Self::Refused { .. } => false,
        }
    }

    /// What an official reads.
    pub fn text(&self, plan: &Plan) -> String {
        let title = |document: &DocumentIndex| plan.documents.get(document.as_usize()).map_or("", |target| target.title.as_str());
        match self {
            Self::Silent(register) => format!("Technische fout: {} geeft geen antwoord. Probeer het later opnieuw.", name(*register)),
            Self::Busy(register) => format!("Technische fout: {} is te druk. Probeer het later opnieuw.", name(*register)),
            Self::Token { register, code } => format!(
                "Technische fout: {} weigert de toegang van de ondertekendienst ({code}). Vraag uw beheerder om client-id en geheim na te kijken.",
                name(*register)
            ),
            Self::Forbidden(register) => format!(
                "Technische fout: de ondertekendienst heeft niet genoeg rechten in {}. Vraag uw beheerder om de rechten aan te vullen.",
                name(*register)
            ),
            Self::Locked(document) => format!(
                "Het document ‘{}’ is vergrendeld omdat iemand eraan werkt. Sluit het document en bied het opnieuw aan.",
                title(document)
            ),
            Self::LockLost(document) => format!(
                "De vergrendeling van het document ‘{}’ is door iemand anders opgeheven. Bied het document opnieuw aan.",
                title(document)
            ),
            Self::NewerVersion { document, newest } => {
                let signed = plan.documents.get(document.as_usize()).map_or(0, |target| target.version);
                format!(
                    "Het document ‘{}’ is tijdens het ondertekenen gewijzigd: versie {signed} is ondertekend, maar versie {newest} is nu de nieuwste. Bied de nieuwste versie opnieuw aan.",
                    title(document)
                )
            }
            Self::DocumentGone(document) => format!("Het document ‘{}’ bestaat niet meer in het documentenregister.", title(document)),
            Self::CaseGone => "De zaak bestaat niet meer in het zakenregister.".to_owned(),
            Self::CaseClosed => "De zaak is gesloten. Heropen de zaak en bied de documenten opnieuw aan.".to_owned(),
            Self::TypeNotAllowed => {
                "Het bewijsdocument past niet bij deze zaak: het opgegeven informatieobjecttype is niet toegestaan. Vraag uw beheerder om het zaaktype na te kijken."
                    .to_owned()
            }
            Self::NoEvidence => {
                "Technische fout: het bewijs van ondertekening kan niet worden gemaakt. Neem contact op met uw beheerder.".to_owned()
            }
            Self::WrongContent(document) => format!(
                "Technische fout: de ondertekende versie van ‘{}’ is niet goed in het documentenregister aangekomen. Gebruik die versie niet en bied het document opnieuw aan.",
                title(document)
            ),
            Self::ForeignAddress => {
                "Technische fout: het documentenregister verwijst naar een adres dat niet van het register is. Neem contact op met uw beheerder.".to_owned()
            }
            Self::Refused { register, status, code } => {
                format!("Technische fout: {} weigert het verzoek ({status} {code}). Neem contact op met uw beheerder.", name(*register))
            }
            Self::Unreadable(register) => {
                format!("Technische fout: het antwoord van {} is niet te lezen. Neem contact op met uw beheerder.", name(*register))
            }
        }
    }
}

fn name(register: Register) -> &'static str {
    match register {
        Register::Documents => "het documentenregister",
        Register::Cases => "het zakenregister",
        Register::Notifications => "de notificatiedienst",
    }
}
