//! How are synthetic rows told beside ordinary ways to serve groups alike?

use super::markdown::cell;
use super::words::{escaped, number, reading};
use crate::card::{Reading, Remedies, Remedy};
use std::fmt::Write as _;

/// Heads of each table.
const HEADS: [&str; 7] = [
    "learned from",
    "rows",
    "AUC of the worst group",
    "worst group",
    "share minus risk, group furthest off",
    "equalised-odds gap",
    "log loss of all",
];

/// What the tables show.
const WHAT: &str = "The same boosted trees, learned in every way from the training rows or with synthetic ones, and judged on the \
                    same holdout people (eq.vsml). 0 is right for the difference of share and risk and for the gap of equalised \
                    odds; thresholds move nothing but that gap. Groups with fewer than 11 holdout people with, or without, the \
                    outcome are left out. Intervals are those of one group; whether synthetic rows gain anything is the value of \
                    eq.vsml with its paired interval.";

/// One table for each outcome and column of groups, where there are any.
pub(super) fn tables(page: &mut String, all: &[Remedies]) {
    if all.is_empty() {
        return;
    }
    page.push_str("<h3 id=\"remedies\">Synthetic rows beside ordinary ways</h3>");
    for remedies in all {
        let _ = write!(
            page,
            "<div class=\"scroll\" tabindex=\"0\"><table><caption class=\"soft\">{}</caption><thead><tr>",
            escaped(&title(remedies))
        );
        for head in HEADS {
            let _ = write!(page, "<th scope=\"col\">{head}</th>");
        }
        page.push_str("</tr></thead><tbody>");
        for remedy in &remedies.ways {
            let cells = line(remedy).map(|text| escaped(&text));
            let (way, others) = (&cells[0], cells[1..].join("</td><td>"));
            let _ = write!(page, "<tr><th scope=\"row\">{way}</th><td>{others}</td></tr>");
        }
        page.push_str("</tbody></table></div>");
    }
    let _ = write!(page, "<p class=\"soft\">{WHAT}</p>");
}

/// The same as Markdown.
pub(super) fn markdown(text: &mut String, all: &[Remedies]) {
    if all.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n### Synthetic rows beside ordinary ways\n\n{WHAT}");
    for remedies in all {
        let (heads, rule) = (HEADS.join(" | "), "---|".repeat(HEADS.len()));
        let _ = writeln!(text, "\n{}\n\n| {heads} |\n|{rule}", cell(&title(remedies)));
        for remedy in &remedies.ways {
            let _ = writeln!(text, "| {} |", line(remedy).map(|text| cell(&text)).join(" | "));
        }
    }
}

/// Name and figure of everything in the tables.
pub(super) fn figures(all: &[Remedies], mut tell: impl FnMut(&str, Reading)) {
    for remedies in all {
        for remedy in &remedies.ways {
            let name = format!("{}, {}", title(remedies), remedy.way);
            let bare = |value: f64| Reading { value, interval: None, n: 0 };
            tell(&format!("{name}: AUC of the worst group, {}", remedy.worst), remedy.auc);
            tell(&format!("{name}: share minus risk, {}", remedy.off), bare(remedy.calibration));
            remedy.odds_gap.iter().for_each(|gap| tell(&format!("{name}: equalised-odds gap"), bare(*gap)));
            tell(&format!("{name}: log loss"), bare(remedy.log_loss));
            tell(&format!("{name}: rows learned from"), bare(remedy.n_learned as f64));
        }
    }
}

fn title(remedies: &Remedies) -> String {
    format!("{}, groups by {}", remedies.target, remedies.attribute)
}

fn line(remedy: &Remedy) -> [String; 7] {
    [
        remedy.way.clone(),
        remedy.n_learned.to_string(),
        reading(&remedy.auc),
        format!("{}, {} people", remedy.worst, remedy.auc.n),
        format!("{} ({})", number(remedy.calibration), remedy.off),
        remedy.odds_gap.map_or("–".to_owned(), number),
        number(remedy.log_loss),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_core::Interval;

    fn remedies() -> [Remedies; 1] {
        let interval = Some(Interval { low: 0.5, high: 0.75, level: 0.95 });
        let remedy = |way: &str, odds_gap: Option<f64>| Remedy {
            way: way.into(),
            n_learned: 1234,
            worst: "F<".into(),
            auc: Reading { value: 0.625, interval, n: 77 },
            off: "M".into(),
            calibration: -0.125,
            odds_gap,
            log_loss: 0.5,
        };
        let ways = vec![remedy("reweighed", Some(0.25)), remedy("synthetic rows alone", None)];
        [Remedies { target: "died|x = yes".into(), attribute: "sex".into(), ways }]
    }

    #[test]
    fn every_way_is_told_on_the_page_in_markdown_and_as_figures() {
        let (mut page, mut text, mut told) = (String::new(), String::new(), Vec::new());
        tables(&mut page, &remedies());
        assert!(page.contains("<td>0.625 (0.500 to 0.750)</td><td>F&lt;, 77 people</td>"), "{page}");
        assert_eq!(page.matches("<tr>").count(), 3);
        markdown(&mut text, &remedies());
        let wanted =
            "| reweighed | 1234 | 0.625 (0.500 to 0.750) | F&lt;, 77 people | -0.125 (M) | 0.250 | 0.500 |";
        assert!(text.contains(wanted) && text.contains("died\\|x = yes, groups by sex"), "{text}");
        figures(&remedies(), |part, reading| told.push((part.to_owned(), reading.value, reading.n)));
        assert_eq!(told.len(), 9, "the second way has no gap");
        assert_eq!(
            told[0],
            ("died|x = yes, groups by sex, reweighed: AUC of the worst group, F<".into(), 0.625, 77)
        );
        let mut none = String::new();
        tables(&mut none, &[]);
        markdown(&mut none, &[]);
        assert_eq!(none, "");
    }
}
