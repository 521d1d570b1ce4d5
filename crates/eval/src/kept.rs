//! Does the worst group keep as much of what real rows teach as the best one?

use crate::groups::Group;
use verosim_math::stats::{next_at_most, student_reach};

/// What one group has above no skill, from synthetic and from real rows.
pub(crate) struct Skill<'a> {
    pub(crate) group: &'a Group,
    /// Groups are compared within this: an outcome, or what has no skill.
    pub(crate) of: &'a str,
    pub(crate) made: f64,
    pub(crate) real: f64,
    /// The two without each tenth of the rows.
    pub(crate) without: Vec<[f64; 2]>,
    /// Variance of their difference that leaving out rows does not show.
    pub(crate) variance: f64,
}

/// What the worst group keeps, as a share of what the best of the same column keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Kept {
    pub(crate) value: f64,
    /// Upper end of its interval, at 95 % for all pairs of groups.
    pub(crate) high: f64,
}

/// The parts that gates look at.
pub(crate) const GAP: &str = "gap";
pub(crate) const REAL_GAP: &str = "gap of real people";
pub(crate) const REAL_GAP_MOST: &str = "gap of real people, at most";
pub(crate) const KEPT: &str = "kept by the worst group, of what the best keeps";
pub(crate) const KEPT_MOST: &str = "kept by the worst group, of what the best keeps, at most";

/// The pair of groups of the same columns, one against the other, whose upper end is lowest: the ends hold for all pairs
/// together, so that the lowest does, too, while the lowest value is that of the noisiest pair. A group keeps its skill from synthetic rows over that
/// from real ones, and not more than all; groups whose skill from real rows may be none are left out. `None` without two
/// groups, or where no group keeps anything for certain.
pub(crate) fn kept(skills: &[Skill<'_>]) -> Option<Kept> {
    let sure: Vec<&Skill<'_>> = skills.iter().filter(|skill| is_sure(skill, |[_, real]| *real)).collect();
    let pairs: Vec<(&Skill<'_>, &Skill<'_>)> = sure
        .iter()
        .flat_map(|worse| sure.iter().map(move |better| (*worse, *better)))
        .filter(|(worse, better)| {
            worse.group.attribute == better.group.attribute
                && worse.group.label != better.group.label
                && worse.of == better.of
                && is_sure(better, |[made, _]| *made)
        })
        .collect();
    let bounds = pairs.iter().map(|(worse, better)| bound(worse, better, pairs.len()));
    bounds
        .filter(|kept| kept.value.is_finite() && kept.high.is_finite())
        .min_by(|a, b| a.high.total_cmp(&b.high))
}

/// What one group keeps of what another does, with an upper end that holds for `n_pairs` pairs together.
fn bound(worse: &Skill<'_>, better: &Skill<'_>, n_pairs: usize) -> Kept {
    let value = ratio(worse.now(), better.now());
    let parts: Vec<f64> =
        worse.without.iter().zip(&better.without).map(|(worse, better)| ratio(*worse, *better)).collect();
    let learning = (worse.variance / worse.real.powi(2)
        + value.powi(2) * better.variance / better.real.powi(2))
        / share(better.now()).powi(2);
    let reach = student_reach(0.95, parts.len().saturating_sub(1), n_pairs);
    Kept { value, high: value + reach * (jackknife(&parts) + learning).sqrt() }
}

/// The parts that hold the gaps between the groups of each column against those that splits of real people show: of the
/// column whose gap is furthest beyond the bound for one more split, at 95 % for all columns.
pub(crate) fn against_chance(now: &[(String, f64)], splits: &[Vec<(String, f64)>]) -> Vec<(String, f64)> {
    let level = 1.0 - 0.05 / now.len().max(1) as f64;
    let each = now.iter().filter_map(|(name, gap)| {
        let own = splits.iter().flatten().filter(|(own, _)| own == name);
        let chance: Vec<f64> = own.map(|(_, gap)| *gap).collect();
        let mean = chance.iter().sum::<f64>() / chance.len().max(1) as f64;
        Some([*gap, mean, next_at_most(&chance, level)?])
    });
    let worst = each.max_by(|a, b| (a[0] - a[2]).total_cmp(&(b[0] - b[2])));
    let names = [GAP, REAL_GAP, REAL_GAP_MOST].map(str::to_owned);
    worst.into_iter().flat_map(|found| names.clone().into_iter().zip(found)).collect()
}

impl Kept {
    /// As parts of a score.
    pub(crate) fn parts(self) -> [(String, f64); 2] {
        [(KEPT.to_owned(), self.value), (KEPT_MOST.to_owned(), self.high)]
    }
}

impl Skill<'_> {
    fn now(&self) -> [f64; 2] {
        [self.made, self.real]
    }
}

fn share([made, real]: [f64; 2]) -> f64 {
    (made / real).min(1.0)
}

