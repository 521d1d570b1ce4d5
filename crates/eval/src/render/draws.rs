//! How are several synthetic tables of one generator told apart and taken together?

use super::words::{escaped, number, outcome};
use crate::card::{Draws, Spread};
use std::fmt::Write as _;

/// What the figures are.
const MEANING: &str = "The first table is the one that the rest of this page is about. Intervals are for the mean and hold \
                       both kinds of chance: which patients were drawn into each table, and which people are in the \
                       holdout. A large share between tables means that another draw may come out otherwise.";
const TITLES: [&str; 5] = ["Metric", "Mean (95 % interval)", "Deviation", "Range", "Chance between tables"];

/// The tables side by side: name, rows, outcomes.
fn tables(draws: &Draws) -> (Vec<String>, Vec<Vec<String>>) {
    let mut titles = vec!["Table".to_owned(), "Rows".to_owned()];
    let Some(first) = draws.tables.first() else { return (titles, Vec::new()) };
    titles.extend(first.verdicts.iter().map(|(question, _)| question.clone()));
    titles.extend(first.policy.map(|_| "policy".to_owned()));
    let told = |one| {
        let (_, sign, word) = outcome(one);
        format!("{sign} {word}")
    };
    let lines = draws.tables.iter().map(|table| {
        let mut cells = vec![table.name.clone(), table.rows.to_string()];
        cells.extend(table.verdicts.iter().map(|(_, one)| told(*one)));
        cells.extend(table.policy.map(told));
        cells
    });
    (titles, lines.collect())
}

fn cells(spread: &Spread) -> [String; 5] {
    let mean = match spread.interval {
        Some(interval) => {
            format!("{} ({} to {})", number(spread.mean), number(interval.low), number(interval.high))
        }
        None => number(spread.mean),
    };
    [
        spread.id.clone(),
        mean,
        number(spread.deviation),
        format!("{} to {}", number(spread.range[0]), number(spread.range[1])),
        spread.between.map_or("–".into(), |share| format!("{:.0} %", 100.0 * share)),
    ]
}

fn grid<'a>(page: &mut String, titles: &[String], lines: impl Iterator<Item = &'a [String]>) {
    page.push_str("<div class=\"scroll\" tabindex=\"0\"><table class=\"sortable\"><thead><tr>");
    for title in titles {
        let _ = write!(page, "<th scope=\"col\">{}</th>", escaped(title));
    }
    page.push_str("</tr></thead><tbody>");
    for line in lines {
        let _ = write!(page, "<tr><th scope=\"row\">{}</th>", escaped(&line[0]));
        line[1..].iter().for_each(|cell| {
            let _ = write!(page, "<td>{}</td>", escaped(cell));
        });
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></div>");
}

/// The section of several tables, where there are several.
pub(super) fn section(page: &mut String, draws: &Draws) {
    if draws.tables.is_empty() {
        return;
    }
    let (titles, lines) = tables(draws);
    let _ = write!(
        page,
        "<section id=\"robustness\"><h2>Robustness: {} tables of one generator</h2><p>{MEANING}</p>",
        draws.tables.len()
    );
    grid(page, &titles, lines.iter().map(Vec::as_slice));
    page.push_str("<details><summary>Every figure over all tables</summary>");
    let spreads: Vec<[String; 5]> = draws.spreads.iter().map(cells).collect();
    grid(page, &TITLES.map(str::to_owned), spreads.iter().map(<[String; 5]>::as_slice));
    page.push_str("</details></section>\n");
}

/// The same as plain text.
pub(super) fn text(out: &mut String, draws: &Draws) {
    if draws.tables.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## Robustness: {} tables of one generator\n\n{MEANING}\n", draws.tables.len());
    let (titles, lines) = tables(draws);
    let mut grid = |titles: &[String], lines: &mut dyn Iterator<Item = String>| {
        let _ = writeln!(out, "| {} |\n|{}", titles.join(" | "), "---|".repeat(titles.len()));
        lines.for_each(|line| {
            let _ = writeln!(out, "| {line} |");
        });
        out.push('\n');
    };
    grid(&titles, &mut lines.iter().map(|line| line.join(" | ")));
    grid(&TITLES.map(str::to_owned), &mut draws.spreads.iter().map(|spread| cells(spread).join(" | ")));
}
