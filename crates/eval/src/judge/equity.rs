//! Is every group of people served alike, and which rule decided?

use super::gates::verdict;
use crate::card::{Entry, Outcome, Verdict};
use crate::metrics::{BEYOND, GAP, MADE_GAP, RATES_BEYOND, REAL_GAP, TRUE_GAP};

const REPRESENTED: &str = "no group whose odds, and no outcome within a group whose odds, differ by more than the rule of 80 % \
                           (0.223 in logs) for certain after Benjamini and Hochberg (warn; fail where a group does by 0.693, \
                           half or double)";
const GAPS: &str = "difference between the worst and the best group at most 0.02, or 1.5 times what real people show (warn up \
                    to 0.05, or where the worst group may lose nothing; our threshold)";

/// The gates on representation, realism and utility of groups, of those that could be measured.
pub(super) fn equity([shares, realism, utility]: [Option<&Entry>; 3]) -> Option<Verdict> {
    let part = |entry: Option<&Entry>, name: &str| -> Option<f64> {
        entry?.parts.iter().find(|(part, _)| part == name).map(|(_, value)| *value)
    };
    let mut gates = Vec::new();
    let mut words = Vec::new();
    if let (Some(entry), Some(groups), Some(rates)) =
        (shares, part(shares, BEYOND), part(shares, RATES_BEYOND))
    {
        let low = entry.reading.and_then(|reading| reading.interval).map_or(0.0, |interval| interval.low);
        let outcome = if groups + rates == 0.0 {
            Outcome::Pass
        } else if groups > 0.0 && low > std::f64::consts::LN_2 {
            Outcome::Fail
        } else {
            Outcome::Warn
        };
        gates.push((entry.id.clone(), outcome, REPRESENTED.to_owned()));
        words.push(format!(
            "{groups:.0} groups and {rates:.0} outcomes of groups are not there in their share"
        ));
    }
    let pairs = [
        (realism, part(realism, GAP), part(realism, REAL_GAP), "realism"),
        (utility, part(utility, MADE_GAP), part(utility, TRUE_GAP), "utility"),
    ];
    for (entry, made, real, what) in pairs {
        let (Some(entry), Some(made), Some(real)) = (entry, made, real) else { continue };
        let low = entry.reading.and_then(|reading| reading.interval).map_or(0.0, |interval| interval.low);
        let outcome = if made <= (1.5 * real).max(0.02) {
            Outcome::Pass
        } else if made <= 0.05 || low <= 0.0 {
            Outcome::Warn
        } else {
            Outcome::Fail
        };
        gates.push((entry.id.clone(), outcome, GAPS.to_owned()));
        words.push(format!("{what} differs by {made:.3} between groups, {real:.3} among real people"));
    }
    if gates.is_empty() {
        let entry = shares?;
        let reason = entry.reason.clone().unwrap_or_else(|| "no group could be compared".into());
        gates.push((entry.id.clone(), Outcome::NotAssessable, REPRESENTED.to_owned()));
        words.push(format!("not assessed: {reason}"));
    }
    Some(verdict("equity", gates, words.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::card::{Reading, Status};
    use verosim_core::Interval;

    fn entry(id: &str, low: f64, parts: &[(&str, f64)]) -> Entry {
        let interval = Some(Interval { low, high: low + 0.1, level: 0.95 });
        Entry {
            id: id.into(),
            name: String::new(),
            family: "equity".into(),
            question: String::new(),
            direction: "lower".into(),
            unit: String::new(),
            status: Status::Ok,
            reason: None,
            reading: Some(Reading { value: low + 0.05, interval, n: 100 }),
            ceiling: None,
            floor: None,
            position: None,
            method: String::new(),
            parts: parts.iter().map(|(part, value)| ((*part).to_owned(), *value)).collect(),
            seconds: 0.0,
        }
    }

    #[test]
    fn gaps_beyond_those_of_real_people_decide() {
        let outcome = |low: f64, made: f64, real: f64| {
            let realism = entry("eq.real", low, &[(GAP, made), (REAL_GAP, real)]);
            equity([None, Some(&realism), None]).unwrap().outcome
        };
        assert_eq!(outcome(0.0, 0.01, 0.0), Outcome::Pass);
        assert_eq!(outcome(0.1, 0.12, 0.1), Outcome::Pass);
        assert_eq!(outcome(0.1, 0.04, 0.01), Outcome::Warn);
        assert_eq!(outcome(-0.1, 0.2, 0.01), Outcome::Warn);
        assert_eq!(outcome(0.1, 0.2, 0.01), Outcome::Fail);
        let shares = |low: f64, groups: f64, rates: f64| {
            let shares = entry("eq.rep", low, &[(BEYOND, groups), (RATES_BEYOND, rates)]);
            equity([Some(&shares), None, None]).unwrap().outcome
        };
        assert_eq!(shares(0.0, 0.0, 0.0), Outcome::Pass);
        assert_eq!(shares(0.3, 0.0, 1.0), Outcome::Warn);
        assert_eq!(shares(0.8, 1.0, 0.0), Outcome::Fail);
        assert!(equity([None, None, None]).is_none());
    }
}
