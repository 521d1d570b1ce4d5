//! How is it told whether risks are right and which learner wins?

use super::words::{escaped, number, reading};
use crate::card::{Calibration, Card, PanelRow};
use std::fmt::Write as _;

/// Heads of the table of risks.
const RISKS: [&str; 7] =
    ["event", "learned on", "slope", "intercept", "Brier", "log loss", "average precision"];
/// Heads of the table of learners.
const LEARNERS: [&str; 5] = [
    "learner",
    "score",
    "synthetic, tested on synthetic",
    "synthetic, tested on real",
    "real, tested on real",
];

/// What the table of risks shows.
const WHAT_RISKS_MEAN: &str = "\
Risks of boosted trees on holdout rows. Slope 1 and intercept 0 are right; a slope below 1 means risks that are too sure, an \
intercept above 0 risks that are too low. The average precision of no skill is the share with the event.";

/// What the table of learners shows.
const WHAT_LEARNERS_MEAN: &str = "\
Who has synthetic rows alone sees the first score and picks the learner that is best there; what that learner would reach on \
real rows is the last.";

/// The sections of risks and learners, where there are any.
pub(super) fn section(page: &mut String, card: &Card) {
    if card.calibrations.is_empty() && card.panel.is_empty() {
        return;
    }
    page.push_str("<section id=\"prediction\"><h2>Prediction: risks and learners</h2>");
    if !card.calibrations.is_empty() {
        table(page, &RISKS, card.calibrations.iter().flat_map(risks), WHAT_RISKS_MEAN);
    }
    if !card.panel.is_empty() {
        table(page, &LEARNERS, card.panel.iter().map(learner), WHAT_LEARNERS_MEAN);
    }
    page.push_str("</section>\n");
}

/// The same as plain text.
pub(super) fn text(out: &mut String, card: &Card) {
    if !card.calibrations.is_empty() {
        plain(out, "Risks", &RISKS, card.calibrations.iter().flat_map(risks), WHAT_RISKS_MEAN);
    }
    if !card.panel.is_empty() {
        plain(out, "Learners", &LEARNERS, card.panel.iter().map(learner), WHAT_LEARNERS_MEAN);
    }
}

fn risks(calibration: &Calibration) -> [[String; 7]; 2] {
    [("synthetic", &calibration.synthetic), ("real", &calibration.real)].map(|(side, found)| {
        [
            format!("{} ({:.1} %)", calibration.target, 100.0 * calibration.prevalence),
            side.into(),
            reading(&found.slope),
            reading(&found.intercept),
            number(found.brier),
            number(found.log_loss),
            number(found.average_precision),
        ]
    })
}

fn learner(row: &PanelRow) -> [String; 5] {
    [
        row.learner.clone(),
        format!("{} of {}", row.measure, row.target),
        number(row.seen),
        number(row.synthetic),
        number(row.real),
    ]
}

fn table<const K: usize>(
    page: &mut String,
    heads: &[&str; K],
    lines: impl Iterator<Item = [String; K]>,
    words: &str,
) {
    page.push_str("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
    heads.iter().for_each(|head| {
        let _ = write!(page, "<th scope=\"col\">{head}</th>");
    });
    page.push_str("</tr></thead><tbody>");
    for line in lines {
        let cells = line.map(|cell| escaped(&cell));
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{}</td></tr>",
            cells[0],
            cells[1..].join("</td><td>")
        );
    }
    let _ = write!(page, "</tbody></table></div><p class=\"soft\">{words}</p>");
}

fn plain<const K: usize>(
    out: &mut String,
    title: &str,
    heads: &[&str; K],
    lines: impl Iterator<Item = [String; K]>,
    words: &str,
) {
    let _ = writeln!(out, "\n## {title}\n\n{words}\n\n| {} |\n|{}", heads.join(" | "), "---|".repeat(K));
    for line in lines {
        let _ = writeln!(out, "| {} |", line.map(|cell| super::markdown::cell(&cell)).join(" | "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{Calibrated, Reading};

    #[test]
    fn both_sides_are_told_and_names_are_escaped() {
        let read = |value: f64| Reading { value, interval: None, n: 90 };
        let found = |slope: f64| Calibrated {
            slope: read(slope),
            intercept: read(0.25),
            brier: 0.125,
            log_loss: 0.5,
            average_precision: 0.75,
        };
        let calibration = Calibration {
            target: "a<b|c".into(),
            learner: "boosted trees".into(),
            prevalence: 0.125,
            synthetic: found(0.5),
            real: found(1.0),
        };
        let lines = risks(&calibration);
        assert_eq!((lines[0][1].as_str(), lines[0][2].as_str()), ("synthetic", "0.500"));
        assert_eq!((lines[1][1].as_str(), lines[1][2].as_str()), ("real", "1.000"));
        let (mut page, mut out) = (String::new(), String::new());
        table(&mut page, &RISKS, lines.clone().into_iter(), WHAT_RISKS_MEAN);
        plain(&mut out, "Risks", &RISKS, lines.into_iter(), WHAT_RISKS_MEAN);
        assert!(page.contains("a&lt;b|c (12.5 %)") && page.matches("<tr>").count() == 3, "{page}");
        assert!(out.contains("| a&lt;b\\|c (12.5 %) | synthetic | 0.500 |"), "{out}");
    }
}
