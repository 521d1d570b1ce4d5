//! How are figures of groups of people told?

use super::markdown::cell;
use super::words::{escaped, reading};
use crate::card::{Card, GroupReading};
use crate::groups::SUPPRESSED;
use std::fmt::Write as _;

const WHAT: &str = "Groups of fewer than 50 holdout people, and figures that rest on fewer than 11, are not told. 0 is right for \
                    log disparity and loss, 0.5 for membership; an AUC learned on synthetic rows is to be read beside that \
                    learned on real ones. Figures of small groups differ by chance: look at the intervals. Bias of the source is \
                    kept: faithful is not fair.";

/// Rows and columns of the table: groups and figures, each in the order in which they were left.
struct Matrix<'a> {
    groups: Vec<(&'a str, &'a str)>,
    measures: Vec<(&'a str, &'a str)>,
    readings: &'a [GroupReading],
}

impl<'a> Matrix<'a> {
    fn of(readings: &'a [GroupReading]) -> Self {
        let mut matrix = Self { groups: Vec::new(), measures: Vec::new(), readings };
        for found in readings {
            let (group, measure) = (
                (found.attribute.as_str(), found.group.as_str()),
                (found.id.as_str(), found.measure.as_str()),
            );
            if !matrix.groups.contains(&group) {
                matrix.groups.push(group);
            }
            if !matrix.measures.contains(&measure) {
                matrix.measures.push(measure);
            }
        }
        matrix
    }

    /// Name, holdout people and figures of each group.
    fn lines(&self) -> impl Iterator<Item = (String, usize, Vec<String>)> {
        self.groups.iter().map(|&(attribute, group)| {
            let own = || self.readings.iter().filter(move |r| r.attribute == attribute && r.group == group);
            let cells = self.measures.iter().map(|&(id, measure)| {
                let found = own().find(|found| found.id == id && found.measure == measure);
                found.map_or("–".to_owned(), |found| reading(&found.reading))
            });
            let n = own().map(|found| found.reading.n).max().unwrap_or(0);
            (format!("{attribute}: {group}"), n, cells.collect())
        })
    }

    fn heads(&self) -> Vec<String> {
        let measures = self.measures.iter().map(|(id, measure)| format!("{measure} ({id})"));
        ["group".to_owned(), "holdout people".to_owned()].into_iter().chain(measures).collect()
    }
}

fn summary(card: &Card) -> String {
    let part = |entry: &crate::Entry| {
        entry.parts.iter().find(|(part, _)| part == SUPPRESSED).map(|(_, value)| *value as usize)
    };
    let suppressed = card.entries.iter().filter_map(part).max().unwrap_or(0);
    format!("{suppressed} groups are too small to tell of.")
}

/// As a section of the page.
pub(super) fn section(page: &mut String, card: &Card) {
    if card.equity.is_empty() {
        return;
    }
    let matrix = Matrix::of(&card.equity);
    let _ = write!(
        page,
        "<section id=\"equity\"><h2>Groups of people</h2><p>{}</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>",
        escaped(&summary(card))
    );
    for head in matrix.heads() {
        let _ = write!(page, "<th scope=\"col\">{}</th>", escaped(&head));
    }
    page.push_str("</tr></thead><tbody>");
    for (group, n, cells) in matrix.lines() {
        let cells: Vec<String> = cells.iter().map(|cell| escaped(cell)).collect();
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{n}</td><td>{}</td></tr>",
            escaped(&group),
            cells.join("</td><td>")
        );
    }
    let _ = write!(page, "</tbody></table></div><p class=\"soft\">{}</p>", escaped(WHAT));
    super::remedy::tables(page, &card.remedies);
    page.push_str("</section>\n");
}

/// The same as Markdown.
pub(super) fn markdown(text: &mut String, card: &Card) {
    if card.equity.is_empty() {
        return;
    }
    let matrix = Matrix::of(&card.equity);
    let heads: Vec<String> = matrix.heads().iter().map(|head| cell(head)).collect();
    let _ = writeln!(
        text,
        "\n## Groups of people\n\n{} {WHAT}\n\n| {} |\n|{}",
        summary(card),
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for (group, n, cells) in matrix.lines() {
        let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
        let _ = writeln!(text, "| {} | {n} | {} |", cell(&group), cells.join(" | "));
    }
    super::remedy::markdown(text, &card.remedies);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Reading;

    #[test]
    fn groups_are_rows_and_figures_are_columns() {
        let found = |id: &str, group: &str, value: f64| GroupReading {
            id: id.into(),
            measure: "loss".into(),
            attribute: "s<x".into(),
            group: group.into(),
            reading: Reading { value, interval: None, n: 77 },
        };
        let readings = [found("eq.rep", "F", 0.5), found("eq.rep", "M", 0.25), found("eq.real", "M", 0.125)];
        let matrix = Matrix::of(&readings);
        assert_eq!(matrix.heads(), ["group", "holdout people", "loss (eq.rep)", "loss (eq.real)"]);
        let lines: Vec<_> = matrix.lines().collect();
        assert_eq!(lines[0], ("s<x: F".into(), 77, vec!["0.500".into(), "–".into()]));
        assert_eq!(lines[1].2, ["0.250", "0.125"]);
    }
}
