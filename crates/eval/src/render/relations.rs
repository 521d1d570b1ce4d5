//! How are pairs of columns that are off, and rules that nobody wrote, shown?

use super::markdown::cell;
use super::words::{escaped, number};
use crate::Card;
use crate::card::{OfferedRule, PairGap};
use std::fmt::Write as _;

const PAIRS: [&str; 4] = ["Pair", "Measure", "Real", "Synthetic"];
const RULES: [&str; 4] = ["Rule", "Kind", "Synthetic rows that break it", "Of"];
const WHAT_RULES_ARE: &str = "Found, not written: at least 999 of 1,000 training and of 1,000 holdout rows follow each. A \
    person should say which are laws and which are chance before any is used with --rules.";

fn pair(gap: &PairGap) -> [String; 4] {
    [
        format!("{} and {}", gap.first, gap.second),
        gap.measure.clone(),
        format!("{:.2}", gap.holdout),
        format!("{:.2}", gap.synthetic),
    ]
}

fn rule(rule: &OfferedRule) -> [String; 4] {
    [rule.words.clone(), rule.kind.clone(), format!("{} %", number(100.0 * rule.broken)), rule.n.to_string()]
}

/// Both tables, each where there is anything to show.
pub(super) fn section(page: &mut String, card: &Card) {
    let table = |page: &mut String, heads: [&str; 4], rows: Vec<[String; 4]>| {
        let heads = heads.map(|head| format!("<th scope=\"col\">{head}</th>")).concat();
        let _ = write!(
            page,
            "<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>{heads}</tr></thead><tbody>"
        );
        for row in rows {
            let [first, rest @ ..] = row.map(|text| escaped(&text));
            let _ =
                write!(page, "<tr><th scope=\"row\">{first}</th><td>{}</td></tr>", rest.join("</td><td>"));
        }
        page.push_str("</tbody></table></div></section>\n");
    };
    let found = &card.relations;
    if !found.worst.is_empty() {
        page.push_str("<section id=\"pairs\"><h2>Pairs that are furthest off</h2>");
        table(page, PAIRS, found.worst.iter().map(pair).collect());
    }
    if !found.offered.is_empty() {
        let _ = write!(
            page,
            "<section id=\"offered\"><h2>Rules offered for review</h2><p class=\"soft\">{}</p>",
            escaped(WHAT_RULES_ARE)
        );
        table(page, RULES, found.offered.iter().map(rule).collect());
    }
}

/// The same in Markdown.
pub(super) fn text(text: &mut String, card: &Card) {
    let table = |text: &mut String, heads: [&str; 4], rows: Vec<[String; 4]>| {
        let _ = writeln!(text, "| {} |\n|---|---|---|---|", heads.join(" | ").to_lowercase());
        for row in rows {
            let _ = writeln!(text, "| {} |", row.map(|text| cell(&text)).join(" | "));
        }
    };
    let found = &card.relations;
    if !found.worst.is_empty() {
        text.push_str("\n## Pairs that are furthest off\n\n");
        table(text, PAIRS, found.worst.iter().map(pair).collect());
    }
    if !found.offered.is_empty() {
        let _ = writeln!(text, "\n## Rules offered for review\n\n{WHAT_RULES_ARE}\n");
        table(text, RULES, found.offered.iter().map(rule).collect());
    }
}
