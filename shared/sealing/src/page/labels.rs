//! The fixed words of what the seal shows, in each language that there is.

/// The fixed words of the signature page and the stamp. `Default` is English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageLabels {
    /// Above the title.
    pub heading: String,
    /// Before the order's id.
    pub order: String,
    /// Before the organization that had the documents signed.
    pub organization: String,
    /// Above the list of documents.
    pub documents: String,
    /// Above the list of signers.
    pub signers: String,
    /// Above the decisions.
    pub decisions: String,
    /// Before a signer's role.
    pub role: String,
    /// Before the organization that a signer signed for.
    pub on_behalf_of: String,
    /// Before the method.
    pub method: String,
    /// Before the time.
    pub signed: String,
    /// Before the link.
    pub verify: String,
    /// What the QR code is, for those who do not see it.
    pub code: String,
    /// In the frame of the seal.
    pub sealed_by: String,
    /// Before the page number in the footer.
    pub page: String,
    /// A note for pages on which characters are written as their Unicode numbers.
    pub stand_ins: String,
    /// One or two sentences at the end that explain the page.
    pub explanation: String,
}

impl Default for PageLabels {
    fn default() -> Self {
        ENGLISH.labels()
    }
}

impl PageLabels {
    /// The words in a language, told by a BCP 47 tag such as `nb` or `nl-BE`: English, Norwegian bokmål, Danish, Swedish or Dutch.
    /// `None` for others.
    pub fn for_language(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let words = match primary.as_str() {
            "en" => &ENGLISH,
            "nb" | "no" => &NORWEGIAN,
            "da" => &DANISH,
            "sv" => &SWEDISH,
            "nl" => &DUTCH,
            _ => return None,
        };
        Some(words.labels())
    }
}

/// [`PageLabels`] that cost nothing until they are used.
struct Words {
    heading: &'static str,
    order: &'static str,
    organization: &'static str,
    documents: &'static str,
    signers: &'static str,
    decisions: &'static str,
    role: &'static str,
    on_behalf_of: &'static str,
    method: &'static str,
    signed: &'static str,
    verify: &'static str,
    code: &'static str,
    sealed_by: &'static str,
    page: &'static str,
    stand_ins: &'static str,
    explanation: &'static str,
}

impl Words {
    fn labels(&self) -> PageLabels {
        PageLabels {
            heading: self.heading.to_owned(),
            order: self.order.to_owned(),
            organization: self.organization.to_owned(),
            documents: self.documents.to_owned(),
            signers: self.signers.to_owned(),
            decisions: self.decisions.to_owned(),
            role: self.role.to_owned(),
            on_behalf_of: self.on_behalf_of.to_owned(),
            method: self.method.to_owned(),
            signed: self.signed.to_owned(),
            verify: self.verify.to_owned(),
            code: self.code.to_owned(),
            sealed_by: self.sealed_by.to_owned(),
            page: self.page.to_owned(),
            stand_ins: self.stand_ins.to_owned(),
            explanation: self.explanation.to_owned(),
        }
    }
}

const ENGLISH: Words = Words {
    heading: "Signature page",
    order: "Order",
    organization: "Requested by",
    documents: "Documents",
    signers: "Signed by",
    decisions: "Decisions",
    role: "Role",
    on_behalf_of: "On behalf of",
    method: "Method",
    signed: "Signed",
    verify: "Check this document",
    code: "QR code to check this document",
    sealed_by: "Electronically sealed by",
    page: "Page",
    stand_ins: "Characters that this page has no letter shapes for are written as their Unicode numbers, such as [U+6797]. Copying \
                the text gives the characters themselves.",
    explanation: "This page was added when the document was sealed. The seal protects the document and this page: a PDF reader \
                  that checks signatures shows whether either has been changed since.",
};

