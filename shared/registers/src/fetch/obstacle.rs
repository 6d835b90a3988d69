//! Why a document cannot be signed, in words for an official.

use segl_core::document::DocumentRefusal;

/// Why a document can never be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The register has no such version of it.
    Gone,
    /// It is empty.
    Empty,
    /// It has more than [`super::MAX_DOCUMENT`] bytes, or more than [`super::MAX_CONVERTED`] where it would have to be converted.
    TooLarge,
    /// It lies where we do not go: at a private address, or behind a redirect.
    Elsewhere,
    /// It is no PDF, and nothing that is converted.
    UnknownFormat,
    /// It is no PDF, and nobody is configured who could make one of it.
    NoConverter,
    /// The converter can make no PDF of it.
    NotConvertible,
    /// It is made to be larger than it seems, or is not what it seems.
    Suspicious,
    /// The register understands and refuses.
    Refused,
    /// The register did not answer for days.
    Silent,
    /// The converter did not answer for days.
    ConverterSilent,
}

impl Obstacle {
    /// The same for the order.
    pub(super) fn refusal(self) -> DocumentRefusal {
        let (code, text) = match self {
            Self::Gone => ("document-gone", "Deze versie van het document staat niet in het register. Start het ondertekenen opnieuw."),
            Self::Empty => ("document-empty", "Het document in het register is leeg. Voeg een bestand toe en start opnieuw."),
            Self::TooLarge => ("document-too-large", "Het document is te groot. Maak het bestand kleiner en start opnieuw."),
            Self::Elsewhere => {
                ("document-elsewhere", "Het document staat op een adres dat niet mag worden gelezen. Vraag uw beheerder om hulp.")
            }
            Self::UnknownFormat => {
                ("format-unknown", "Dit soort bestand kan niet worden ondertekend. Sla het op als pdf en start opnieuw.")
            }
            Self::NoConverter => (
                "no-converter",
                "Het document is geen pdf, en de ondertekendienst kan er geen pdf van maken. Sla het zelf op als pdf en start opnieuw.",
            ),
            Self::NotConvertible => (
                "not-convertible",
                "Van dit bestand kan geen pdf worden gemaakt. Misschien is het beschadigd of zit er een wachtwoord op. Sla het zelf op als pdf en start opnieuw.",
            ),
            Self::Suspicious => (
                "document-suspicious",
                "Dit bestand lijkt niet veilig. Vraag wie het heeft gemaakt om een nieuw bestand. Of sla het zelf op als pdf en start opnieuw.",
            ),
            Self::Refused => ("register-refuses", "Het register geeft het document niet. Vraag uw beheerder om hulp."),
            Self::Silent => ("register-silent", "Het register gaf dagenlang geen antwoord. Start het ondertekenen opnieuw."),
            Self::ConverterSilent => (
                "converter-silent",
                "Het lukt al dagen niet om van het document een pdf te maken. Sla het zelf op als pdf en start opnieuw.",
            ),
        };
        DocumentRefusal { code: code.to_owned(), text: text.to_owned() }
    }
}
