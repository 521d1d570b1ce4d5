//! Are the texts codes of a medical vocabulary?

use super::column::Texts;
use regex::Regex;
use std::sync::LazyLock;
use verosim_core::CodeSystem;

static ICD9: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(\d{1,3}(\.\d{1,2})?|V\d{1,2}(\.\d{1,2})?|E\d{3}(\.\d)?)$"));
static ICD9_LETTER: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(V\d{2}|E\d{3})"));
static ICD10: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-TV-Z]\d[0-9AB](\.[0-9A-Z]{1,4})?$"));
static ATC: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-DGHJLMNPRSV]\d{2}[A-Z]{2}\d{2}$"));
static LOINC: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\d{1,6}-\d$"));
static NAMED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)(^|_|\b)(diag|dx|icd|diagnosis)"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the pattern is a constant that the tests compile")
}

/// The vocabulary that nearly all rows are written in, or `None`.
///
/// ICD-9 needs letter codes (V, E) or a header that says diagnosis: its plain codes look like numbers.
pub(super) fn system(texts: &Texts<'_>) -> Option<CodeSystem> {
    if texts.levels.len() < 3 {
        return None;
    }
    let share = |regex: &Regex| texts.share(|text| regex.is_match(text));
    if share(&ATC) > 0.95 {
        return Some(CodeSystem::Atc);
    }
    if share(&ICD10) > 0.95 {
        return Some(CodeSystem::Icd10);
    }
    if texts.levels.len() >= 20
        && share(&ICD9) > 0.95
        && (share(&ICD9_LETTER) > 0.005 || NAMED.is_match(texts.name))
    {
        return Some(CodeSystem::Icd9);
    }
    (texts.share(|text| LOINC.is_match(text) && has_check_digit(text)) > 0.95).then_some(CodeSystem::Loinc)
}

/// Its name in words.
pub(super) fn words(system: CodeSystem) -> &'static str {
    match system {
        CodeSystem::Icd9 => "ICD-9 codes",
        CodeSystem::Icd10 => "ICD-10 codes",
        CodeSystem::Loinc => "LOINC codes",
        CodeSystem::Atc => "ATC codes",
        CodeSystem::Other => "codes",
    }
}

/// The last digit of a LOINC code by the Luhn rule (modulus 10).
fn has_check_digit(text: &str) -> bool {
    let Some((body, check)) = text.split_once('-') else { return false };
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0');
            if at % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
        })
        .sum();
    check.parse() == Ok((10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_known_codes() {
        for code in ["2345-7", "718-7", "4548-4", "2160-0"] {
            assert!(has_check_digit(code), "{code}: glucose, haemoglobin, HbA1c, creatinine in LOINC");
        }
        assert!(!has_check_digit("2345-6"));
    }

    #[test]
    fn vocabularies_are_told_apart() {
        let found = |name: &'static str, levels: &[&'static str]| {
            system(&Texts {
                name,
                levels: levels.iter().map(|text| (*text, 5)).collect(),
                rows: 5 * levels.len(),
            })
        };
        assert_eq!(found("code", &["E11.9", "I10", "J45.909", "Z00.00"]), Some(CodeSystem::Icd10));
        assert_eq!(found("drug", &["A10BA02", "C09AA05", "N02BE01"]), Some(CodeSystem::Atc));
        assert_eq!(found("lab", &["2345-7", "718-7", "4548-4"]), Some(CodeSystem::Loinc));
        assert_eq!(found("age", &["34", "67", "50"]), None);
        let icd9: Vec<String> =
            (240..280).map(|n| format!("{n}.0")).chain(["V45".into(), "E885".into()]).collect();
        let levels = icd9.iter().map(|text| (text.as_str(), 5)).collect();
        assert_eq!(system(&Texts { name: "x", levels, rows: 5 * icd9.len() }), Some(CodeSystem::Icd9));
    }
}
