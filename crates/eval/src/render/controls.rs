//! How is it told what the metrics say of known tables?

use super::words::{escaped, number, outcome};
use crate::card::Control;
use std::fmt::Write as _;

/// What the controls are.
const MEANING: &str = "The same judge on tables made from the same real rows, at most 2,000 of each: what it says of other \
                       people, of tables that learned nothing, and of leaks. A leak that raises no alarm here would raise \
                       none in the synthetic rows either: at this size, no alarm is no evidence.";

/// Cells of a control: name, values by metric, privacy, who noticed, whether that is right.
fn cells(control: &Control, ids: &[&str]) -> Vec<String> {
    let mut cells = vec![control.name.clone(), control.rows.to_string()];
    for id in ids {
        let value = control.values.iter().find(|(known, _)| known == id);
        cells.push(value.map_or("–".into(), |(_, value)| number(*value)));
    }
    cells.push(outcome(control.privacy).2.to_owned());
    cells.push(if control.caught.is_empty() { "nobody".into() } else { control.caught.join(", ") });
    cells.push(
        match control.as_expected {
            Some(true) => "✓ as it must be",
            Some(false) => "✗ not as it must be",
            None => "–",
        }
        .to_owned(),
    );
    cells
}

fn header(controls: &[Control]) -> (Vec<&str>, Vec<&str>) {
    let widest = controls.iter().max_by_key(|control| control.values.len());
    let ids: Vec<&str> =
        widest.map_or(Vec::new(), |widest| widest.values.iter().map(|(id, _)| id.as_str()).collect());
    let titles = [&["table", "rows"][..], &ids, &["privacy", "noticed by", "right"]].concat();
    (ids, titles)
}

/// The controls as a section.
pub(super) fn controls_html(page: &mut String, controls: &[Control]) {
    let (ids, titles) = header(controls);
    let _ = write!(
        page,
        "<section id=\"controls\"><h2>Can these metrics tell?</h2><p>{MEANING}</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr>"
    );
    for title in titles {
        let _ = write!(page, "<th scope=\"col\">{}</th>", escaped(title));
    }
    page.push_str("</tr></thead><tbody>");
    for control in controls {
        let cells = cells(control, &ids);
        let _ = write!(page, "<tr><th scope=\"row\">{}</th>", escaped(&cells[0]));
        cells[1..].iter().for_each(|cell| {
            let _ = write!(page, "<td>{}</td>", escaped(cell));
        });
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table></div></section>\n");
}

/// The controls in Markdown.
pub(super) fn controls_markdown(text: &mut String, controls: &[Control]) {
    let (ids, titles) = header(controls);
    let _ = write!(text, "\n## Can these metrics tell?\n\n{MEANING}\n\n| {} |\n", titles.join(" | "));
    let _ = writeln!(text, "|{}", "---|".repeat(titles.len()));
    for control in controls {
        let _ = writeln!(text, "| {} |", cells(control, &ids).join(" | "));
    }
}
