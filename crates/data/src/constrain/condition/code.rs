//! Does a code lie in a range of its vocabulary: `642.01` in ICD9 `630..679`?

use verosim_core::CodeSystem;

/// The code without dots, in capitals, or `None` when it is none of `system`. ICD-9 categories of figures are filled up
/// to three figures.
pub(super) fn bare(system: CodeSystem, text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('-').to_uppercase();
    let (head, tail) = text.split_once('.').unwrap_or((text.as_str(), ""));
    let is_code = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric());
    if head.is_empty() || !is_code(head) || !is_code(tail) {
        return None;
    }
    let letter = head.starts_with(|c: char| c.is_ascii_alphabetic());
    let figures = |from: usize| head.len() > from && head[from..].chars().all(|c| c.is_ascii_digit());
    let bare = match system {
        CodeSystem::Icd9 if letter => {
            let width = match &head[..1] {
                "V" => 3,
                "E" => 4,
                _ => return None,
            };
            (figures(1) && head.len() >= width).then(|| head.to_owned())?
        }
        CodeSystem::Icd9 => {
            let is_split = text.contains('.');
            // Five figures at most; without a dot the first three are the category.
            (figures(0) && head.len() <= if is_split { 3 } else { 5 }).then(|| format!("{head:0>3}"))?
        }
        CodeSystem::Icd10 => {
            let second = head.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
            (letter && second && head.len() >= 3).then(|| head.to_owned())?
        }
        CodeSystem::Atc => letter.then(|| head.to_owned())?,
        CodeSystem::Loinc | CodeSystem::Other => head.to_owned(),
    };
    Some(bare + tail)
}

/// Whether a [`bare`] code lies between two of them, all that stands below either included; `None` when it is coarser
/// than an end and may lie on either side.
pub(super) fn lies_in(code: &str, [first, last]: &[String; 2]) -> Option<bool> {
    if first.len() > code.len() && first.starts_with(code) && first != last {
        return None;
    }
    if last.len() > code.len() && last.starts_with(code) {
        return None;
    }
    let cut = |end: &str| &code[..code.len().min(end.len())];
    Some(cut(first) >= first.as_str() && cut(last) <= last.as_str())
}

/// The vocabulary that a word of a condition names.
pub(super) fn system(word: &str) -> Option<CodeSystem> {
    match word.to_uppercase().as_str() {
        "ICD9" | "ICD-9" | "ICD9CM" | "ICD-9-CM" => Some(CodeSystem::Icd9),
        "ICD10" | "ICD-10" | "ICD10CM" | "ICD-10-CM" => Some(CodeSystem::Icd10),
        "ATC" => Some(CodeSystem::Atc),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(system: CodeSystem, code: &str, first: &str, last: &str) -> Option<bool> {
        let end = |text: &str| bare(system, text).unwrap();
        lies_in(&bare(system, code)?, &[end(first), end(last)])
    }

    /// Chapters as the code books print them: chapter XV of ICD-10-CM is O00-O9A, chapter 11 of ICD-9-CM 630-679.
    #[test]
    fn ranges_hold_what_stands_below_their_ends() {
        use CodeSystem::{Icd9, Icd10};
        let cases = [
            (Icd10, "O80", "O00", "O9A", Some(true)),
            (Icd10, "O9A.21", "O00", "O9A", Some(true)),
            (Icd10, "o99.01", "O00", "O9A", Some(true)),
            (Icd10, "P00", "O00", "O9A", Some(false)),
            (Icd10, "N99", "O00", "O9A", Some(false)),
            (Icd10, "Z12.4", "Z12.4", "Z12.4", Some(true)),
            (Icd10, "Z12", "Z12.4", "Z12.4", None),
            (Icd10, "CHF", "O00", "O9A", None),
            (Icd9, "642.01", "630", "679", Some(true)),
            (Icd9, "64201", "630", "679", Some(true)),
            (Icd9, "8", "001", "139", Some(true)),
            (Icd9, "08.45", "001", "139", Some(true)),
            (Icd9, "V22.1", "V22", "V24", Some(true)),
            (Icd9, "V22.1", "630", "679", Some(false)),
            (Icd9, "680", "630", "679.99", Some(false)),
            (Icd9, "Other", "630", "679", None),
        ];
        for (system, code, first, last, want) in cases {
            assert_eq!(is_in(system, code, first, last), want, "{code} in {first}..{last}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for text in ["", ".", "?", "é.1", "1234567", "E1", "not a code"] {
            assert_eq!(bare(CodeSystem::Icd9, text), None, "{text}");
        }
    }
}
