//! Which of several engines do best over several data sets?

use super::mean::{Repeats, mean, mean_area};
use super::{Arm, Figures, Outcome, REAL, figure};
use crate::card::Reading;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use verosim_math::stats::{mid_ranks, range_quantile};

/// Engines beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct League {
    /// Data sets and sizes: `heart`, `heart, 100 people`.
    pub settings: Vec<String>,
    /// Repeats.
    pub repeats: usize,
    /// Engines by mean rank over all four figures, the best first.
    pub standings: Vec<Standing>,
    /// Difference of mean ranks, of one figure, from which on two engines differ beyond chance; `None` below two settings.
    pub critical_difference: Option<f64>,
    /// All figures.
    pub places: Vec<Place>,
}

/// One engine over all settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Engine.
    pub engine: String,
    /// Mean rank by realism, utility, membership and seconds; 1 is best.
    pub ranks: [Option<f64>; 4],
    /// Settings in which no other engine is as good in realism, utility and membership and better in one.
    pub front: usize,
    /// Fits that did not end.
    pub failed: usize,
}

/// One engine in one setting; figures are means over repeats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// One of [`League::settings`].
    pub setting: String,
    /// Engine.
    pub engine: String,
    /// Engines that were taken and how often, where the choice was left to the program.
    pub chosen: BTreeMap<String, usize>,
    /// AUC of a classifier between synthetic and holdout rows; 0.5 is right.
    pub realism: Option<Reading>,
    /// Score on the holdout of a model learned on synthetic rows.
    pub utility: Option<Reading>,
    /// The same of as many real rows.
    pub real: Option<f64>,
    /// `AUC` or `R²`.
    pub measure: String,
    /// AUC of telling who was learned from; 0.5 is safe.
    pub membership: Option<Reading>,
    /// Wall seconds of learning and drawing.
    pub seconds: Option<f64>,
    /// Greatest memory of the process, bytes.
    pub peak_bytes: Option<u64>,
    /// Whether no other engine is as good in realism, utility and membership and better in one.
    pub is_front: bool,
    /// Fits that did not end, by reason.
    pub failed: Vec<String>,
}

impl League {
    /// Who is first in each figure, and whom that is beyond chance.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        let figures = [
            (0, "hardest to tell from real rows"),
            (1, "most useful"),
            (2, "least telling of who was learned from"),
            (3, "fastest"),
        ];
        let mut words: Vec<String> = figures
            .into_iter()
            .filter_map(|(at, what)| {
                let rank = |own: &Standing| own.ranks[at];
                let best = self
                    .standings
                    .iter()
                    .filter(|own| rank(own).is_some())
                    .min_by(|a, b| rank(a).unwrap_or(f64::MAX).total_cmp(&rank(b).unwrap_or(f64::MAX)))?;
                let beaten = self.critical_difference.map_or(String::new(), |difference| {
                    let is_behind =
                        |own: &&Standing| rank(own).zip(rank(best)).is_some_and(|(a, b)| a - b > difference);
                    let names: Vec<String> = self
                        .standings
                        .iter()
                        .filter(is_behind)
                        .map(|own| format!("`{}`", own.engine))
                        .collect();
                    match names.len() {
                        0 => "; no difference to others is beyond chance".to_owned(),
                        _ => format!("; beyond chance ahead of {}", names.join(", ")),
                    }
                });
                Some(format!("`{}` is {what}, mean rank {:.2}{beaten}.", best.engine, rank(best)?))
            })
            .collect();
        for place in self.places.iter().filter(|place| !place.chosen.is_empty()) {
            let fits: usize = place.chosen.values().sum();
            let taken: Vec<String> =
                place.chosen.iter().map(|(engine, n)| format!("`{engine}` ({n} of {fits} fits)")).collect();
            words.push(format!("On {} `{}` took {}.", place.setting, place.engine, taken.join(", ")));
        }
        if let Some(difference) = self.critical_difference {
            words.push(format!("Mean ranks further apart than {difference:.2} differ beyond chance."));
        }
        words
    }
}

