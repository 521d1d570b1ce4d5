//! How many real people does each engine need?

use super::mean::{Repeats, mean, mean_area, paired};
use super::{Arm, Figures, Outcome, REAL, figure};
use crate::card::Reading;
use crate::metrics::equivalent;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use verosim_core::Interval;
use verosim_math::stats::student_reach;

/// Quality of each engine against the number of real people that it learned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Efficiency {
    /// Data set.
    pub dataset: String,
    /// Outcome.
    pub target: String,
    /// `AUC`, `mean AUC` or `R²`.
    pub measure: String,
    /// Score without skill.
    pub no_skill: f64,
    /// Repeats.
    pub repeats: usize,
    /// All training people there are.
    pub most: usize,
    /// Synthetic rows that each engine drew.
    pub synthetic: usize,
    /// Real rows alone first, then the engines.
    pub curves: Vec<Curve>,
    /// What follows, in words.
    pub advice: Vec<String>,
}

/// One engine over all sizes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Engine id, or [`REAL`].
    pub engine: String,
    /// From few people to all.
    pub points: Vec<Point>,
}

/// One engine at one size; figures are means over repeats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// People learned from.
    pub size: usize,
    /// Score on the holdout of a model learned on the synthetic rows.
    pub utility: Option<Reading>,
    /// That minus the score of a model learned on the same real people, repeat by repeat.
    pub gain: Option<Reading>,
    /// Real people who teach as much as the synthetic ones.
    pub equivalent: Option<f64>,
    /// AUC of a classifier between synthetic and holdout rows; 0.5 is right.
    pub realism: Option<Reading>,
    /// AUC of telling who was learned from; 0.5 is safe.
    pub membership: Option<Reading>,
    /// Seconds of learning and drawing.
    pub seconds: Option<f64>,
    /// Tokens, where a model was asked.
    pub tokens: Option<f64>,
    /// Money, where a model was asked and there is a price.
    pub cost: Option<f64>,
    /// Fits that did not end, by reason.
    pub failed: Vec<(String, usize)>,
}

/// Share of what all real people teach that is called enough.
const ENOUGH: f64 = 0.9;

/// Summarises the arms of one data set; `None` where no arm on real rows was judged on an outcome.
#[must_use]
pub fn efficiency(arms: &[Arm]) -> Option<Efficiency> {
    let first = arms.iter().filter(|arm| arm.engine == REAL).find_map(|arm| {
        let figures = arm.figures()?;
        Some((arm, figures, figures.value(figure::NO_SKILL)?))
    });
    let (arm, figures, no_skill) = first?;
    let [target, measure] = figures.task.as_slice() else { return None };
    let whole = || arms.iter().filter(|arm| arm.size.is_none()).filter_map(Arm::figures);
    let most = whole().map(|figures| figures.rows).max()?;
    let overlap =
        whole().map(|figures| figures.holdout as f64 / figures.rows.max(1) as f64).fold(0.0, f64::max);
    let context =
        Context { arms, no_skill, is_area: measure.ends_with("AUC"), most, repeats: Repeats { overlap } };
    let mut engines: Vec<&str> = vec![REAL];
    for arm in arms {
        if !engines.contains(&arm.engine.as_str()) {
            engines.push(&arm.engine);
        }
    }
    let real = context.real_curve();
    let curves: Vec<Curve> = engines
        .into_iter()
        .map(|engine| Curve {
            engine: engine.to_owned(),
            points: context.sizes().into_iter().map(|size| context.point(engine, size, &real)).collect(),
        })
        .collect();
    Some(Efficiency {
        dataset: arm.dataset.clone(),
        target: target.clone(),
        measure: measure.clone(),
        no_skill,
        repeats: arms.iter().map(|arm| arm.repeat + 1).max().unwrap_or(0),
        most,
        synthetic: arms
            .iter()
            .filter(|arm| arm.engine != REAL)
            .filter_map(Arm::figures)
            .map(|f| f.synthetic)
            .max()
            .unwrap_or(0),
        advice: advice(&curves, measure, no_skill),
        curves,
    })
}

