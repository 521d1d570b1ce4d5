//! Do synthetic people make clinical sense, and which rule decided?

use super::gates::verdict;
use crate::card::{Entry, Outcome, Status, Verdict};
use crate::metrics::REAL;
use std::fmt::Write as _;

const RULE: &str = "excess of rows that break impossible rules over holdout rows: upper bound at most 1 of 1,000, or what \
                    training rows may show by chance up to 5 (warn up to 5 and where it may be none; fail beyond; our \
                    threshold)";

/// Excess of 1,000 rows beyond which nothing passes.
const MOST: f64 = 5.0;

/// Faults that nobody can have decide; what is only unlikely is told and not judged.
pub(super) fn clinical(excess: Option<&Entry>) -> Option<Verdict> {
    let entry = excess?;
    let part = |name: &str| entry.parts.iter().find(|(part, _)| part == name).map(|(_, value)| *value);
    let found =
        ["impossible, excess", "impossible, excess at least", "impossible, excess at most", REAL].map(part);
    let [Some(value), Some(low), Some(high), Some(real)] = found else {
        if entry.status == Status::Ok {
            return None;
        }
        let reason = entry.reason.clone().unwrap_or_default();
        let gates = vec![(entry.id.clone(), Outcome::NotAssessable, RULE.to_owned())];
        return Some(verdict("clinical sense", gates, format!("not assessed: {reason}")));
    };
    // In small tables chance allows anything: that is no pass.
    let outcome = if high <= real.clamp(1.0, MOST) {
        Outcome::Pass
    } else if value <= 0.0 {
        // No fault beyond real ones was seen, in too few rows to be sure.
        Outcome::NotAssessable
    } else if high <= MOST || low <= 0.0 {
        Outcome::Warn
    } else {
        Outcome::Fail
    };
    let rules = part("rules that apply").unwrap_or_default();
    let mut words = format!(
        "of 1,000 synthetic rows {value:.1} more than of real ones break a rule that nobody can break ({low:.1} to {high:.1}; \
         {rules:.0} rules apply)"
    );
    let is_blind = entry.floor.and_then(|floor| floor.interval).is_some_and(|interval| interval.low <= 0.0);
    if is_blind {
        words.push_str(
            "; shuffled columns break them no more, so that this says little of how columns go together",
        );
    }
    let mut worst =
        entry.parts.iter().filter_map(|(part, excess)| Some((part.strip_prefix("impossible ")?, *excess)));
    if outcome != Outcome::Pass
        && let Some((rule, excess)) = worst.next()
    {
        let _ = write!(words, "; most often `{rule}`, by {excess:.1} of 1,000");
    }
    Some(verdict("clinical sense", vec![(entry.id.clone(), outcome, RULE.to_owned())], words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::Reading;

    fn entry(value: f64, low: f64, high: f64, real: f64) -> Entry {
        let parts = [
            ("rules that apply", 40.0),
            ("impossible, excess", value),
            ("impossible, excess at least", low),
            ("impossible, excess at most", high),
            (REAL, real),
            ("impossible derived.bmi", value),
        ];
        Entry {
            id: "cl.excess".into(),
            name: String::new(),
            family: "clinical sense".into(),
            question: String::new(),
            direction: "lower".into(),
            unit: String::new(),
            status: Status::Ok,
            reason: None,
            reading: Some(Reading { value, interval: None, n: 1_000 }),
            ceiling: None,
            floor: None,
            position: None,
            method: String::new(),
            parts: parts.map(|(part, value)| (part.to_owned(), value)).to_vec(),
            seconds: 0.0,
        }
    }

    #[test]
    fn the_upper_bound_decides() {
        for (entry, want) in [
            (entry(0.0, -0.5, 0.9, 0.8), Outcome::Pass),
            (entry(0.0, -2.0, 3.8, 3.8), Outcome::Pass),
            (entry(0.0, -2.0, 7.0, 3.8), Outcome::NotAssessable),
            (entry(0.0, -60.0, 30.0, 31.0), Outcome::NotAssessable),
            (entry(2.0, 0.5, 4.0, 1.0), Outcome::Warn),
            (entry(4.0, -0.1, 9.0, 1.0), Outcome::Warn),
            (entry(30.0, 20.0, 40.0, 1.0), Outcome::Fail),
        ] {
            let verdict = clinical(Some(&entry)).unwrap();
            assert_eq!(verdict.outcome, want, "{}", verdict.sentence);
        }
        assert!(clinical(Some(&entry(30.0, 20.0, 40.0, 1.0))).unwrap().sentence.contains("`derived.bmi`"));
        let interval = Some(verosim_core::Interval { low: -1.0, high: 2.0, level: 0.95 });
        let floor = Some(Reading { value: 0.5, interval, n: 1_000 });
        let blind = Entry { floor, ..entry(0.0, -0.5, 0.9, 0.8) };
        assert!(clinical(Some(&blind)).unwrap().sentence.contains("shuffled columns break them no more"));
    }
}
