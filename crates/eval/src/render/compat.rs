//! How is it told what other tools would have said?

use super::words::{escaped, number};
use crate::card::CompatScore;
use std::fmt::Write as _;

/// What the scores are.
const MEANING: &str = "Scores as other tools compute them, known defects included, against the training rows as they do. A \
                       copy of the training rows would score best. They decide nothing here.";

/// The scores as a section.
pub(super) fn compat_html(page: &mut String, scores: &[CompatScore]) {
    let _ = write!(
        page,
        "<section id=\"compat\"><h2>As other tools say it</h2><p>{MEANING}</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Tool</th><th scope=\"col\">Score</th><th scope=\"col\">Value</th><th scope=\"col\">Here</th><th scope=\"col\">What differs</th></tr></thead><tbody>"
    );
    for score in scores {
        let _ = write!(
            page,
            "<tr><td>{}</td><th scope=\"row\">{}</th><td>{}</td><td><code>{}</code></td><td>{}</td></tr>",
            escaped(&score.peer),
            escaped(&score.score),
            number(score.value),
            escaped(&score.ours),
            escaped(&score.differs)
        );
    }
    page.push_str("</tbody></table></div></section>\n");
}

/// The scores in Markdown.
pub(super) fn compat_markdown(text: &mut String, scores: &[CompatScore]) {
    let _ = write!(
        text,
        "\n## As other tools say it\n\n{MEANING}\n\n| tool | score | value | here | what differs |\n|---|---|---|---|---|\n"
    );
    for score in scores {
        let value = number(score.value);
        let _ = writeln!(
            text,
            "| {} | {} | {value} | `{}` | {} |",
            score.peer, score.score, score.ours, score.differs
        );
    }
}