/// Summarises arms of several engines; [`REAL`] is no contender.
#[must_use]
pub fn league(arms: &[Arm]) -> League {
    let mut settings: Vec<(String, Option<usize>)> = Vec::new();
    let mut engines: Vec<String> = Vec::new();
    for arm in arms.iter().filter(|arm| arm.engine != REAL) {
        let setting = (arm.dataset.clone(), arm.size);
        if !settings.contains(&setting) {
            settings.push(setting);
        }
        if !engines.contains(&arm.engine) {
            engines.push(arm.engine.clone());
        }
    }
    let mut places: Vec<Place> = Vec::new();
    for (dataset, size) in &settings {
        let of = |engine: &String| {
            let own: Vec<&Arm> = arms
                .iter()
                .filter(|arm| arm.engine == *engine && arm.dataset == *dataset && arm.size == *size)
                .collect();
            place(&own, named(dataset, *size), engine)
        };
        let mut own: Vec<Place> = engines.iter().map(of).collect();
        let front: Vec<bool> = own.iter().map(|place| !own.iter().any(|other| beats(other, place))).collect();
        own.iter_mut().zip(front).for_each(|(place, is)| place.is_front = is && place.realism.is_some());
        places.extend(own);
    }
    let names: Vec<String> = settings.iter().map(|(dataset, size)| named(dataset, *size)).collect();
    let mut standings: Vec<Standing> =
        engines.iter().map(|engine| standing(engine, &names, &places)).collect();
    let total = |own: &Standing| {
        let known: Vec<f64> = own.ranks.iter().flatten().copied().collect();
        if known.is_empty() { f64::INFINITY } else { known.iter().sum::<f64>() / known.len() as f64 }
    };
    standings.sort_by(|a, b| total(a).total_cmp(&total(b)));
    League {
        repeats: arms.iter().map(|arm| arm.repeat + 1).max().unwrap_or(0),
        critical_difference: critical_difference(engines.len(), settings.len()),
        standings,
        settings: names,
        places,
    }
}

fn named(dataset: &str, size: Option<usize>) -> String {
    size.map_or_else(|| dataset.to_owned(), |size| format!("{dataset}, {size} people"))
}

/// Difference of mean ranks of `k` engines over `n` settings that chance passes once in twenty, for any two of them.
///
/// # Source
/// Nemenyi's test as in Demšar 2006 (`demsar2006`), section 3.2.2.
fn critical_difference(k: usize, n: usize) -> Option<f64> {
    let q = range_quantile(k, 0.95)? / std::f64::consts::SQRT_2;
    (n > 1).then(|| q * (k as f64 * (k as f64 + 1.0) / (6.0 * n as f64)).sqrt())
}

fn place(arms: &[&Arm], setting: String, engine: &str) -> Place {
    let done: Vec<&Figures> = arms.iter().filter_map(|arm| arm.figures()).collect();
    let n = done.len().max(1) as f64;
    let overlap = done.iter().map(|own| own.holdout as f64 / own.rows.max(1) as f64).sum::<f64>() / n;
    // Small sizes overlap less than their holdout suggests.
    let repeats = Repeats { overlap: overlap.min(1.0) };
    let values = |name: &str| done.iter().filter_map(|own| own.value(name)).collect::<Vec<_>>();
    let measure = done.iter().find_map(|own| own.task.get(1).cloned()).unwrap_or_default();
    let area = |name: &str| mean_area(&values(name), repeats);
    let useful =
        |name: &str| if measure.ends_with("AUC") { area(name) } else { mean(&values(name), repeats) };
    let mut chosen = BTreeMap::new();
    done.iter()
        .filter_map(|own| own.chosen.clone())
        .for_each(|engine| *chosen.entry(engine).or_insert(0) += 1);
    let failed = arms.iter().filter_map(|arm| match &arm.outcome {
        Outcome::Failed { why } => Some(why.clone()),
        Outcome::Done(_) => None,
    });
    Place {
        setting,
        engine: engine.to_owned(),
        chosen,
        realism: area("re.c2st"),
        utility: useful(figure::UTILITY),
        real: useful(figure::REAL_UTILITY).map(|real| real.value),
        membership: area("pm.dcr"),
        seconds: (!done.is_empty()).then(|| done.iter().map(|own| own.took.seconds).sum::<f64>() / n),
        peak_bytes: done.iter().map(|own| own.took.peak_bytes).max(),
        is_front: false,
        failed: failed.collect(),
        measure,
    }
}

