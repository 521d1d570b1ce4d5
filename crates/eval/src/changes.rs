//! What differs between two cards, and what of it is more than chance?

use crate::Card;
use crate::card::{Entry, Outcome, Reading};
use verosim_core::Interval;
use verosim_math::stats::{benjamini_hochberg, normal_quantile, normal_two_sided};

/// One figure in two cards.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Metric id.
    pub id: String,
    /// Its short name.
    pub name: String,
    /// In the earlier card.
    pub before: Reading,
    /// In the later card.
    pub after: Reading,
    /// Later minus earlier, with an interval of 95 % where both have one.
    pub difference: Reading,
    /// Chance of a difference as great between two draws of the same quality, adjusted for all figures (Benjamini and
    /// Hochberg 1995); `None` where an interval is lacking.
    pub p: Option<f64>,
    /// Whether the later one is better; `None` for figures that only describe, and where they are equal.
    pub better: Option<bool>,
}

impl Change {
    /// Whether it is more than chance at 5 % false discoveries.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.p.is_some_and(|p| p < 0.05)
    }
}

/// Figures that both cards have, clearest change first.
///
/// The two figures are taken for independent: where both are measured against the same holdout they move together, and
/// the test is on the careful side. Intervals are read as normal ones.
#[must_use]
pub fn changes(before: &Card, after: &Card) -> Vec<Change> {
    let mut found: Vec<Change> = before.entries.iter().filter_map(|old| change(old, after)).collect();
    let raw: Vec<f64> = found.iter().filter_map(|change| change.p).collect();
    let mut adjusted = benjamini_hochberg(&raw).into_iter();
    found.iter_mut().filter(|change| change.p.is_some()).for_each(|change| change.p = adjusted.next());
    let rank = |change: &Change| change.p.unwrap_or(2.0);
    found.sort_by(|a, b| rank(a).total_cmp(&rank(b)));
    found
}

fn change(old: &Entry, after: &Card) -> Option<Change> {
    let (a, b) = (old.reading?, after.entries.iter().find(|entry| entry.id == old.id)?.reading?);
    let difference = b.value - a.value;
    let variance = |one: Reading| {
        let interval = one.interval?;
        let reach = normal_quantile(0.5 + interval.level / 2.0);
        Some(((interval.high - interval.low) / (2.0 * reach)).powi(2))
    };
    let error = variance(a).zip(variance(b)).map(|(a, b)| (a + b).sqrt());
    let reach = error.map(|error| normal_quantile(0.975) * error);
    let interval =
        reach.map(|reach| Interval { low: difference - reach, high: difference + reach, level: 0.95 });
    // Without any error, equal figures are no change and others are one.
    let p = error.map(|error| if difference == 0.0 { 1.0 } else { normal_two_sided(difference / error) });
    Some(Change {
        id: old.id.clone(),
        name: old.name.clone(),
        before: a,
        after: b,
        difference: Reading { value: difference, interval, n: a.n.min(b.n) },
        p,
        better: better(&old.direction, a.value, b.value),
    })
}

fn better(direction: &str, before: f64, after: f64) -> Option<bool> {
    let gain = match direction.split_once(' ') {
        None if direction == "higher" => after - before,
        None if direction == "lower" => before - after,
        Some(("target", at)) => {
            let at: f64 = at.parse().ok()?;
            (before - at).abs() - (after - at).abs()
        }
        _ => return None,
    };
    (gain != 0.0).then_some(gain > 0.0)
}

/// Questions of the verdict strip in both cards: question, earlier and later outcome.
#[must_use]
pub fn verdict_changes(before: &Card, after: &Card) -> Vec<(String, Option<Outcome>, Option<Outcome>)> {
    let of = |card: &Card, question: &str| {
        card.verdicts.iter().find(|verdict| verdict.question == question).map(|verdict| verdict.outcome)
    };
    let mut questions: Vec<&String> = Vec::new();
    for verdict in before.verdicts.iter().chain(&after.verdicts) {
        if !questions.contains(&&verdict.question) {
            questions.push(&verdict.question);
        }
    }
    questions.into_iter().map(|one| (one.clone(), of(before, one), of(after, one))).collect()
}

/// Why figures of the two cards may differ though the generators do not; empty when they were judged alike.
#[must_use]
pub fn unlike(before: &Card, after: &Card) -> Vec<String> {
    let (a, b) = (&before.about, &after.about);
    let sizes = [
        ("training rows", a.n_train, b.n_train),
        ("holdout rows", a.n_holdout, b.n_holdout),
        ("synthetic rows", a.n_synthetic, b.n_synthetic),
        ("columns", a.n_columns, b.n_columns),
        ("figures", before.entries.len(), after.entries.len()),
    ];
    let mut found: Vec<String> = sizes
        .iter()
        .filter(|(_, a, b)| a != b)
        .map(|(what, a, b)| format!("{what}: {a} before, {b} after"))
        .collect();
    if a.targets != b.targets {
        found.push(format!("outcomes: {} before, {} after", listed(&a.targets), listed(&b.targets)));
    }
    if a.judge != b.judge {
        found.push(format!("judged by {} before, {} after", a.judge, b.judge));
    }
    found
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".into() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{Entry, Status};

    fn card(figures: &[(&str, &str, f64, f64)]) -> Card {
        let entries = figures.iter().map(|&(id, direction, value, error)| Entry {
            id: id.into(),
            name: id.into(),
            family: "realism".into(),
            question: String::new(),
            direction: direction.into(),
            unit: String::new(),
            status: Status::Ok,
            reason: None,
            reading: Some(Reading {
                value,
                interval: (error > 0.0).then_some(Interval {
                    low: value - 1.959_963_985 * error,
                    high: value + 1.959_963_985 * error,
                    level: 0.95,
                }),
                n: 100,
            }),
            ceiling: None,
            floor: None,
            position: None,
            method: String::new(),
            parts: Vec::new(),
            seconds: 0.0,
        });
        Card { entries: entries.collect(), ..Card::default() }
    }

    #[test]
    fn chance_is_told_from_change() {
        let before =
            card(&[("a", "higher", 0.5, 0.03), ("b", "lower", 0.5, 0.03), ("c", "target 0.5", 0.6, 0.0)]);
        let after =
            card(&[("a", "higher", 0.6, 0.04), ("b", "lower", 0.51, 0.04), ("c", "target 0.5", 0.5, 0.0)]);
        let found = changes(&before, &after);
        // 0.1 is two standard errors of 0.05: 2 * (1 - scipy.stats.norm.cdf(2)) = 0.045500, doubled for two figures;
        // 0.01 is a fifth of one: 0.841481.
        let p = |id: &str| found.iter().find(|change| change.id == id).unwrap().p;
        assert!((p("a").unwrap() - 0.091_000_5).abs() < 1e-6 && (p("b").unwrap() - 0.841_480_6).abs() < 1e-6);
        assert_eq!(p("c"), None);
        assert_eq!(
            found.iter().map(|change| change.better).collect::<Vec<_>>(),
            [Some(true), Some(false), Some(true)]
        );
        assert!(!found[0].is_clear());
        let same = changes(&before, &before);
        assert!(same.iter().all(|change| !change.is_clear() && change.better.is_none()));
    }

    #[test]
    fn cards_that_were_not_judged_alike_say_so() {
        let mut after = card(&[("a", "higher", 0.5, 0.1)]);
        assert!(unlike(&after, &after).is_empty());
        let before = after.clone();
        after.about.n_holdout = 7;
        assert_eq!(unlike(&before, &after), ["holdout rows: 0 before, 7 after"]);
    }
}
