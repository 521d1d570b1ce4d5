//! Do the levels have an order?

use super::column::Texts;
use crate::frame::decimal;

/// Whole-number levels in rising order.
pub(super) fn numeric(texts: &Texts<'_>) -> Option<Vec<String>> {
    let mut levels: Vec<(f64, &str)> = texts
        .levels
        .iter()
        .map(|(text, _)| Some((decimal::read(text, '.')?, *text)))
        .collect::<Option<_>>()?;
    levels.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    Some(levels.into_iter().map(|(_, text)| text.to_owned()).collect())
}

/// Levels in the order that bands, stages and grades usually have; `None` when no usual order covers all of them.
pub(super) fn known(texts: &Texts<'_>) -> Option<Vec<String>> {
    let mut levels: Vec<&str> = texts.levels.iter().map(|(text, _)| *text).collect();
    levels.sort_unstable();
    if levels.len() < 3 || levels.len() > 60 {
        return None;
    }
    for scale in SCALES {
        let place = |text: &str| {
            scale.iter().position(|words| words.split('|').any(|word| word == text.trim().to_lowercase()))
        };
        if let Some(places) = levels.iter().map(|text| place(text)).collect::<Option<Vec<_>>>() {
            let mut sorted: Vec<(usize, &str)> = places.into_iter().zip(levels).collect();
            sorted.sort_unstable();
            return Some(sorted.into_iter().map(|(_, text)| text.to_owned()).collect());
        }
    }
    bands(&levels)
}

/// Whether whole numbers look like a scale rather than a count: few, small, and close together.
pub(super) fn is_short_scale(values: &[(f64, usize)]) -> bool {
    let (Some(first), Some(last)) = (values.first(), values.last()) else { return false };
    values.len() <= 10 && first.0 >= -5.0 && last.0 <= 20.0 && last.0 - first.0 < 2.0 * values.len() as f64
}

const SCALES: [&[&str]; 5] = [
    &["very low", "low", "medium|moderate|mid|normal|intermediate", "high", "very high"],
    &["none|no|absent", "mild|minimal|slight", "moderate", "severe|marked", "very severe|extreme|critical"],
    &["excellent", "vgood|very good", "good", "fair", "poor"],
    &["never|none", "rarely", "sometimes|several|occasionally", "often|most|usually", "always"],
    &["0", "i|stage i|1", "ii|stage ii|2", "iii|stage iii|3", "iv|stage iv|4", "v|stage v|5"],
];

/// Bands such as `[0-10)`, `25000-34999` or `more 99999`, by their first number; all must have a number and most a
/// second one.
fn bands(levels: &[&str]) -> Option<Vec<String>> {
    let mut sorted = Vec::with_capacity(levels.len());
    let mut ranges = 0;
    for &text in levels {
        let numbers = numbers_in(text);
        let first = *numbers.first()?;
        ranges += usize::from(numbers.len() == 2 && numbers[0] < numbers[1]);
        let open = text.trim_start().to_lowercase();
        let below = open.starts_with('<') || open.starts_with("under") || open.starts_with("less");
        let above = open.starts_with('>') || open.starts_with("over") || open.starts_with("more");
        sorted.push((
            first
                + if below {
                    -1e-6
                } else if above {
                    1e-6
                } else {
                    0.0
                },
            text,
        ));
    }
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    let distinct = sorted.windows(2).all(|pair| pair[0].0 < pair[1].0);
    (distinct && ranges * 2 >= levels.len())
        .then(|| sorted.into_iter().map(|(_, text)| text.to_owned()).collect())
}

fn numbers_in(text: &str) -> Vec<f64> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter(|part| part.chars().any(|c| c.is_ascii_digit()))
        .filter_map(|part| part.trim_matches('.').parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(levels: &[&'static str]) -> Option<Vec<String>> {
        known(&Texts {
            name: "x",
            levels: levels.iter().map(|text| (*text, 1)).collect(),
            rows: levels.len(),
        })
    }

    #[test]
    fn usual_orders_are_known() {
        assert_eq!(found(&["[70-80)", "[0-10)", "[10-20)"]).unwrap(), ["[0-10)", "[10-20)", "[70-80)"]);
        assert_eq!(found(&["severe", "none", "mild"]).unwrap(), ["none", "mild", "severe"]);
        assert_eq!(found(&["III", "I", "II"]).unwrap(), ["I", "II", "III"]);
        assert_eq!(found(&["more 99999", " 0-4999", "5000-9999"]).unwrap()[2], "more 99999");
        assert_eq!(found(&["Cardiology", "Surgery", "Oncology"]), None);
        assert_eq!(found(&["ward 3", "ward 4", "ward 5"]), None, "numbered names are not bands");
    }
}
