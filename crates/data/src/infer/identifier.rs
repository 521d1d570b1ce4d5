//! Does a column identify persons directly?

use super::column::Texts;
use regex::Regex;
use std::sync::LazyLock;
use verosim_core::Kind;
use verosim_core::schema::Suspicion;

/// What else is known about the column.
pub(super) struct Shape {
    pub(super) kind: Kind,
    pub(super) n_rows: usize,
}

static EMAIL: LazyLock<Regex> = LazyLock::new(|| regex(r"^[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$"));
static PHONE: LazyLock<Regex> = LazyLock::new(|| regex(r"^\+?[(]?\d[\d ()./-]{6,18}\d$"));
static STREET: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)\d.*\b(street|st|road|rd|avenue|ave|lane|ln|drive|dr|strasse|straße|str|platz|weg|rue)\b\.?")
});
static FULL_NAME: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^\p{Lu}[\p{Ll}'-]+,? (\p{Lu}\.? )?\p{Lu}[\p{L}'-]+$"));
static NAME_HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(first|last|family|given|full|patient|sur|middle|maiden)[ _-]?name$|^name$|^(physician|doctor)[ _-]?name$",
    )
});
static PHONE_HEADER: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)phone|telefon|mobile|(^|_)(tel|fax)($|_)"));
static ADDRESS_HEADER: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)address|street|(^|_)(zip|postcode|postal|plz)"));
static RECORD_HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(^|_)(mrn|ssn|nhs|insurance_?(no|nr|number|id)|medical_?record|policy)($|_)|record_?(no|nr|number|id)",
    )
});
static BIRTH_HEADER: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)birth|(^|_)dob($|_)|geburt"));
static KEY_HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(^|[_ .-])(id|nbr|nr|no|key|uuid|guid|mrn|seqn|eid|pid|sid)$|^(id|key|uuid|mrn|seqn)([_ .-]|$)|(?-i:[a-z]I[dD])$",
    )
});
static COUNT_HEADER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^(n|num|number|count|no)[_ .]|(^|_)(count|visits|times|days|weeks|months|years|hours)($|_)|^(?-i:n[A-Z])",
    )
});

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant that the tests compile")
}

/// Why the column may identify persons, or `None`. Never quotes a cell.
pub(super) fn suspicion(texts: &Texts<'_>, shape: &Shape) -> Option<(Suspicion, &'static str)> {
    let text_kind = matches!(shape.kind, Kind::Text | Kind::Id | Kind::Nominal);
    let most = |regex: &Regex| texts.levels.len() > 2 && texts.share(|text| regex.is_match(text)) > 0.8;
    let varied = texts.distinct_share() > 0.2 || texts.levels.len() > 50;
    if text_kind && most(&EMAIL) {
        return Some((Suspicion::Email, "texts are e-mail addresses"));
    }
    if text_kind && varied && (most(&PHONE) && PHONE_HEADER.is_match(texts.name) || formatted_phones(texts)) {
        return Some((Suspicion::Phone, "texts have the form of telephone numbers"));
    }
    if matches!(shape.kind, Kind::Count | Kind::Id) && varied && PHONE_HEADER.is_match(texts.name) {
        return Some((Suspicion::Phone, "the header says telephone"));
    }
    if text_kind && varied && most(&STREET) {
        return Some((Suspicion::Address, "texts have the form of postal addresses"));
    }
    if matches!(shape.kind, Kind::Nominal | Kind::Text | Kind::Id | Kind::Count)
        && varied
        && ADDRESS_HEADER.is_match(texts.name)
    {
        return Some((Suspicion::Address, "the header says address"));
    }
    if text_kind
        && (NAME_HEADER.is_match(texts.name) && varied || most(&FULL_NAME) && texts.distinct_share() > 0.5)
    {
        return Some((Suspicion::PersonName, "header or texts have the form of names of persons"));
    }
    if matches!(shape.kind, Kind::Date | Kind::Datetime) && BIRTH_HEADER.is_match(texts.name) {
        return Some((Suspicion::BirthDate, "the header says birth"));
    }
    if matches!(shape.kind, Kind::Id | Kind::Count | Kind::Text) && RECORD_HEADER.is_match(texts.name) {
        return Some((Suspicion::RecordNumber, "the header says record or insurance number"));
    }
    (shape.kind == Kind::Id && texts.levels.len() * 10 > shape.n_rows * 9)
        .then_some((Suspicion::UniqueValue, "values single out rows"))
}

