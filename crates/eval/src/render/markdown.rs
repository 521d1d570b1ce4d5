//! How does a card read as plain text?

use super::canaries::{WHAT_CANARIES_MEAN, canary_lines};
use super::compat::compat_markdown;
use super::contest;
use super::controls::controls_markdown;
use super::disclosure::disclosure_markdown;
use super::exchange::{curated_line, exchange_lines};
use super::policy::policy_markdown;
use super::probe::body;
use super::rules::{HEADER, rule_cells, what_rates_mean};
use super::words::{outcome, reading};
use crate::Card;
use std::fmt::Write as _;

/// The card in Markdown: verdict, metrics, attacks, outcomes, cost.
#[must_use]
pub fn markdown(card: &Card) -> String {
    let about = &card.about;
    let (unit, parts) = if card.time.is_some() { ("people", "codes") } else { ("rows", "columns") };
    let mut text = format!(
        "# {}\n\n{} synthetic {unit} by `{}`, judged on {} against {} holdout {unit} ({} training {unit}, {} {parts}).\n\n\
         Guarantee: {}.\n\n## Verdict\n\n",
        cell(&about.title),
        about.n_synthetic,
        about.engine,
        about.date,
        about.n_holdout,
        about.n_train,
        about.n_columns,
        cell(&about.guarantee)
    );
    for verdict in &card.verdicts {
        let _ = writeln!(
            text,
            "- **{}: {}.** {}",
            verdict.question,
            outcome(verdict.outcome).2,
            verdict.sentence
        );
    }
    if let Some(policy) = &card.policy {
        policy_markdown(&mut text, policy, cell);
    }
    if !card.warnings.is_empty() {
        text.push_str("\n## What to know first\n\n");
        for warning in &card.warnings {
            let _ = writeln!(text, "- {}", cell(warning));
        }
    }
    text.push_str("\n## Metrics\n\n| metric | value | ceiling | floor | position |\n|---|---|---|---|---|\n");
    for entry in &card.entries {
        let maybe = |r: &Option<crate::card::Reading>| r.as_ref().map_or("–".into(), reading);
        let value =
            entry.reading.as_ref().map_or_else(|| cell(entry.reason.as_deref().unwrap_or("–")), reading);
        let position = entry.position.map_or("–".into(), |p| format!("{p:.2}"));
        let _ = writeln!(
            text,
            "| `{}` {} | {value} | {} | {} | {position} |",
            entry.id,
            entry.name,
            maybe(&entry.ceiling),
            maybe(&entry.floor)
        );
    }
    if !card.tasks.is_empty() {
        text.push_str("\n## Utility\n\n| outcome | learner | on synthetic | on real |\n|---|---|---|---|\n");
        for task in &card.tasks {
            let _ = writeln!(
                text,
                "| {} | {}, {} | {} | {} |",
                cell(&task.target),
                task.learner,
                task.measure,
                reading(&task.synthetic),
                reading(&task.real)
            );
        }
    }
    super::prediction::text(&mut text, card);
    super::inference::text(&mut text, card);
    super::survival::text(&mut text, card);
    super::time::text(&mut text, card);
    if !card.attacks.is_empty() {
        text.push_str(
            "\n## Membership attacks\n\n| attack | AUC | with 5 % planted copies | found at 1 % false alarms | at 0.1 % |\n\
             |---|---|---|---|---|\n",
        );
        for attack in &card.attacks {
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                attack.name,
                reading(&attack.auc),
                attack.control_auc.map_or("–".into(), super::words::number),
                attack.tpr_at_1.as_ref().map_or("needs 1,000 holdout people".into(), reading),
                attack.tpr_at_01.as_ref().map_or("needs 10,000".into(), reading)
            );
        }
    }
    super::membership::body(&mut text, card);
    if let Some(audit) = &card.canaries {
        let _ = writeln!(text, "\n## Canaries\n\n{WHAT_CANARIES_MEAN}\n\n| | |\n|---|---|");
        for (what, value) in canary_lines(audit) {
            let _ = writeln!(text, "| {what} | {value} |");
        }
    }
    if !card.rules.is_empty() {
        let _ = writeln!(text, "\n## Rules\n\n{}\n\n| {} |", what_rates_mean(), HEADER.join(" | "));
        let _ = writeln!(text, "|{}", "---|".repeat(HEADER.len()));
        for rule in &card.rules {
            let cells: Vec<String> = rule_cells(rule).iter().map(|text| cell(text)).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    super::draws::text(&mut text, &card.draws);
    if !card.controls.is_empty() {
        controls_markdown(&mut text, &card.controls);
    }
    if !card.compat.is_empty() {
        compat_markdown(&mut text, &card.compat);
    }
    card.clinical.iter().for_each(|sense| super::clinical::markdown(&mut text, sense));
    super::equity::markdown(&mut text, card);
    super::relations::text(&mut text, card);
    if !card.copying.is_empty() {
        text.push_str(
            "\n## Who comes out again\n\n| copy | of people seen | of as many not seen | excess |\n|---|---|---|---|\n",
        );
        for found in &card.copying {
            let _ = writeln!(
                text,
                "| {} `{}` | {} | {} | {} |",
                cell(&found.kind),
                found.id,
                reading(&found.seen),
                reading(&found.unseen),
                reading(&found.excess)
            );
        }
    }
    text.push_str(&card.disclosure.as_ref().map_or_else(String::new, disclosure_markdown));
    if !card.costs.is_empty() {
        text.push_str("\n## Cost\n\n| stage | seconds | processor seconds | energy |\n|---|---|---|---|\n");
        for cost in &card.costs {
            let _ = writeln!(
                text,
                "| {} | {:.2} | {:.2} | {} J, {} |",
                cost.stage,
                cost.wall_s,
                cost.cpu_s,
                cost.joules.map_or("–".into(), super::words::number),
                cost.energy_source
            );
        }
    }
    if let Some(exchange) = &card.exchange {
        text.push_str("\n## Language model\n\n| | |\n|---|---|\n");
        for (what, value) in exchange_lines(exchange) {
            let _ = writeln!(text, "| {what} | {} |", cell(&value));
        }
        text.push_str("\n| group | records | taken |\n|---|---|---|\n");
        for group in &exchange.groups {
            let share = 100.0 * group.accepted as f64 / group.produced.max(1) as f64;
            let name = format!("{} = {}", group.column, group.value);
            let _ = writeln!(text, "| {} | {} | {share:.1} % |", cell(&name), group.produced);
        }
    }
    if let Some(of) = &card.contest {
        let rule = "|---".repeat(contest::HEADS.len());
        let _ = writeln!(
            text,
            "\n## What utility took\n\n{}\n\n| {} |\n{rule}|",
            cell(&contest::caption(of)),
            contest::HEADS.join(" | ")
        );
        for line in contest::lines(of) {
            let _ = writeln!(text, "| {} |", line.map(|text| cell(&text)).join(" | "));
        }
    }
    if let Some(curated) = &card.curated {
        let _ = writeln!(
            text,
            "\n## Curation\n\n{}\n\n| group | rows | kept |\n|---|---|---|",
            curated_line(curated)
        );
        for group in &curated.groups {
            let share = 100.0 * group.accepted as f64 / group.produced.max(1) as f64;
            let name = format!("{} = {}", group.column, group.value);
            let _ = writeln!(text, "| {} | {} | {share:.1} % |", cell(&name), group.produced);
        }
    }
    if let Some(probe) = &card.probe {
        text.push_str("\n## What the model tells of people\n\n");
        text.push_str(&body(probe));
    }
    text
}

/// Text that cannot break a table.
pub(super) fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}
