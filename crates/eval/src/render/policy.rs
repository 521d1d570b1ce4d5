//! How is it told whether the data are good enough for their purpose?

use super::words::{escaped, outcome};
use crate::card::PolicyResult;
use std::fmt::Write as _;

/// The policy under the verdict strip.
pub(super) fn policy_html(page: &mut String, policy: &PolicyResult) {
    let (class, sign, word) = outcome(policy.outcome);
    let _ = write!(
        page,
        "<h3>Policy <code>{}</code>: <span class=\"{class}\"><span aria-hidden=\"true\">{sign}</span> {word}</span></h3><p>For {}.</p><div class=\"scroll\" tabindex=\"0\"><table><thead><tr><th scope=\"col\">Gate</th><th scope=\"col\">Outcome</th><th scope=\"col\">Found</th><th scope=\"col\">Rule and its origin</th></tr></thead><tbody>",
        escaped(&policy.id),
        escaped(&policy.words)
    );
    for gate in &policy.gates {
        let (_, sign, word) = outcome(gate.outcome);
        let decides = if gate.fails { ", fails the policy" } else { "" };
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{sign} {word}{decides}</td><td>{}</td><td>{}</td></tr>",
            escaped(&gate.what),
            escaped(&gate.found),
            escaped(&gate.rule)
        );
    }
    page.push_str("</tbody></table></div>");
}

/// The policy in Markdown.
pub(super) fn policy_markdown(text: &mut String, policy: &PolicyResult, cell: impl Fn(&str) -> String) {
    let _ = write!(
        text,
        "\n## Policy `{}`: {}\n\nFor {}.\n\n| gate | outcome | found | rule |\n|---|---|---|---|\n",
        policy.id,
        outcome(policy.outcome).2,
        policy.words
    );
    for gate in &policy.gates {
        let decides = if gate.fails { ", fails the policy" } else { "" };
        let _ = writeln!(
            text,
            "| {} | {}{decides} | {} | {} |",
            cell(&gate.what),
            outcome(gate.outcome).2,
            cell(&gate.found),
            cell(&gate.rule)
        );
    }
}
