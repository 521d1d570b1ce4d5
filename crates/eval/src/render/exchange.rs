//! How is what a language model took and brought told in lines of two cells?

use super::words::number;
use crate::card::{Curated, Exchange, Prior};

/// What and how much, for a table of two columns.
pub(super) fn exchange_lines(exchange: &Exchange) -> Vec<(&'static str, String)> {
    let rows = exchange.accepted.max(1) as f64;
    let mut lines = vec![
        (
            "model",
            match exchange.host.as_str() {
                "this process" => format!("{}, in this process", exchange.model),
                host => format!("{}, at {host}", exchange.model),
            },
        ),
        (
            "was told",
            format!(
                "{}; {} real rows over all prompts",
                or_nothing(&exchange.class),
                exchange.real_rows_shown
            ),
        ),
        ("requests", format!("{} answered, {} failed", exchange.requests, exchange.failed)),
        (
            "tokens",
            format!(
                "{} read ({} from a cache), {} written ({} of reasoning); counted by {}",
                exchange.input_tokens,
                exchange.cached_tokens,
                exchange.output_tokens,
                exchange.reasoning_tokens,
                or_nothing(&exchange.counted_by)
            ),
        ),
        (
            "per row taken",
            format!(
                "{:.0} tokens read, {:.0} written, {:.3} s",
                exchange.input_tokens as f64 / rows,
                exchange.output_tokens as f64 / rows,
                exchange.seconds / rows
            ),
        ),
        (
            "records",
            format!(
                "{} in replies, {} taken ({:.1} %), {} of these after a repair",
                exchange.produced,
                exchange.accepted,
                100.0 * exchange.accepted as f64 / exchange.produced.max(1) as f64,
                exchange.repaired
            ),
        ),
    ];
    if let Some(prior) = &exchange.prior {
        lines.extend(prior_lines(prior));
    }
    if let Some(masked) = exchange.masked {
        let told = format!("{:.1} % of the model's probability for a token, on average", 100.0 * masked);
        lines.push(("grammar took", told));
    }
    if !exchange.refused.is_empty() {
        lines.push(("refused", counts(&exchange.refused)));
    }
    if !exchange.refused_by_column.is_empty() {
        lines.push(("because of", counts(&exchange.refused_by_column)));
    }
    if !exchange.refused_by_rule.is_empty() {
        lines.push(("by rule", counts(&exchange.refused_by_rule)));
    }
    lines.push((
        "money",
        match (exchange.cost, &exchange.price_of) {
            (Some(cost), Some(of)) => format!("{cost:.4} {of}; {:.6} per row taken", cost / rows),
            (Some(_), None) => "none: no server was asked".into(),
            (None, _) => "unknown: name a price file with --prices".into(),
        },
    ));
    if let Some([low, high]) = exchange.energy_wh {
        lines.push(("energy elsewhere", format!("{low:.2} to {high:.2} Wh, modelled from tokens")));
    }
    lines
}

/// Below this probability a prior and the rows contradict each other.
const CONFLICT: f64 = 0.01;

/// What became of an elicited prior.
fn prior_lines(prior: &Prior) -> Vec<(&'static str, String)> {
    let said = prior.columns.iter().filter(|column| column.said).count();
    let off: Vec<&str> = prior
        .columns
        .iter()
        .filter(|column| column.said && column.weight == Some(0.0))
        .map(|column| column.column.as_str())
        .collect();
    let conflicts: Vec<String> = prior
        .columns
        .iter()
        .filter_map(|column| {
            let p = column.agreement.filter(|p| *p < CONFLICT)?;
            Some(format!("{} (p = {})", column.column, number(p)))
        })
        .collect();
    let mut lines = vec![(
        "prior",
        if prior.rows == 0 {
            format!("of {said} columns; no real row to weigh it against")
        } else {
            format!(
                "of {said} columns, weighed against {} real rows; {:.0} % of the differences between outcomes and {:.0} % \
                 of the relations believed",
                prior.rows,
                100.0 * prior.trust,
                100.0 * prior.relations
            )
        },
    )];
    if !off.is_empty() {
        lines.push(("prior switched off", off.join(", ")));
    }
    if !conflicts.is_empty() {
        lines.push(("prior in conflict with rows", conflicts.join(", ")));
    }
    if !prior.rules.is_empty() {
        lines.push(("rules", prior.rules.join(", ")));
    }
    lines
}

/// What curation dropped, in a sentence.
pub(super) fn curated_line(curated: &Curated) -> String {
    let dropped = curated.pool - curated.kept.min(curated.pool);
    let skill =
        curated.skill.map(|skill| format!("; the judge's skill on real rows it never saw is {skill:.2}"));
    format!(
        "Rule `{}` dropped {dropped} of {} rows ({:.1} %) whose outcome does not follow from the rest{}.",
        curated.rule,
        curated.pool,
        100.0 * dropped as f64 / curated.pool.max(1) as f64,
        skill.unwrap_or_default()
    )
}

/// The commonest eight.
fn counts(counts: &[(String, u64)]) -> String {
    let texts: Vec<String> = counts.iter().take(8).map(|(what, n)| format!("{n} {what}")).collect();
    texts.join(", ")
}

fn or_nothing(text: &str) -> &str {
    if text.is_empty() { "nothing" } else { text }
}
