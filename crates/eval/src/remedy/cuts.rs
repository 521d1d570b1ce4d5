//! Above which risk is a person of each group flagged, and how unevenly does that err?

use super::People;

/// People of a group with, and without, the outcome below which it has no cut of its own and is not told of.
const LEAST: usize = 11;

/// The `share` of people with the highest risks, ties to the first.
pub(crate) fn flagged(risks: &[f64], share: f64) -> Vec<bool> {
    let mut order: Vec<usize> = (0..risks.len()).collect();
    order.sort_by(|&a, &b| risks[b].total_cmp(&risks[a]).then(a.cmp(&b)));
    let mut flags = vec![false; risks.len()];
    order.into_iter().take((share * risks.len() as f64).round() as usize).for_each(|at| flags[at] = true);
    flags
}

/// For each group, the risk from which on its people are flagged: that where the shares flagged among those with and
/// without the outcome are nearest to those of everybody when `share` of all are flagged. `risks` are of `people`, by models
/// that did not see them.
///
/// # Source
/// Equalised odds by post-processing (Hardt and others 2016, `hardt2016`), without their coin: one cut for each group.
pub(crate) fn cuts(risks: &[f64], people: &People, n_groups: usize, share: f64) -> Vec<f64> {
    let everybody: Vec<usize> = (0..people.len()).collect();
    let flags = flagged(risks, share);
    let common = (0..risks.len()).filter(|&at| flags[at]).map(|at| risks[at]).fold(f64::INFINITY, f64::min);
    let Some(aim) = rates(&flags, people, &everybody) else { return vec![common; n_groups] };
    let own = |group: usize| {
        let mut order = people.of_group(group);
        let n_yes = order.iter().filter(|&&at| people.yes[at]).count();
        let n = [n_yes, order.len() - n_yes];
        if n.iter().any(|&n| n < LEAST) {
            return common;
        }
        order.sort_by(|&a, &b| risks[b].total_cmp(&risks[a]));
        let miss = |hits: [usize; 2]| {
            let far = |side: usize| (hits[side] as f64 / n[side] as f64 - aim[side]).abs();
            far(0).max(far(1))
        };
        let mut best = (miss([0, 0]), f64::INFINITY);
        let mut hits = [0, 0];
        for (rank, &at) in order.iter().enumerate() {
            hits[usize::from(!people.yes[at])] += 1;
            // People of one risk are flagged together.
            let is_last = order.get(rank + 1).is_none_or(|&next| risks[next] < risks[at]);
            if is_last && miss(hits) < best.0 {
                best = (miss(hits), risks[at]);
            }
        }
        best.1
    };
    (0..n_groups).map(own).collect()
}

/// The greater of the differences, between groups, of the shares flagged among those with and among those without the
/// outcome; `None` without two groups that have enough people of either kind.
pub(crate) fn odds_gap(flags: &[bool], people: &People, n_groups: usize) -> Option<f64> {
    let found: Vec<[f64; 2]> =
        (0..n_groups).filter_map(|group| rates(flags, people, &people.of_group(group))).collect();
    let spread = |side: usize| {
        let of = || found.iter().map(|rates| rates[side]);
        of().fold(f64::NEG_INFINITY, f64::max) - of().fold(f64::INFINITY, f64::min)
    };
    (found.len() > 1).then(|| spread(0).max(spread(1)))
}

/// Shares flagged among those with and among those without the outcome.
fn rates(flags: &[bool], people: &People, places: &[usize]) -> Option<[f64; 2]> {
    let rate = |yes: bool| {
        let of: Vec<usize> = places.iter().copied().filter(|&at| people.yes[at] == yes).collect();
        (of.len() >= LEAST).then(|| of.iter().filter(|&&at| flags[at]).count() as f64 / of.len() as f64)
    };
    Some([rate(true)?, rate(false)?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use verosim_data::Table;

    /// Two groups of 40, half of each with the outcome; the risks of the second are lower by `shift` throughout.
    fn people(shift: f64) -> (People, Vec<f64>) {
        let yes: Vec<bool> = (0..80).map(|at: usize| at.is_multiple_of(2)).collect();
        let group: Vec<Option<usize>> = (0..80).map(|at| Some(at / 40)).collect();
        let risk = |at: usize| {
            let rank = (at % 40 * 7 % 40) as f64 / 100.0;
            0.4 + rank + if at.is_multiple_of(2) { 0.1 } else { 0.0 } - if at >= 40 { shift } else { 0.0 }
        };
        let risks = (0..80).map(risk).collect();
        (People { table: Table::default(), yes, rows: (0..80).collect(), group }, risks)
    }

    #[test]
    fn groups_whose_risks_are_shifted_get_shifted_cuts() {
        let (people, risks) = people(0.3);
        let common = odds_gap(&flagged(&risks, 0.5), &people, 2).unwrap();
        let found = cuts(&risks, &people, 2, 0.5);
        assert!((found[0] - found[1] - 0.3).abs() < 0.051, "{found:?}");
        let flags: Vec<bool> = (0..80).map(|at| risks[at] >= found[at / 40]).collect();
        let own = odds_gap(&flags, &people, 2).unwrap();
        assert!(common > 0.5 && own < 0.11, "{common} {own}");
    }

    #[test]
    fn few_people_have_no_cut_of_their_own() {
        let (mut people, risks) = people(0.3);
        people.group.iter_mut().skip(50).for_each(|group| *group = None);
        let found = cuts(&risks, &people, 2, 0.5);
        let flags = flagged(&risks, 0.5);
        let common = (0..80).filter(|&at| flags[at]).map(|at| risks[at]).fold(f64::INFINITY, f64::min);
        assert_eq!(found[1], common, "five and five people");
        assert_eq!(odds_gap(&flags, &people, 2), None);
    }
}
