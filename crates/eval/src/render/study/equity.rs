//! How is it shown which lever serves the worst group best?

use super::{Grid, maybe, method, page, signed, text};
use crate::study::{Equity, Subgroups};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const HEADS: [&str; 8] = [
    "Learned from",
    "Engine",
    "AUC of the worst group",
    "most often",
    "Gain over rows as they are",
    "Against the best ordinary way",
    "Equalised-odds gap",
    "Log loss of all",
];

const METHOD: &str = "In each repeat the people are split anew, unless the holdout is a file; every engine learns from all training \
                      people and draws enough rows that small groups can be filled up. The same boosted trees then learn the \
                      outcome in every way: training rows as they are; reweighed so that outcome and group are independent \
                      (Kamiran and Calders); every group resampled to the mean size; small cells of group and outcome filled up by \
                      SMOTE; a threshold for each group (Hardt and others), which moves no rank; synthetic rows of small groups \
                      added until all are as large as the largest, or by the logarithms of sizes; synthetic rows alone. All are \
                      judged on the same held-out people (see `verosim explain eq.vsml`). Gains are paired, repeat by repeat; the \
                      best ordinary way is the one with the best mean, thresholds aside. Intervals are at 95 %, over repeats, \
                      corrected for the people that these share (Nadeau and Bengio 2003), and of one comparison: with many groups \
                      and engines one in twenty is beyond chance by chance. Groups with fewer than 22 held-out people, or 11 with or \
                      without the outcome, are left out. Labels of the source are copied with their bias: equal service of a biased \
                      label is no equity.";

/// One self-contained page.
#[must_use]
pub fn equity_html(found: &Equity) -> String {
    let mut body = String::from("<section id=\"figures\"><h2>Figures</h2>");
    for table in &found.tables {
        grid(table, &caption(table)).html(&mut body);
    }
    for line in failures(found) {
        let _ = write!(body, "<p class=\"soft\">{}</p>", super::ticked(&super::escaped(&line)));
    }
    method(&mut body, METHOD);
    page(&title_of(found), &lead(found), &found.advice, &body)
}

/// The same as Markdown.
#[must_use]
pub fn equity_markdown(found: &Equity) -> String {
    let mut text = text(&title_of(found), &lead(found), &found.advice);
    text.push_str("\n## Figures\n");
    for table in &found.tables {
        grid(table, &caption(table)).markdown(&mut text);
    }
    for line in failures(found) {
        let _ = writeln!(text, "\n{line}");
    }
    text + "\n## Method\n\n" + METHOD + "\n"
}

fn title_of(found: &Equity) -> String {
    format!("{}: do synthetic rows serve small groups?", found.dataset)
}

fn lead(found: &Equity) -> String {
    format!(
        "{} repeats, {:.0} people learned from and {:.0} held out in each.",
        found.repeats, found.rows, found.holdout
    )
}

fn caption(table: &Subgroups) -> String {
    format!("{}, groups by {}", table.target, table.attribute)
}

fn grid<'a>(table: &Subgroups, caption: &'a str) -> Grid<'a> {
    let lines = table.levers.iter().map(|lever| {
        vec![
            lever.way.clone(),
            lever.engine.clone().unwrap_or_else(|| "–".into()),
            maybe(lever.worst.as_ref()),
            lever.group.clone(),
            signed(lever.gain.as_ref()),
            signed(lever.beyond.as_ref()),
            maybe(lever.odds_gap.as_ref()),
            maybe(lever.log_loss.as_ref()),
        ]
    });
    Grid { caption, heads: &HEADS, lines: lines.collect() }
}

/// A sentence for each engine and reason.
fn failures(found: &Equity) -> Vec<String> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (engine, why) in &found.failed {
        *counts.entry((engine, why)).or_default() += 1;
    }
    counts.into_iter().map(|((engine, why), n)| format!("`{engine}` failed {n} times: {why}.")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Reading;
    use crate::study::Lever;

    #[test]
    fn every_lever_is_told_in_both_forms() {
        let of = |value: f64| Some(Reading { value, interval: None, n: 3 });
        let lever = |engine: Option<&str>| Lever {
            way: "synthetic rows alone".into(),
            engine: engine.map(str::to_owned),
            worst: of(0.75),
            group: "F<".into(),
            gain: of(-0.125),
            beyond: engine.and_then(|_| of(0.25)),
            odds_gap: None,
            calibration: None,
            log_loss: of(0.5),
        };
        let table = Subgroups {
            target: "died = yes".into(),
            attribute: "sex".into(),
            levers: vec![lever(None), lever(Some("trees"))],
        };
        let found = Equity {
            dataset: "clinic".into(),
            repeats: 3,
            rows: 80.0,
            holdout: 40.0,
            tables: vec![table],
            advice: vec!["nothing helps".into()],
            failed: vec![("kde".into(), "too many".into()), ("kde".into(), "too many".into())],
        };
        let (html, text) = (equity_html(&found), equity_markdown(&found));
        assert!(
            html.contains("<td>F&lt;</td>") && html.contains("<code>kde</code> failed 2 times: too many."),
            "{html}"
        );
        let wanted = "| synthetic rows alone | trees | 0.750 | F&lt; | -0.125 | +0.250 | – | 0.500 |";
        assert!(text.contains(wanted) && text.contains("- nothing helps"), "{text}");
    }
}