const NORWEGIAN: Words = Words {
    heading: "Signaturside",
    order: "Oppdrag",
    organization: "Bestilt av",
    documents: "Dokumenter",
    signers: "Signert av",
    decisions: "Beslutninger",
    role: "Rolle",
    on_behalf_of: "På vegne av",
    method: "Metode",
    signed: "Signert",
    verify: "Kontroller dokumentet",
    code: "QR-kode for å kontrollere dokumentet",
    sealed_by: "Elektronisk forseglet av",
    page: "Side",
    stand_ins: "Tegn som denne siden mangler bokstavformer for, er skrevet med sine Unicode-numre, for eksempel [U+6797]. \
                Kopieres teksten, får du tegnene selv.",
    explanation: "Denne siden ble lagt til da dokumentet ble forseglet. Forseglingen beskytter både dokumentet og denne siden: en \
                  PDF-leser som kontrollerer signaturer, viser om noe er endret siden.",
};

const DANISH: Words = Words {
    heading: "Underskriftsside",
    order: "Ordre",
    organization: "Bestilt af",
    documents: "Dokumenter",
    signers: "Underskrevet af",
    decisions: "Beslutninger",
    role: "Rolle",
    on_behalf_of: "På vegne af",
    method: "Metode",
    signed: "Underskrevet",
    verify: "Kontrollér dokumentet",
    code: "QR-kode til at kontrollere dokumentet",
    sealed_by: "Elektronisk forseglet af",
    page: "Side",
    stand_ins: "Tegn, som denne side mangler bogstavformer til, er skrevet med deres Unicode-numre, for eksempel [U+6797]. \
                Kopieres teksten, fås tegnene selv.",
    explanation: "Denne side blev tilføjet, da dokumentet blev forseglet. Seglet beskytter både dokumentet og denne side: en \
                  PDF-læser, der kontrollerer underskrifter, viser, om noget er ændret siden.",
};

const SWEDISH: Words = Words {
    heading: "Signatursida",
    order: "Uppdrag",
    organization: "Beställt av",
    documents: "Dokument",
    signers: "Undertecknat av",
    decisions: "Beslut",
    role: "Roll",
    on_behalf_of: "För",
    method: "Metod",
    signed: "Undertecknat",
    verify: "Kontrollera dokumentet",
    code: "QR-kod för att kontrollera dokumentet",
    sealed_by: "Elektroniskt förseglat av",
    page: "Sida",
    stand_ins: "Tecken som den här sidan saknar bokstavsformer för är skrivna som sina Unicode-nummer, till exempel [U+6797]. \
                Kopieras texten får du tecknen själva.",
    explanation: "Den här sidan lades till när dokumentet förseglades. Förseglingen skyddar både dokumentet och den här sidan: en \
                  PDF-läsare som kontrollerar underskrifter visar om något har ändrats sedan dess.",
};

const DUTCH: Words = Words {
    heading: "Handtekeningenpagina",
    order: "Opdracht",
    organization: "Aangevraagd door",
    documents: "Documenten",
    signers: "Ondertekend door",
    decisions: "Besluiten",
    role: "Rol",
    on_behalf_of: "Namens",
    method: "Methode",
    signed: "Ondertekend",
    verify: "Controleer dit document",
    code: "QR-code om dit document te controleren",
    sealed_by: "Elektronisch verzegeld door",
    page: "Pagina",
    stand_ins: "Tekens waarvoor deze pagina geen lettervormen heeft, zijn geschreven als hun Unicode-nummers, zoals [U+6797]. Wie \
                de tekst kopieert, krijgt de tekens zelf.",
    explanation: "Deze pagina is toegevoegd toen het document werd verzegeld. Het zegel beschermt het document en deze pagina: een \
                  PDF-lezer die handtekeningen controleert, laat zien of er sindsdien iets is gewijzigd.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_lead_to_their_words() {
        for (tag, heading) in [
            ("en", "Signature page"),
            ("en-GB", "Signature page"),
            ("nb", "Signaturside"),
            ("no", "Signaturside"),
            ("NB-no", "Signaturside"),
            ("da", "Underskriftsside"),
            ("sv_SE", "Signatursida"),
            ("nl-BE", "Handtekeningenpagina"),
        ] {
            assert_eq!(PageLabels::for_language(tag).map(|labels| labels.heading).as_deref(), Some(heading), "{tag}");
        }
        for tag in ["", "de", "nn", "english", "-en"] {
            assert_eq!(PageLabels::for_language(tag), None, "{tag}");
        }
    }
}
