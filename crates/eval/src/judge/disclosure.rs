//! Do synthetic rows tell of people more than of strangers, and which rule decided?

use super::gates::verdict;
use crate::card::{Entry, Outcome, Verdict};
use crate::identity::THRESHOLD;
use crate::risk::TOO_WEAK;

/// Attacks of which the greatest residual risk decides.
const ATTACKS: [&str; 6] = ["pg.so1", "pg.so3", "pg.rare", "pg.link", "pg.inf", "pa.air"];
/// Holdout persons below which nothing passes.
const LEAST_PEOPLE: usize = 200;
/// What 1.96 deviations become when six attacks share one chance in 20 of a false alarm (Bonferroni).
const SIX_ATTACKS: f64 = 2.638_257_273_476_751 / 1.959_963_984_540_054;

type Gate = (String, Outcome, String);

/// The privacy verdict with the gates of disclosure; others as they are.
pub(super) fn with_gates(of: Verdict, entries: &[Entry], n_holdout: usize) -> Verdict {
    if of.question != "privacy" {
        return of;
    }
    let find = |id: &str| entries.iter().find(|entry| entry.id == id);
    let attacks: Vec<&Entry> = ATTACKS.iter().filter_map(|id| find(id)).collect();
    let mut sentence = of.sentence;
    let mut gates = of.gates;
    for (gate, words) in [
        residual(&attacks, n_holdout),
        find("pi.risk").and_then(identity),
        find("pa.disco").and_then(|entry| told(entry, n_holdout)),
    ]
    .into_iter()
    .flatten()
    {
        if gate.1 != Outcome::Pass {
            sentence = format!("{sentence}; {words}");
        }
        gates.push(gate);
    }
    verdict("privacy", gates, sentence)
}

const RESIDUAL: &str = "upper bound of what singling out, linking and inferring gain on people learned from, beyond what \
                        they gain on others, at most 0.05 (warn up to 0.10, fail above, where the excess is no chance among \
                        six attacks; not assessable where it may be); attacks that are no better than guessing do not count \
                        (our threshold)";

/// The worst of the attacks that are any good.
fn residual(attacks: &[&Entry], n_holdout: usize) -> Option<(Gate, String)> {
    let judged = |entry: &Entry| {
        let reading = entry.reading?;
        let interval = reading.interval?;
        let sure = reading.value - (reading.value - interval.low) * SIX_ATTACKS > 0.0;
        Some((bounded(sure, interval.high, (0.05, 0.10), n_holdout), reading.value, interval.high))
    };
    let worst = attacks
        .iter()
        .filter_map(|entry| Some((entry, judged(entry)?)))
        .max_by(|a, b| rank(a.1.0).cmp(&rank(b.1.0)).then(a.1.2.total_cmp(&b.1.2)));
    if let Some((entry, (outcome, value, high))) = worst {
        let words =
            format!("{} gains {value:.2} beyond chance (at most {high:.2})", entry.name.to_lowercase());
        return Some(((entry.id.clone(), outcome, RESIDUAL.to_owned()), words));
    }
    let weak =
        attacks.iter().find(|entry| entry.reason.as_deref().is_some_and(|why| why.contains(TOO_WEAK)))?;
    let words =
        "every attack of singling out, linking and inferring is too weak here to show anything".to_owned();
    Some(((weak.id.clone(), Outcome::NotAssessable, RESIDUAL.to_owned()), words))
}

const IDENTITY: &str = "identity risk at most 0.09 (European Medicines Agency Policy 0070, Health Canada); above it, fails \
                        where people nobody learned from would run less, warns where the population is named, and passes \
                        while it is not: then the figure assumes that everybody of the population was learned from";

fn identity(entry: &Entry) -> Option<(Gate, String)> {
    let risk = entry.reading?.value;
    let part =
        |name: &str| entry.parts.iter().find(|(part, _)| part == name).map_or(0.0, |(_, value)| *value);
    let is_named = part("population") > entry.reading?.n as f64;
    let outcome = if risk <= THRESHOLD {
        Outcome::Pass
    } else if part("excess at least") > 0.0 {
        Outcome::Fail
    } else if is_named {
        Outcome::Warn
    } else {
        Outcome::Pass
    };
    let words = format!("identity risk is {risk:.3}, of people nobody learned from {:.3}", part("others"));
    Some(((entry.id.clone(), outcome, IDENTITY.to_owned()), words))
}

const TOLD: &str = "upper bound of the people of whom keys tell a secret, beyond what they tell of others, at most 0.02 (warn \
                    up to 0.05, fail above, where the excess is no chance; not assessable where it may be) (our threshold)";

