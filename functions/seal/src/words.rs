//! What the signature page says of signers in words of the service, in each language of [`segl_sealing::PageLabels`].

/// The words of one language.
pub struct Words {
    /// The method of who signed by a personal link.
    pub personal_link: &'static str,
    /// The method of a system, before the id of its API client.
    pub system_signature: &'static str,
    /// Somebody of whom nothing is known but that it is a person.
    pub person: &'static str,
    /// Somebody whose data were erased.
    pub erased: &'static str,
    /// Why the document is sealed.
    pub reason: &'static str,
}

impl Words {
    /// The words in a language, told by a BCP 47 tag; English for one that is not known.
    pub fn for_language(tag: &str) -> &'static Self {
        match tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "nb" | "no" => &NORWEGIAN,
            "da" => &DANISH,
            "sv" => &SWEDISH,
            "nl" => &DUTCH,
            _ => &ENGLISH,
        }
    }
}

const ENGLISH: Words = Words {
    personal_link: "Personal link",
    system_signature: "System signature, API client",
    person: "Person",
    erased: "(erased)",
    reason: "Signed by all parties of the signing order",
};

const NORWEGIAN: Words = Words {
    personal_link: "Personlig lenke",
    system_signature: "Systemsignatur, API-klient",
    person: "Person",
    erased: "(slettet)",
    reason: "Signert av alle parter i oppdraget",
};

const DANISH: Words = Words {
    personal_link: "Personligt link",
    system_signature: "Systemunderskrift, API-klient",
    person: "Person",
    erased: "(slettet)",
    reason: "Underskrevet af alle parter i ordren",
};

const SWEDISH: Words = Words {
    personal_link: "Personlig länk",
    system_signature: "Systemunderskrift, API-klient",
    person: "Person",
    erased: "(raderad)",
    reason: "Undertecknat av alla parter i uppdraget",
};

const DUTCH: Words = Words {
    personal_link: "Persoonlijke link",
    system_signature: "Systeemhandtekening, API-client",
    person: "Persoon",
    erased: "(gewist)",
    reason: "Ondertekend door alle partijen van de opdracht",
};
