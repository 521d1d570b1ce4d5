//! Are the texts days, instants or lengths of time, and in which pattern?

use super::column::Texts;
use crate::frame::time;
use verosim_core::Kind;

/// Times and how they are written.
pub(super) struct Times {
    pub(super) kind: Kind,
    pub(super) pattern: &'static str,
    pub(super) confidence: f64,
    pub(super) reason: String,
}

/// `None` unless every text reads in one pattern of one kind (of the `declared` kind, when given).
pub(super) fn look(texts: &Texts<'_>, declared: Option<Kind>) -> Option<Times> {
    let families: [(Kind, &[&'static str]); 3] =
        [(Kind::Datetime, &time::DATETIMES), (Kind::Date, &time::DATES), (Kind::Duration, &time::DURATIONS)];
    for (kind, patterns) in families {
        if declared.is_some_and(|declared| declared != kind) {
            continue;
        }
        let fits: Vec<&'static str> = patterns
            .iter()
            .copied()
            .filter(|pattern| texts.levels.iter().all(|(text, _)| time::read(text, pattern, kind).is_some()))
            .collect();
        // Prefer a pattern that also writes the texts as they stand.
        let faithful = |pattern: &&&'static str| {
            texts.levels.iter().take(200).all(|(text, _)| {
                time::read(text, pattern, kind).and_then(|value| time::write(value, pattern, kind)).as_deref()
                    == Some(text)
            })
        };
        let Some(&pattern) = fits.iter().find(faithful).or(fits.first()) else { continue };
        if declared.is_none() && kind == Kind::Date && pattern == "%Y%m%d" && !plausible_days(texts) {
            continue;
        }
        let swapped = |a: &str, b: &str| fits.contains(&a) && fits.contains(&b);
        let ambiguous = swapped("%d/%m/%Y", "%m/%d/%Y")
            || swapped("%d-%m-%Y", "%m-%d-%Y")
            || swapped("%d/%m/%y", "%m/%d/%y");
        let two_digits = pattern.contains("%y");
        let (confidence, reason) = match (ambiguous, two_digits) {
            (true, _) => (0.5, "day and month could be swapped in every row; read day first".to_owned()),
            (false, true) => (0.7, "two-digit years; 69 to 99 are read as 19..".to_owned()),
            (false, false) => (0.95, format!("every text reads as {}", pattern_words(pattern))),
        };
        return Some(Times { kind, pattern, confidence, reason });
    }
    None
}

/// How many rows read as some date although the column as a whole does not: for the refusal in words.
pub(super) fn mixed(texts: &Texts<'_>) -> Option<String> {
    let reads = |text: &str| {
        text.len() >= 6
            && time::DATES
                .iter()
                .any(|pattern| *pattern != "%Y%m%d" && time::read(text, pattern, Kind::Date).is_some())
    };
    let share = texts.share(reads);
    (share >= 0.5 && texts.levels.len() > 2).then(|| {
        let rows = (share * texts.rows as f64).round() as usize;
        let others = texts.rows - rows;
        if others == 0 {
            format!(
                "dates in more than one format ({rows} rows): make them uniform to have them read as dates"
            )
        } else {
            format!("{rows} rows read as dates and {others} do not: mend them to have them read as dates")
        }
    })
}

/// Eight digits are days when they stay within 150 years and there are several.
fn plausible_days(texts: &Texts<'_>) -> bool {
    texts.levels.len() >= 3
        && texts.levels.iter().all(|(text, _)| {
            text.trim().get(..2).is_some_and(|century| ["18", "19", "20"].contains(&century))
        })
}

fn pattern_words(pattern: &str) -> String {
    pattern
        .replace("%Y", "YYYY")
        .replace("%m", "MM")
        .replace("%d", "DD")
        .replace("%H", "hh")
        .replace("%M", "mm")
        .replace("%S", "ss")
        .replace("%b", "Mon")
        .replace("%.f", ".fff")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(levels: &[&'static str]) -> Option<(Kind, &'static str, f64)> {
        let texts =
            Texts { name: "x", levels: levels.iter().map(|text| (*text, 1)).collect(), rows: levels.len() };
        look(&texts, None).map(|times| (times.kind, times.pattern, times.confidence))
    }

    #[test]
    fn patterns_are_settled_over_the_whole_column() {
        assert_eq!(found(&["2024-03-20", "1999-12-31"]), Some((Kind::Date, "%Y-%m-%d", 0.95)));
        assert_eq!(found(&["20240320", "20240321", "20231224"]), Some((Kind::Date, "%Y%m%d", 0.95)));
        assert_eq!(
            found(&["03/04/2024", "25/04/2024"]),
            Some((Kind::Date, "%d/%m/%Y", 0.95)),
            "25 is no month"
        );
        assert_eq!(
            found(&["03/04/2024", "04/25/2024"]),
            Some((Kind::Date, "%m/%d/%Y", 0.95)),
            "25 is no month"
        );
        assert_eq!(
            found(&["03/04/2024", "05/06/2024"]),
            Some((Kind::Date, "%d/%m/%Y", 0.5)),
            "ambiguous, said so"
        );
        assert_eq!(found(&["03/04/24", "25/06/99"]), Some((Kind::Date, "%d/%m/%y", 0.7)));
        assert_eq!(found(&["2024-03-20 10:00:00", "2024-03-21 11:30:00"]).map(|f| f.0), Some(Kind::Datetime));
        assert_eq!(found(&["12:30:00", "01:15:59"]).map(|f| f.0), Some(Kind::Duration));
        assert_eq!(found(&["2024-03-20", "20/03/2024"]), None, "mixed formats are refused");
        assert_eq!(found(&["120", "80"]), None);
    }
}
