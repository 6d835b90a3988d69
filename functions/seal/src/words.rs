//! What the signature page says of signers in words of the service, in each language of [`segl_sealing::PageLabels`].

use segl_core::assurance::Assurance;

/// The words of one language.
pub struct Words {
    /// The method of who signed by a personal link.
    pub personal_link: &'static str,
    /// The method of who entered a code that came by e-mail as well.
    pub email_code: &'static str,
    /// The method of who entered a code that came by text message as well.
    pub sms_code: &'static str,
    /// The method of who was brought along by the sender.
    pub sender: &'static str,
    /// The method of who logged in, before the provider's name.
    pub eid: &'static str,
    /// What stands before a level of assurance.
    pub assurance: &'static str,
    /// The levels of assurance, lowest first.
    pub levels: [&'static str; 3],
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
    /// The name of a level of assurance.
    pub fn level(&self, level: Assurance) -> &'static str {
        self.levels[level as usize]
    }

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
    email_code: "Personal link and one-time code by e-mail",
    sms_code: "Personal link and one-time code by text message",
    sender: "Logged in at the sender",
    eid: "Logged in with",
    assurance: "level of assurance",
    levels: ["low", "substantial", "high"],
    system_signature: "System signature, API client",
    person: "Person",
    erased: "(erased)",
    reason: "Signed by all parties of the signing order",
};

const NORWEGIAN: Words = Words {
    personal_link: "Personlig lenke",
    email_code: "Personlig lenke og engangskode på e-post",
    sms_code: "Personlig lenke og engangskode på SMS",
    sender: "Innlogget hos avsenderen",
    eid: "Innlogget med",
    assurance: "sikkerhetsnivå",
    levels: ["lavt", "betydelig", "høyt"],
    system_signature: "Systemsignatur, API-klient",
    person: "Person",
    erased: "(slettet)",
    reason: "Signert av alle parter i oppdraget",
};

const DANISH: Words = Words {
    personal_link: "Personligt link",
    email_code: "Personligt link og engangskode på e-mail",
    sms_code: "Personligt link og engangskode på sms",
    sender: "Logget ind hos afsenderen",
    eid: "Logget ind med",
    assurance: "sikringsniveau",
    levels: ["lav", "betydelig", "høj"],
    system_signature: "Systemunderskrift, API-klient",
    person: "Person",
    erased: "(slettet)",
    reason: "Underskrevet af alle parter i ordren",
};

const SWEDISH: Words = Words {
    personal_link: "Personlig länk",
    email_code: "Personlig länk och engångskod via e-post",
    sms_code: "Personlig länk och engångskod via sms",
    sender: "Inloggad hos avsändaren",
    eid: "Inloggad med",
    assurance: "tillitsnivå",
    levels: ["låg", "väsentlig", "hög"],
    system_signature: "Systemunderskrift, API-klient",
    person: "Person",
    erased: "(raderad)",
    reason: "Undertecknat av alla parter i uppdraget",
};

const DUTCH: Words = Words {
    personal_link: "Persoonlijke link",
    email_code: "Persoonlijke link en eenmalige code per e-mail",
    sms_code: "Persoonlijke link en eenmalige code per sms",
    sender: "Ingelogd bij de afzender",
    eid: "Ingelogd met",
    assurance: "betrouwbaarheidsniveau",
    levels: ["laag", "substantieel", "hoog"],
    system_signature: "Systeemhandtekening, API-client",
    person: "Persoon",
    erased: "(gewist)",
    reason: "Ondertekend door alle partijen van de opdracht",
};