fn ratio(worse: [f64; 2], better: [f64; 2]) -> f64 {
    share(worse) / share(better)
}

/// Whether a side is above 0 for certain.
fn is_sure(skill: &Skill<'_>, side: impl Fn(&[f64; 2]) -> f64) -> bool {
    let parts: Vec<f64> = skill.without.iter().map(&side).collect();
    let reach = student_reach(0.95, parts.len().saturating_sub(1), 1);
    side(&skill.now()) > reach * jackknife(&parts).sqrt()
}

/// Variance from leaving out each part in turn.
pub(crate) fn jackknife(parts: &[f64]) -> f64 {
    let n = parts.len() as f64;
    let mean = parts.iter().sum::<f64>() / n.max(1.0);
    parts.iter().map(|part| (part - mean).powi(2)).sum::<f64>() * (n - 1.0).max(0.0) / n.max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(label: &str) -> Group {
        let (train, holdout, synthetic) = (Vec::new(), Vec::new(), Vec::new());
        Group { columns: vec![0], attribute: "sex".into(), label: label.into(), train, holdout, synthetic }
    }

    fn skill(group: &Group, made: f64, real: f64, noise: f64) -> Skill<'_> {
        let without = (0..10).map(|at| [made + noise * f64::from(at % 2), real]).collect();
        Skill { group, of: "", made, real, without, variance: 0.0 }
    }

    #[test]
    fn the_worst_group_is_held_against_the_best() {
        let (women, men) = (group("F"), group("M"));
        let found = kept(&[skill(&women, 0.1, 0.2, 0.0), skill(&men, 0.32, 0.4, 0.0)]).unwrap();
        // By hand: a half of the skill against four fifths, and nothing is uncertain.
        assert!((found.value - 0.625).abs() < 1e-12 && (found.high - 0.625).abs() < 1e-12, "{found:?}");
        let found = kept(&[skill(&women, 0.3, 0.2, 0.0), skill(&men, 0.4, 0.4, 0.0)]).unwrap();
        assert_eq!(found.value, 1.0, "nobody keeps more than all");
        let found = kept(&[skill(&women, 0.1, 0.2, 0.01), skill(&men, 0.4, 0.4, 0.0)]).unwrap();
        // By hand: parts 0.5 and 0.55 five times each: variance 9/10 · 10 · 0.025² = 0.005625, or 0.075; t for two pairs and
        // nine degrees 2.685 (scipy.stats.t.ppf(1 - 0.0125, 9)).
        assert!((found.high - (0.5 + 2.685_010_847 * 0.075)).abs() < 1e-6, "{found:?}");
    }

    #[test]
    fn a_noisy_pair_does_not_hide_a_sure_one() {
        let [a, b, c] = ["a", "b", "c"].map(group);
        let found =
            kept(&[skill(&a, 0.2, 0.4, 0.0), skill(&b, 0.4, 0.4, 0.0), skill(&c, 0.1, 0.4, 0.5)]).unwrap();
        assert!((found.value - 0.5).abs() < 1e-12 && found.high < 0.51, "c may keep anything: {found:?}");
    }

    #[test]
    fn the_column_furthest_beyond_chance_is_told() {
        let gaps = |a: f64, b: f64| vec![("a".to_owned(), a), ("b".to_owned(), b)];
        let splits = [gaps(0.1, 0.01), gaps(0.3, 0.03), gaps(0.2, 0.02)];
        // Of two columns, each bound is at 97.5 %: scipy.stats.t.ppf(0.975, 2) = 4.302653; 0.02 + 4.302653 · 0.01 · sqrt(4/3).
        let parts = against_chance(&gaps(0.25, 0.08), &splits);
        let want = [(GAP, 0.08), (REAL_GAP, 0.02), (REAL_GAP_MOST, 0.069_682_75)];
        for ((name, value), (wanted, number)) in parts.iter().zip(want) {
            assert!(name == wanted && (value - number).abs() < 1e-6, "{name} {value}");
        }
        assert_eq!(parts.len(), 3);
        assert_eq!(against_chance(&gaps(0.25, 0.08), &[]), []);
    }

    #[test]
    fn without_skill_nothing_is_said() {
        let (women, men) = (group("F"), group("M"));
        assert_eq!(
            kept(&[skill(&women, 0.1, 0.0, 0.0), skill(&men, 0.4, 0.4, 0.0)]),
            None,
            "no skill to keep"
        );
        assert_eq!(
            kept(&[skill(&women, 0.1, 0.2, 0.0), skill(&men, 0.0, 0.4, 0.0)]).map(|kept| kept.value),
            Some(0.0)
        );
        assert_eq!(
            kept(&[skill(&women, 0.0, 0.2, 0.0), skill(&men, 0.0, 0.4, 0.0)]),
            None,
            "nobody keeps any"
        );
        assert_eq!(kept(&[]), None);
    }
}