struct Context<'a> {
    arms: &'a [Arm],
    no_skill: f64,
    is_area: bool,
    most: usize,
    repeats: Repeats,
}

impl Context<'_> {
    /// Sizes asked, and all people last.
    fn sizes(&self) -> Vec<Option<usize>> {
        let mut sizes: Vec<usize> = self.arms.iter().filter_map(|arm| arm.size).collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes.into_iter().map(Some).chain([None]).collect()
    }

    fn of<'b>(&'b self, engine: &'b str, size: Option<usize>) -> impl Iterator<Item = &'b Arm> {
        self.arms.iter().filter(move |arm| arm.engine == engine && arm.size == size)
    }

    fn values(&self, engine: &str, size: Option<usize>, name: &str) -> Vec<f64> {
        self.of(engine, size).filter_map(|arm| arm.figures()?.value(name)).collect()
    }

    /// Mean AUC of the attack. Where all repeats share their held-out people, chance in these is added to the interval.
    fn membership(&self, engine: &str, size: Option<usize>) -> Option<Reading> {
        let own = mean_area(&self.values(engine, size, "pm.dcr"), self.repeats)?;
        let reaches = self.values(engine, size, figure::SHARED_REACH);
        let shared = reaches.iter().sum::<f64>() / reaches.len().max(1) as f64;
        let interval = own.interval.map(|interval| {
            let reach = (interval.high - own.value).hypot(shared);
            Interval { low: own.value - reach, high: own.value + reach, ..interval }
        });
        Some(Reading { interval, ..own })
    }

    /// Utility of an arm that ended; what cannot be learned from teaches nothing.
    fn utility(&self, figures: &Figures) -> f64 {
        figures.value(figure::UTILITY).unwrap_or(self.no_skill)
    }

    /// Sizes and mean utilities of real rows.
    fn real_curve(&self) -> (Vec<usize>, Vec<f64>) {
        let point = |size: Option<usize>| {
            let of: Vec<f64> =
                self.of(REAL, size).filter_map(Arm::figures).map(|figures| self.utility(figures)).collect();
            (!of.is_empty()).then(|| (size.unwrap_or(self.most), of.iter().sum::<f64>() / of.len() as f64))
        };
        self.sizes().into_iter().filter_map(point).unzip()
    }

    fn point(&self, engine: &str, size: Option<usize>, real: &(Vec<usize>, Vec<f64>)) -> Point {
        let done = || self.of(engine, size).filter_map(Arm::figures);
        let utilities: Vec<f64> = done().map(|figures| self.utility(figures)).collect();
        let utility =
            if self.is_area { mean_area(&utilities, self.repeats) } else { mean(&utilities, self.repeats) };
        let pairs: Vec<(Option<f64>, Option<f64>)> = self
            .of(engine, size)
            .map(|arm| {
                let other = self.of(REAL, size).find(|real| real.repeat == arm.repeat);
                let of = |arm: &Arm| arm.figures().map(|figures| self.utility(figures));
                (of(arm), other.and_then(of))
            })
            .collect();
        let average = |of: fn(&Figures) -> Option<f64>| {
            let values: Vec<f64> = done().filter_map(of).collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        let mut failed: Vec<(String, usize)> = Vec::new();
        for arm in self.of(engine, size) {
            if let Outcome::Failed { why } = &arm.outcome {
                match failed.iter_mut().find(|(known, _)| known == why) {
                    Some((_, n)) => *n += 1,
                    None => failed.push((why.clone(), 1)),
                }
            }
        }
        let is_made = engine != REAL;
        Point {
            size: size.unwrap_or(self.most),
            gain: if is_made { paired(&pairs, self.repeats) } else { None },
            equivalent: utility
                .filter(|_| is_made)
                .and_then(|utility| equivalent(&real.0, &real.1, utility.value, self.no_skill)),
            utility,
            realism: mean_area(&self.values(engine, size, "re.c2st"), self.repeats),
            membership: self.membership(engine, size),
            seconds: average(|figures| Some(figures.took.seconds)).filter(|_| is_made),
            tokens: average(|figures| figures.took.tokens.map(|tokens| tokens as f64)),
            cost: average(|figures| figures.took.cost),
            failed,
        }
    }
}