/// Whether whole numbers (distinct values with counts, ascending) are a key: named like one and varied, or nearly all
/// different and filling their range like a running number.
pub(super) fn is_key(texts: &Texts<'_>, values: &[(f64, usize)]) -> bool {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return false };
    let distinct = texts.distinct_share();
    let running = distinct > 0.999 && texts.rows >= 50 && (last.0 - first.0 + 1.0) <= 1.2 * texts.rows as f64;
    running || KEY_HEADER.is_match(texts.name) && distinct > 0.3 && texts.levels.len() > 20
}

/// Whether the header says that the column counts something.
pub(super) fn is_counting_name(name: &str) -> bool {
    COUNT_HEADER.is_match(name)
}

/// Phone numbers that are written as such: with separators, not as plain digits.
fn formatted_phones(texts: &Texts<'_>) -> bool {
    texts.levels.len() > 20
        && texts.distinct_share() > 0.5
        && texts.share(|text| {
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            PHONE.is_match(text) && (9..=15).contains(&digits) && text.contains([' ', '-', '(', '/', '+'])
        }) > 0.9
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(name: &str, kind: Kind, levels: &[&str]) -> Option<Suspicion> {
        let texts =
            Texts { name, levels: levels.iter().map(|text| (*text, 1)).collect(), rows: levels.len() };
        suspicion(&texts, &Shape { kind, n_rows: levels.len() }).map(|(suspicion, _)| suspicion)
    }

    #[test]
    fn direct_identifiers_are_suspected() {
        let names = ["Anna Kern", "Bo Lind", "Cay Moss", "Dee O'Hara"];
        assert_eq!(found("who", Kind::Nominal, &names), Some(Suspicion::PersonName));
        assert_eq!(found("mail", Kind::Id, &["a@b.org", "c@d.org", "e@f.org"]), Some(Suspicion::Email));
        assert_eq!(
            found("phone", Kind::Id, &["+49 89 12345", "+49 89 54321", "089/555666"]),
            Some(Suspicion::Phone)
        );
        assert_eq!(
            found("home", Kind::Text, &["12 High Street", "7 Mill Road", "9 Oak Ave"]),
            Some(Suspicion::Address)
        );
        assert_eq!(found("mrn", Kind::Id, &["77101", "77102", "77103"]), Some(Suspicion::RecordNumber));
        assert_eq!(
            found("date_of_birth", Kind::Date, &["1950-01-01", "1960-01-01", "1970-02-02"]),
            Some(Suspicion::BirthDate)
        );
        assert_eq!(found("ward", Kind::Nominal, &["North", "South", "East"]), None);
        assert_eq!(found("sbp", Kind::Count, &["120", "130", "140"]), None);
    }

    #[test]
    fn counts_and_keys_are_told_by_their_headers() {
        for name in ["num_procedures", "n_comorbidities", "time_in_hospital_days", "nPregnancies"] {
            assert!(is_counting_name(name), "{name}");
        }
        for name in ["education", "nyha", "cp"] {
            assert!(!is_counting_name(name), "{name}");
        }
        for name in ["patient_nbr", "ID", "encounter_id", "SEQN", "patientId"] {
            assert!(KEY_HEADER.is_match(name), "{name}");
        }
        assert!(!KEY_HEADER.is_match("acid") && !KEY_HEADER.is_match("sodium"));
    }
}
