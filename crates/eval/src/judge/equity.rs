//! Is every group of people served alike, and which rule decided?

use super::gates::verdict;
use crate::card::{Entry, Outcome, Verdict};
use crate::kept::{GAP, KEPT_MOST, REAL_GAP_MOST};
use crate::metrics::{BEYOND, RATES_BEYOND, SURELY_BEYOND};

const REPRESENTED: &str = "no group whose odds, and no outcome within a group whose odds, differ by more than the rule of four \
                           fifths (0.223 in logs) after Benjamini and Hochberg (warn; fail where the whole interval of a group, \
                           widened for the number of groups, lies beyond it). Origin: 29 CFR 1607.4 D (1978), for synthetic \
                           patients Bhanot and others 2021";
const GAPS: &str = "difference between the losses of the worst and the best group at most what splits of the training people \
                    show in the place of synthetic ones (bound for one more split, at 95 % for all columns; warn above; fail where the worst \
                    group moreover keeps for certain less than four fifths of what the best keeps). Origin: the ceiling of these \
                    tables; four fifths as in 29 CFR 1607.4 D (1978)";
/// What the worst group must keep of what the best one keeps.
const FOUR_FIFTHS: f64 = 0.8;

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
        let outcome = if groups + rates == 0.0 {
            Outcome::Pass
        } else if part(shares, SURELY_BEYOND).is_some_and(|n| n > 0.0) {
            Outcome::Fail
        } else {
            Outcome::Warn
        };
        gates.push((entry.id.clone(), outcome, REPRESENTED.to_owned()));
        words.push(format!(
            "{groups:.0} groups and {rates:.0} outcomes of groups are not there in their share"
        ));
    }
    for (entry, what) in [(realism, "realism"), (utility, "utility")] {
        let parts = [GAP, REAL_GAP_MOST].map(|name| part(entry, name));
        let (Some(entry), [Some(gap), Some(most)]) = (entry, parts) else { continue };
        let outcome = if gap <= most {
            Outcome::Pass
        } else if part(Some(entry), KEPT_MOST).is_some_and(|kept| kept < FOUR_FIFTHS) {
            Outcome::Fail
        } else {
            Outcome::Warn
        };
        gates.push((entry.id.clone(), outcome, GAPS.to_owned()));
        words.push(format!(
            "{what} lost differs by {gap:.3} between groups, by at most {most:.3} among real people"
        ));
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
        let outcome = |gap: f64, most: f64, kept: f64| {
            let realism = entry("eq.real", 0.0, &[(GAP, gap), (REAL_GAP_MOST, most), (KEPT_MOST, kept)]);
            equity([None, Some(&realism), None]).unwrap().outcome
        };
        assert_eq!(outcome(0.01, 0.02, 0.99), Outcome::Pass);
        assert_eq!(outcome(0.2, 0.25, 0.5), Outcome::Pass, "real people differ as much");
        assert_eq!(outcome(0.04, 0.01, 0.9), Outcome::Warn);
        assert_eq!(outcome(0.04, 0.01, 0.79), Outcome::Fail);
        let unsure = entry("eq.real", 0.0, &[(GAP, 0.2), (REAL_GAP_MOST, 0.1)]);
        assert_eq!(equity([None, Some(&unsure), None]).unwrap().outcome, Outcome::Warn, "nobody keeps any");
        let shares = |surely: f64, groups: f64, rates: f64| {
            let parts = [(BEYOND, groups), (SURELY_BEYOND, surely), (RATES_BEYOND, rates)];
            let shares = entry("eq.rep", 0.0, &parts);
            equity([Some(&shares), None, None]).unwrap().outcome
        };
        assert_eq!(shares(0.0, 0.0, 0.0), Outcome::Pass);
        assert_eq!(shares(0.0, 0.0, 1.0), Outcome::Warn);
        assert_eq!(shares(0.0, 1.0, 0.0), Outcome::Warn);
        assert_eq!(shares(1.0, 1.0, 0.0), Outcome::Fail);
        assert!(equity([None, None, None]).is_none());
    }
}
