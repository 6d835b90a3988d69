//! Why a document cannot be signed, for those who have no English: officials who read it in their case system.

/// The Dutch sentence for a refusal that the service knows by this code, at language level B1: what is the matter, and what to do.
/// Nothing where the code is not one of a document's content.
pub fn dutch(code: &str) -> Option<&'static str> {
    Some(match code {
        "empty" => "Het bestand is leeg. Voeg een nieuw bestand toe en start opnieuw.",
        "not-a-pdf" => "Het bestand is geen pdf. Sla het op als pdf en start opnieuw.",
        "truncated" => "Het bestand is niet compleet. Voeg het opnieuw toe en start opnieuw.",
        "encrypted" => "Op het bestand zit een wachtwoord of een andere beveiliging. Haal die eraf en start opnieuw.",
        "certified-no-changes" => {
            "De maker van het bestand staat geen wijzigingen toe. Vraag de maker om een bestand dat u mag laten ondertekenen."
        }
        "locked-by-signature" => {
            "Een eerdere ondertekenaar heeft het bestand op slot gezet. Vraag om een bestand dat u mag laten ondertekenen."
        }
        "xfa" => "Het bestand is een formulier dat na het ondertekenen nog kan veranderen. Druk het af naar pdf en start opnieuw.",
        "broken-structure" => "Het bestand is beschadigd. Open het, sla het op als nieuwe pdf en start opnieuw.",
        "broken-and-signed" => "Het bestand is beschadigd en al eerder ondertekend. Vraag om een bestand dat niet beschadigd is.",
        "unsupported" => "Het bestand gebruikt een techniek die wij niet kunnen verzegelen. Druk het af naar pdf en start opnieuw.",
        "ambiguous" => "Het bestand kan er bij twee mensen verschillend uitzien. Druk het af naar pdf en start opnieuw.",
        "over-budget" => "Het bestand is te ingewikkeld om te controleren. Druk het af naar pdf en start opnieuw.",
        _ => return None,
    })
}