/// What an analyst can take from the curves: for each size what to use, from how many people on an engine is enough, and
/// what it tells of people.
fn advice(curves: &[Curve], measure: &str, no_skill: f64) -> Vec<String> {
    let Some((real, engines)) = curves.split_first() else { return Vec::new() };
    let mut words = Vec::new();
    let n_sizes = real.points.len();
    for at in 0..n_sizes {
        let size = real.points[at].size;
        let own = engines.iter().filter_map(|curve| Some((curve, curve.points[at].utility?)));
        let Some((best, utility)) = own.max_by(|a, b| a.1.value.total_cmp(&b.1.value)) else { continue };
        let point = &best.points[at];
        let Some(gain) = point.gain else { continue };
        let alone = utility.value - gain.value;
        let scores = format!("{measure} {:.3} against {alone:.3}", utility.value);
        let surely = |is: fn(f64, f64) -> bool| gain.interval.is_some_and(|own| is(own.low, own.high));
        let engine = &best.engine;
        let mut line = if surely(|low, _| low > 0.0) {
            format!(
                "With {size} people, synthetic rows of `{engine}` teach more than the people themselves: {scores}"
            )
        } else if surely(|_, high| high < 0.0) {
            format!(
                "With {size} people, no engine teaches as much as the people themselves; `{engine}` comes nearest: {scores}"
            )
        } else {
            format!(
                "With {size} people, `{engine}` teaches most of all engines, and as much as the people themselves within chance: \
                 {scores}"
            )
        };
        if let Some(worth) = point.equivalent.filter(|worth| *worth >= 1.0) {
            let _ = write!(line, "; its rows are worth about {worth:.0} real people");
        }
        line.push('.');
        words.push(line);
    }
    let full = real.points.last().and_then(|point| point.utility).map(|utility| utility.value - no_skill);
    if let Some(full) = full.filter(|full| *full > 0.0) {
        let enough = |curve: &Curve| {
            let wanted = no_skill + ENOUGH * full;
            let from =
                curve.points.iter().rposition(|point| point.utility.is_none_or(|own| own.value < wanted));
            curve.points.get(from.map_or(0, |at| at + 1)).map(|point| point.size)
        };
        let known = engines.iter().filter_map(|curve| Some((enough(curve)?, curve)));
        words.push(match known.min_by_key(|(size, _)| *size) {
            Some((size, curve)) => format!(
                "From {size} people on, `{}` keeps nine tenths of what all {} real people teach{}.",
                curve.engine,
                real.points.last().map_or(0, |point| point.size),
                enough(real).map_or(String::new(), |size| format!("; real rows alone do from {size} on"))
            ),
            None => {
                "No engine keeps nine tenths of what all real people teach at any of these sizes.".to_owned()
            }
        });
    }
    // Some of many intervals are beyond chance by chance: they are widened to hold for all (Bonferroni).
    let k = engines.iter().map(|curve| curve.points.len()).sum::<usize>();
    let leaking: Vec<String> = engines
        .iter()
        .filter_map(|curve| {
            let leaks = |point: &&Point| {
                point.membership.is_some_and(|own| {
                    let degrees = own.n.saturating_sub(1);
                    let wider = student_reach(0.95, degrees, k) / student_reach(0.95, degrees, 1);
                    own.interval.is_some_and(|i| own.value - wider * (own.value - i.low) > 0.5)
                })
            };
            let sizes: Vec<String> =
                curve.points.iter().filter(leaks).map(|point| point.size.to_string()).collect();
            (!sizes.is_empty()).then(|| format!("`{}` at {}", curve.engine, sizes.join(", ")))
        })
        .collect();
    words.push(if leaking.is_empty() {
        "A nearest-neighbour attack tells nobody who was learned from beyond chance, at any size.".to_owned()
    } else {
        format!(
            "Beyond chance, a nearest-neighbour attack tells who was learned from: {}. Judge the engine that you choose with \
             `verosim run` before anything is shared.",
            leaking.join("; ")
        )
    });
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::Took;
    use std::collections::BTreeMap;

    fn arm(engine: &str, size: Option<usize>, repeat: usize, utility: Option<f64>, membership: f64) -> Arm {
        let mut values =
            BTreeMap::from([(figure::NO_SKILL.to_owned(), 0.5), ("pm.dcr".to_owned(), membership)]);
        values.extend(utility.map(|utility| (figure::UTILITY.to_owned(), utility)));
        let rows = size.unwrap_or(400);
        let task = vec!["died".to_owned(), "AUC".to_owned()];
        let took = Took { seconds: 2.0, ..Took::default() };
        let figures =
            Figures { rows, synthetic: 400, holdout: 100, task, values, took, ..Figures::default() };
        Arm { dataset: "clinic".into(), engine: engine.into(), size, repeat, outcome: Outcome::Done(figures) }
    }

    /// Real rows: no skill at 25, 0.6 at 100, 0.8 with all 400. `good` is above them at 25 and 100, `bad` never.
    fn arms() -> Vec<Arm> {
        let mut arms = Vec::new();
        for repeat in 0..3 {
            let shift = repeat as f64 * 0.001;
            for (size, real, good, bad) in
                [(Some(25), None, 0.6, 0.5), (Some(100), Some(0.6), 0.7, 0.55), (None, Some(0.8), 0.79, 0.6)]
            {
                arms.push(arm(REAL, size, repeat, real.map(|real: f64| real + shift), 0.5));
                arms.push(arm("good", size, repeat, Some(good + shift), 0.5 + shift));
                arms.push(arm("bad", size, repeat, Some(bad + shift), 0.8 + shift));
            }
        }
        arms
    }

    #[test]
    fn gains_are_paired_and_sizes_are_worth_what_the_real_curve_says() {
        let found = efficiency(&arms()).unwrap();
        assert_eq!((found.most, found.repeats, found.synthetic), (400, 3, 400));
        assert_eq!(
            found.curves.iter().map(|curve| curve.engine.as_str()).collect::<Vec<_>>(),
            [REAL, "good", "bad"]
        );
        let good = &found.curves[1].points;
        assert_eq!(good.iter().map(|point| point.size).collect::<Vec<_>>(), [25, 100, 400]);
        let gain = good[1].gain.unwrap();
        assert!((gain.value - 0.1).abs() < 1e-12 && gain.interval.unwrap().low > 0.0999, "{gain:?}");
        // 0.701 lies half-way between 0.601 at 100 and 0.801 at 400 on the logarithmic scale: 200.
        assert!((good[1].equivalent.unwrap() - 200.0).abs() < 1.0, "{:?}", good[1].equivalent);
        assert_eq!(found.curves[0].points[0].utility.unwrap().value, 0.5, "too few to learn from");
        assert_eq!(found.curves[0].points[0].equivalent, None);
    }

    #[test]
    fn advice_names_the_engine_the_size_and_the_leak() {
        let advice = efficiency(&arms()).unwrap().advice;
        assert!(
            advice[1].starts_with("With 100 people, synthetic rows of `good` teach more than"),
            "{}",
            advice[1]
        );
        assert!(
            advice[1].contains("AUC 0.701 against 0.601; its rows are worth about 200 real people"),
            "{}",
            advice[1]
        );
        assert!(advice[2].contains("no engine teaches as much"), "{}", advice[2]);
        assert!(advice[3].starts_with("From 400 people on, `good` keeps nine tenths"), "{}", advice[3]);
        assert!(advice[4].contains("`bad` at 25, 100, 400") && !advice[4].contains("good"), "{}", advice[4]);
    }

    #[test]
    fn a_fit_that_failed_is_told_and_takes_nothing_with_it() {
        let mut arms = arms();
        let why = "took longer than 10 s".to_owned();
        for arm in arms.iter_mut().filter(|arm| arm.engine == "bad" && arm.size == Some(25)).take(2) {
            arm.outcome = Outcome::Failed { why: why.clone() };
        }
        let found = efficiency(&arms).unwrap();
        let point = &found.curves[2].points[0];
        assert_eq!(point.failed, [(why, 2)]);
        assert_eq!(point.utility.unwrap().n, 1);
        assert_eq!(efficiency(&[]), None);
    }
}