/// Realism, utility, membership and seconds where less is better; `None` ranks last.
fn losses(place: &Place) -> [Option<f64>; 4] {
    let apart = |reading: Option<Reading>| reading.map(|own| (own.value - 0.5).abs());
    // Below chance an attack is as safe as at chance.
    let told = place.membership.map(|own| (own.value - 0.5).max(0.0));
    [apart(place.realism), place.utility.map(|own| -own.value), told, place.seconds]
}

/// Whether `other` is as good as `own` in what counts and better in one; without figures nobody beats anybody.
fn beats(other: &Place, own: &Place) -> bool {
    let pairs = losses(other).into_iter().zip(losses(own)).take(3);
    let known: Vec<(f64, f64)> = pairs.filter_map(|(a, b)| Some((a?, b?))).collect();
    !known.is_empty() && known.iter().all(|(a, b)| a <= b) && known.iter().any(|(a, b)| a < b)
}

fn standing(engine: &str, settings: &[String], places: &[Place]) -> Standing {
    let of_setting = |setting: &String| -> Vec<&Place> {
        places.iter().filter(|place| place.setting == *setting).collect()
    };
    let rank = |figure: usize| {
        let ranks: Vec<f64> = settings
            .iter()
            .filter_map(|setting| {
                let own = of_setting(setting);
                let losses: Vec<f64> =
                    own.iter().map(|place| losses(place)[figure].unwrap_or(f64::INFINITY)).collect();
                let at = own.iter().position(|place| place.engine == engine)?;
                // Where nobody has the figure nobody is ranked.
                losses.iter().any(|loss| loss.is_finite()).then(|| mid_ranks(&losses)[at])
            })
            .collect();
        (!ranks.is_empty()).then(|| ranks.iter().sum::<f64>() / ranks.len() as f64)
    };
    let own = || places.iter().filter(|place| place.engine == engine);
    Standing {
        engine: engine.to_owned(),
        ranks: [0, 1, 2, 3].map(rank),
        front: own().filter(|place| place.is_front).count(),
        failed: own().map(|place| place.failed.len()).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Took;

    fn arm(dataset: &str, engine: &str, found: Option<[f64; 4]>) -> Arm {
        let outcome = found.map_or_else(
            || Outcome::Failed { why: "too many cells".into() },
            |[realism, utility, membership, seconds]| {
                let values = [("re.c2st", realism), (figure::UTILITY, utility), ("pm.dcr", membership)];
                Outcome::Done(Figures {
                    rows: 100,
                    holdout: 25,
                    values: values.map(|(name, value)| (name.to_owned(), value)).into(),
                    took: Took { seconds, ..Took::default() },
                    ..Figures::default()
                })
            },
        );
        Arm { dataset: dataset.into(), engine: engine.into(), size: None, repeat: 0, outcome }
    }

    #[test]
    fn ranks_fronts_and_failures_are_those_of_the_figures() {
        let arms = [
            arm("heart", "trees", Some([0.55, 0.8, 0.52, 2.0])),
            arm("heart", "copula", Some([0.6, 0.75, 0.51, 0.1])),
            arm("heart", "poor", Some([0.9, 0.6, 0.6, 3.0])),
            arm("lung", "trees", Some([0.52, 0.9, 0.51, 4.0])),
            arm("lung", "copula", Some([0.7, 0.8, 0.51, 0.2])),
            arm("lung", "poor", None),
        ];
        let found = league(&arms);
        assert_eq!(found.settings, ["heart", "lung"]);
        let of = |engine: &str| found.standings.iter().find(|own| own.engine == engine).unwrap();
        assert_eq!(of("trees").ranks, [Some(1.0), Some(1.0), Some(1.75), Some(2.0)]);
        assert_eq!(of("copula").ranks, [Some(2.0), Some(2.0), Some(1.25), Some(1.0)]);
        assert_eq!((of("poor").ranks, of("poor").failed), ([Some(3.0); 4], 1));
        assert_eq!((of("trees").front, of("copula").front, of("poor").front), (2, 1, 0));
        // Demšar 2006, table 5: q = 2.343 for three; 2.343 sqrt(3 · 4 / 12).
        assert!((found.critical_difference.unwrap() - 2.343).abs() < 1e-3);
        assert_eq!(critical_difference(3, 1), None);
    }
}