fn told(entry: &Entry, n_holdout: usize) -> Option<(Gate, String)> {
    let reading = entry.reading?;
    let interval = reading.interval?;
    let outcome = bounded(interval.low > 0.0, interval.high, (0.02, 0.05), n_holdout);
    let words = format!(
        "keys tell a secret of {:.1} % more of the people learned from than of others",
        100.0 * reading.value
    );
    Some(((entry.id.clone(), outcome, TOLD.to_owned()), words))
}

/// Small for certain, found for certain, or neither.
fn bounded(is_found: bool, high: f64, (pass, warn): (f64, f64), n_holdout: usize) -> Outcome {
    match (is_found, high) {
        (_, high) if high <= pass && n_holdout >= LEAST_PEOPLE => Outcome::Pass,
        (false, _) => Outcome::NotAssessable,
        (true, high) if high <= warn => Outcome::Warn,
        (true, _) => Outcome::Fail,
    }
}

fn rank(outcome: Outcome) -> u8 {
    match outcome {
        // A single attack that could not tell does not outweigh those that could.
        Outcome::NotAssessable => 0,
        Outcome::Pass => 1,
        Outcome::Warn => 2,
        Outcome::Fail => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{Reading, Status};
    use verosim_core::Interval;

    fn entry(id: &str, value: Option<(f64, f64)>, parts: &[(&str, f64)]) -> Entry {
        Entry {
            id: id.to_owned(),
            name: "Attack".into(),
            family: "privacy".into(),
            question: String::new(),
            direction: "lower".into(),
            unit: String::new(),
            status: if value.is_some() { Status::Ok } else { Status::Failed },
            reason: value.is_none().then(|| format!("not defined here: {TOO_WEAK}: 0 %")),
            reading: value.map(|(value, half)| Reading {
                value,
                interval: Some(Interval { low: value - half, high: value + half, level: 0.95 }),
                n: 1000,
            }),
            ceiling: None,
            floor: None,
            position: None,
            method: String::new(),
            parts: parts.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            seconds: 0.0,
        }
    }

    fn outcome(entries: &[Entry], n_holdout: usize) -> (Outcome, String) {
        let before = verdict("privacy", Vec::new(), "no copies".into());
        let after = with_gates(before, entries, n_holdout);
        (after.outcome, after.sentence)
    }

    #[test]
    fn residual_risks_are_small_found_or_neither() {
        let one = |value, half| outcome(&[entry("pg.inf", Some((value, half)), &[])], 1000).0;
        assert_eq!(one(0.01, 0.03), Outcome::Pass);
        assert_eq!(one(0.06, 0.035), Outcome::Warn);
        assert_eq!(one(0.05, 0.04), Outcome::NotAssessable, "one in six attacks goes as far by chance");
        assert_eq!(one(0.02, 0.09), Outcome::NotAssessable, "neither small nor found");
        assert_eq!(one(0.30, 0.05), Outcome::Fail);
        let few = outcome(&[entry("pg.inf", Some((0.0, 0.01)), &[])], 100).0;
        assert_eq!(few, Outcome::NotAssessable, "nothing passes with so few people");
    }

    #[test]
    fn weak_attacks_count_only_where_there_are_no_others() {
        let weak = entry("pg.so1", None, &[]);
        let (alone, sentence) = outcome(std::slice::from_ref(&weak), 1000);
        assert_eq!(alone, Outcome::NotAssessable);
        assert!(sentence.contains("too weak"), "{sentence}");
        assert_eq!(outcome(&[weak, entry("pg.link", Some((0.0, 0.02)), &[])], 1000).0, Outcome::Pass);
    }

    #[test]
    fn identity_is_held_against_the_threshold_and_against_strangers() {
        let risk = |value, excess, population| {
            let parts = [("excess at least", excess), ("population", population), ("others", 0.1)];
            outcome(&[entry("pi.risk", Some((value, 0.01)), &parts)], 1000).0
        };
        assert_eq!(risk(0.09, 0.01, 1000.0), Outcome::Pass);
        assert_eq!(risk(0.2, 0.01, 1000.0), Outcome::Fail);
        assert_eq!(
            risk(0.2, -0.01, 1000.0),
            Outcome::Pass,
            "strangers run the same, and nobody named the population"
        );
        assert_eq!(risk(0.2, -0.01, 5000.0), Outcome::Warn);
    }

    #[test]
    fn other_verdicts_are_left_alone() {
        let before = verdict("realism", Vec::new(), "well".into());
        assert_eq!(with_gates(before.clone(), &[entry("pg.inf", Some((0.9, 0.01)), &[])], 1000), before);
        let excess = outcome(&[entry("pa.disco", Some((0.10, 0.02)), &[])], 1000);
        assert_eq!(excess.0, Outcome::Fail);
        assert!(excess.1.contains("10.0 %"), "{}", excess.1);
    }
}
