//! How is it shown what differs between two cards?

use super::html::{closed, opened};
use super::markdown::cell;
use super::words::{escaped, number, outcome, reading};
use crate::Card;
use crate::card::Outcome;
use crate::changes::{Change, changes, unlike, verdict_changes};
use std::fmt::Write as _;

const MEANING: &str = "Clear changes are those beyond chance at 5 % false discoveries over all figures. Both cards are taken \
                       for independent; where they share a holdout, the test is on the careful side.";
const TITLES: [&str; 6] = ["Metric", "Before", "After", "Difference", "p, adjusted", "Change"];

fn title(before: &Card, after: &Card) -> String {
    let named = |card: &Card| format!("{} ({})", card.about.title, card.about.engine);
    format!("{} against {}", named(after), named(before))
}

fn told(one: Option<Outcome>) -> String {
    one.map_or("–".into(), |one| {
        let (_, sign, word) = outcome(one);
        format!("{sign} {word}")
    })
}

fn cells(change: &Change) -> [String; 6] {
    let words = match (change.is_clear(), change.better) {
        (true, Some(true)) => "clearly better",
        (true, Some(false)) => "clearly worse",
        (true, None) => "clearly other",
        (false, _) if change.p.is_none() => "no interval",
        (false, _) => "within chance",
    };
    [
        format!("{} {}", change.name, change.id),
        reading(&change.before),
        reading(&change.after),
        reading(&change.difference),
        change.p.map_or("–".into(), number),
        words.to_owned(),
    ]
}

fn verdicts(before: &Card, after: &Card) -> Vec<[String; 3]> {
    let lines = verdict_changes(before, after).into_iter();
    lines.map(|(question, old, new)| [question, told(old), told(new)]).collect()
}

fn grid<const N: usize>(page: &mut String, titles: [&str; N], lines: &[[String; N]]) {
    page.push_str("<div class=\"scroll\" tabindex=\"0\"><table class=\"sortable\"><thead><tr>");
    for title in titles {
        let _ = write!(page, "<th scope=\"col\">{title}</th>");
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

/// A whole page on what differs between two cards; needs no network.
#[must_use]
pub fn changes_html(before: &Card, after: &Card) -> String {
    let title = title(before, after);
    let mut page = opened(&title, "verdict");
    let _ = writeln!(
        page,
        "<header><p class=\"brand\">verosim</p><h1>{}</h1><p class=\"soft\">{MEANING}</p></header><main><section id=\"verdict\"><h2>Verdict</h2>",
        escaped(&title)
    );
    grid(&mut page, ["Question", "Before", "After"], &verdicts(before, after));
    let unlike = unlike(before, after);
    if !unlike.is_empty() {
        page.push_str("<p>They were not judged alike:</p><ul>");
        unlike.iter().for_each(|why| {
            let _ = write!(page, "<li>{}</li>", escaped(why));
        });
        page.push_str("</ul>");
    }
    page.push_str("</section><section id=\"figures\"><h2>Figures</h2>");
    let lines: Vec<[String; 6]> = changes(before, after).iter().map(cells).collect();
    grid(&mut page, TITLES, &lines);
    page.push_str("</section>");
    closed(&mut page, "Holds no training or holdout cell.");
    page
}

/// The same in Markdown.
#[must_use]
pub fn changes_markdown(before: &Card, after: &Card) -> String {
    let mut text =
        format!("# {}\n\n| Question | Before | After |\n|---|---|---|\n", cell(&title(before, after)));
    for line in verdicts(before, after) {
        let _ = writeln!(text, "| {} |", line.join(" | "));
    }
    for why in unlike(before, after) {
        let _ = writeln!(text, "\nNot judged alike: {}", cell(&why));
    }
    let _ = writeln!(text, "\n{MEANING}\n\n| {} |\n|{}", TITLES.join(" | "), "---|".repeat(TITLES.len()));
    for change in changes(before, after) {
        let _ = writeln!(text, "| {} |", cells(&change).join(" | "));
    }
    text
}
