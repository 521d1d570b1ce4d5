//! How are all membership attacks shown together?

use super::chart;
use super::markdown::cell;
use super::words::{escaped, number, reading};
use crate::card::{Card, FamilyScore, Reading, Strongest};
use std::fmt::Write as _;

/// Columns of the table of attacks.
const HEADER: [&str; 5] = ["attack", "AUC", "found at 1 % false alarms", "advantage", "p alone"];

/// What the test says.
fn what_it_says(family: &Strongest) -> String {
    let strongest = family.scores.get(family.strongest);
    format!(
        "Strongest is {}; when the labels member and other change places, {} of {} permutations have a strongest attack as \
         strong (adjusted p {}). Advantages are standard normal deviates: the greater of that of the AUC and of members among the \
         highest scores. At this size a single attack must reach an AUC of {} to be told from chance in four of five tables.",
        strongest.map_or_else(|| "none".to_owned(), name),
        ((family.p * (family.permutations + 1) as f64).round() as usize).saturating_sub(1),
        family.permutations,
        number(family.p),
        number(family.least_detectable)
    )
}

fn name(score: &FamilyScore) -> String {
    if score.space.is_empty() { score.name.clone() } else { format!("{} ({})", score.name, score.space) }
}

fn cells(score: &FamilyScore) -> [String; 4] {
    [
        reading(&score.auc),
        score.found.as_ref().map_or("needs 1,000 holdout people".into(), reading),
        format!("{:+.1}", score.advantage),
        number(score.p),
    ]
}

/// The tenths of all people by distance from others where the attack could be made.
fn tenths(family: &Strongest) -> impl Iterator<Item = (usize, &Reading)> {
    family.outlying.iter().filter_map(|tenth| Some((tenth.at, tenth.auc.as_ref()?)))
}

/// The test on a page.
pub(super) fn section(page: &mut String, card: &Card) {
    let Some(family) = &card.strongest else { return };
    let _ = write!(
        page,
        "<h3>All attacks under one test</h3><p>{}</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>",
        escaped(&what_it_says(family))
    );
    HEADER.iter().for_each(|what| {
        let _ = write!(page, "<th scope=\"col\">{what}</th>");
    });
    page.push_str("</tr></thead><tbody>");
    for score in &family.scores {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{} <code>{}</code></th>",
            escaped(&name(score)),
            escaped(&score.id)
        );
        for cell in cells(score) {
            let _ = write!(page, "<td>{}</td>", escaped(&cell));
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></div>");
    if tenths(family).next().is_none() {
        return;
    }
    page.push_str("<h3>Who is at risk: people by distance from others</h3><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Tenth of all people, 10 the farthest</th><th scope=\"col\">AUC of the strongest attack</th><th scope=\"col\">0.5 is safe</th></tr></thead><tbody>");
    for (at, auc) in tenths(family) {
        let label = format!("tenth {at}");
        let half = Reading { value: 0.5, interval: None, n: auc.n };
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{at}</th><td>{}</td><td>{}</td></tr>",
            reading(auc),
            chart::whiskers(auc, &half, 0.5, &label)
        );
    }
    page.push_str("</tbody></table></div>");
}

/// The test in Markdown.
pub(super) fn body(text: &mut String, card: &Card) {
    let Some(family) = &card.strongest else { return };
    let _ = writeln!(text, "\n### All attacks under one test\n\n{}\n", cell(&what_it_says(family)));
    let _ = writeln!(text, "| {} |\n|{}", HEADER.join(" | "), "---|".repeat(HEADER.len()));
    for score in &family.scores {
        let _ = writeln!(text, "| {} `{}` | {} |", cell(&name(score)), score.id, cells(score).join(" | "));
    }
    let rows: Vec<String> = tenths(family).map(|(at, auc)| format!("| {at} | {} |", reading(auc))).collect();
    if !rows.is_empty() {
        let _ = writeln!(
            text,
            "\n| tenth of all people by distance from others, 10 the farthest | AUC of the strongest attack |\n|---|---|\n{}",
            rows.join("\n")
        );
    }
}
