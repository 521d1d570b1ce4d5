//! Which texts of a column mean "missing"?

use crate::frame::decimal;
use crate::frame::parse::USUAL_MISSING;

/// The missing markers among `texts` (with row counts), by falling frequency, and a note on unusual ones.
///
/// Always missing: empty cells and the usual signs. Only beside numbers: `None` and the like, texts such as `<1` that
/// a laboratory prints outside its range, and code-book numbers (-9, 999) that lie far outside all others.
pub(super) fn markers(texts: &[(&str, usize)], may_be_numeric: bool) -> (Vec<String>, Option<String>) {
    let mut found: Vec<(&str, usize)> = Vec::new();
    let mut rest: Vec<(&str, usize)> = Vec::new();
    for &(text, rows) in texts {
        let usual = USUAL_MISSING.contains(&text.trim().to_lowercase().as_str());
        if usual { found.push((text, rows)) } else { rest.push((text, rows)) }
    }
    let mut notes = Vec::new();
    if may_be_numeric {
        let (numbers, others): (Vec<_>, Vec<_>) =
            rest.iter().partition(|(text, _)| decimal::read(text, '.').is_some());
        let rows = |texts: &[(&str, usize)]| texts.iter().map(|(_, rows)| rows).sum::<usize>();
        let mostly_numbers = numbers.len() >= 8 && rows(&numbers) > rows(&others);
        if mostly_numbers
            && !others.is_empty()
            && others.len() <= MOST_WORDS
            && others.iter().all(|(text, _)| is_remark(text))
        {
            notes.push(format!(
                "{} rows hold a remark instead of a number; kept as kinds of missing",
                rows(&others)
            ));
            found.extend(&others);
        }
        if others.is_empty() || mostly_numbers {
            let codes = code_book(&numbers);
            if !codes.is_empty() {
                notes.push(format!("{} rows hold a code-book number for missing", rows(&codes)));
                found.extend(codes);
            }
        }
    }
    found.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    found.truncate(200);
    let note = (!notes.is_empty()).then(|| notes.join("; "));
    (found.into_iter().map(|(text, _)| text.to_owned()).collect(), note)
}

/// More different remarks than this are levels.
const MOST_WORDS: usize = 4;

fn is_remark(text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let bound = text
        .strip_prefix(['<', '>'])
        .is_some_and(|rest| decimal::read(rest.trim_start_matches('='), '.').is_some());
    bound
        || [
            "none", "nd", "unknown", "unk", "missing", "inf", "-inf", "+inf", "infinity", "*", "not done",
            "refused", "error",
        ]
        .contains(&text.as_str())
}

/// Numbers of the -9 and 999 families that no neighbour is near.
fn code_book<'a>(numbers: &[(&'a str, usize)]) -> Vec<(&'a str, usize)> {
    const LOW: [f64; 10] = [-7.0, -8.0, -9.0, -77.0, -88.0, -99.0, -777.0, -888.0, -999.0, -9999.0];
    const HIGH: [f64; 6] = [99.0, 888.0, 999.0, 8888.0, 9999.0, 99999.0];
    let value = |text: &str| decimal::read(text, '.').unwrap_or(f64::NAN);
    let is_low = |text: &str| LOW.contains(&value(text));
    let is_high = |text: &str| HIGH.contains(&value(text));
    let plain: Vec<f64> = numbers
        .iter()
        .map(|(text, _)| *text)
        .filter(|text| !is_low(text) && !is_high(text))
        .map(value)
        .collect();
    let Some(least) = plain.iter().copied().min_by(f64::total_cmp) else { return Vec::new() };
    let most = plain.iter().copied().max_by(f64::total_cmp).unwrap_or(least);
    let total: usize = numbers.iter().map(|(_, rows)| rows).sum();
    numbers
        .iter()
        .copied()
        .filter(|(text, rows)| {
            let low = is_low(text) && least >= 0.0;
            // A high code must be frequent and far from everything else.
            let high = is_high(text)
                && value(text) > 2.0 * most
                && *rows >= 3
                && *rows * 500 >= total
                && plain.len() >= 5;
            low || high
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_are_found_by_family() {
        let numbers: Vec<String> = (20..60).map(|n| n.to_string()).collect();
        let with = |extra: &[(&'static str, usize)]| {
            let mut texts: Vec<(&str, usize)> = numbers.iter().map(|n| (n.as_str(), 10)).collect();
            texts.extend(extra);
            markers(&texts, true).0
        };
        assert_eq!(with(&[("NA", 5), ("", 9)]), ["", "NA"], "by falling frequency");
        assert_eq!(with(&[("-9", 4)]), ["-9"], "no other value is negative");
        assert_eq!(with(&[("999", 8)]), ["999"], "far above 59");
        assert!(with(&[("99", 8)]).is_empty(), "99 is near 59: may be an age");
        assert_eq!(with(&[("<1", 30)]), ["<1"], "below the limit of detection");
        assert_eq!(with(&[("None", 30)]), ["None"]);
        assert!(
            markers(&[("None", 5), ("Norm", 7), (">8", 2)], true).0.is_empty(),
            "`None` is a level among levels"
        );
    }
}
